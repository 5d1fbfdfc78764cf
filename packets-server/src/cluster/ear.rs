//! A node's subscription, which is made again when it has ended.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, timeout};

use crate::engine::{Engine, EngineError, EngineFuture, Incoming, Subject, Subscription};

/// How long the engine may take to subscribe.
const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(2);

/// A node's subscription, which is made again when it has ended.
pub(crate) struct Ear<'a> {
    engine: &'a dyn Engine,
    subscription: Option<Subscription>,
    subscribing: Option<EngineFuture<'a, Subscription>>,
    /// When to subscribe, if that is not done, or may have come to nothing.
    subscribe_at: Option<Instant>,
}

/// What an [`Ear`] hears.
#[derive(Debug)]
pub(crate) enum Heard {
    /// From now on, there is something to hear.
    Subscribed,
    Message(Bytes),
    /// Nobody listens to this any more.
    Vacant(Subject),
    /// There is nothing to hear any more, until it has subscribed again.
    CutOff,
}

impl<'a> Ear<'a> {
    pub(crate) fn new(engine: &'a dyn Engine, now: Instant) -> Self {
        Self { engine, subscription: None, subscribing: None, subscribe_at: Some(now) }
    }

    /// Whether there is something to hear.
    pub(crate) const fn is_open(&self) -> bool {
        self.subscription.is_some()
    }

    /// Whether it is time to [subscribe](Self::subscribe).
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.subscribe_at.is_some_and(|at| now >= at)
    }

    /// Begins to subscribe to these. Until that is done, what it has still counts.
    pub(crate) fn subscribe(&mut self, subjects: Vec<Subject>) {
        self.subscribe_at = None;
        let subscribing = self.engine.subscribe(subjects);
        self.subscribing = Some(Box::pin(async move {
            let late = |_| EngineError::new("it takes too long to subscribe");
            timeout(SUBSCRIBE_TIMEOUT, subscribing).await.map_err(late)?
        }));
    }

    /// What it has seems to be of no use: in a while it is to subscribe again, if it is not at that.
    pub(crate) fn doubt(&mut self) {
        if self.subscribe_at.is_none() && self.subscribing.is_none() {
            self.subscribe_at = Some(again());
        }
    }

    /// What it has is of use.
    pub(crate) const fn trust(&mut self) {
        if self.subscription.is_some() {
            self.subscribe_at = None;
        }
    }

    /// Hears nothing more of what it has, and is to subscribe at once.
    pub(crate) fn shut(&mut self) {
        self.subscription = None;
        self.subscribing = None;
        self.subscribe_at = Some(Instant::now());
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Heard> {
        if let Some(subscribing) = &mut self.subscribing
            && let Poll::Ready(subscribed) = subscribing.poll_unpin(cx)
        {
            self.subscribing = None;
            match subscribed {
                Ok(subscription) => {
                    self.subscription = Some(subscription);
                    self.subscribe_at = None;
                    return Poll::Ready(Heard::Subscribed);
                }
                Err(error) => {
                    tracing::warn!(%error, "the engine does not let this node subscribe");
                    self.subscribe_at = Some(soon());
                }
            }
        }
        let Some(subscription) = &mut self.subscription else { return Poll::Pending };
        Poll::Ready(match ready!(subscription.poll_next_unpin(cx)) {
            Some(Incoming::Message(message)) => Heard::Message(message),
            Some(Incoming::Vacant(subject)) => Heard::Vacant(subject),
            None => {
                self.subscription = None;
                self.subscribe_at = Some(soon());
                Heard::CutOff
            }
        })
    }
}

/// When to try again what has come to nothing. Not all nodes shall do so at once.
fn soon() -> Instant {
    Instant::now() + Duration::from_millis(rand::random_range(100..2_000))
}

/// When to try again what may be of no use.
fn again() -> Instant {
    Instant::now() + Duration::from_millis(rand::random_range(2_000..4_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_all_nodes_try_again_at_once() {
        for (what, range) in [(soon as fn() -> Instant, 100..2_000), (again, 2_000..4_000)] {
            // So far from when it is asked for, and that takes a moment itself.
            let pauses = (0..200).map(|_| {
                let now = Instant::now();
                what().duration_since(now).as_millis()
            });
            let pauses: Vec<_> = pauses.collect();
            let (least, most) = (pauses.iter().min().expect("some"), pauses.iter().max().expect("some"));
            assert!(*least >= range.start, "{least}");
            assert!(*most < range.end + 1_000, "{most}");
            assert!(most - least > (range.end - range.start) / 2, "{least} to {most}");
        }
    }
}
