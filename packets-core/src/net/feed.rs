//! Events for all who listen, as a stream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use tokio::sync::broadcast::{self, error::RecvError};

/// Events from now on, in order, until their source ends.
///
/// A reader that falls further behind than its source allows loses the oldest; [`lost`](Self::lost) counts them.
/// [`next`](Self::next) takes them one by one; it is a [`Stream`] for all that `futures` does with one.
#[must_use = "streams do nothing unless polled"]
pub struct Feed<E> {
    events: Pin<Box<dyn Stream<Item = E> + Send + Sync>>,
    lost: Arc<AtomicU64>,
}

impl<E: Clone + Send + Sync + 'static> Feed<E> {
    /// Without a receiver, it is at its end.
    #[doc(hidden)]
    pub fn new(receiver: Option<broadcast::Receiver<E>>) -> Self {
        let lost = Arc::<AtomicU64>::default();
        let Some(receiver) = receiver else { return Self { events: Box::pin(stream::empty()), lost } };
        let losses = lost.clone();
        let events = stream::unfold((receiver, losses), |(mut receiver, losses)| async move {
            loop {
                match receiver.recv().await {
                    Ok(event) => return Some((event, (receiver, losses))),
                    Err(RecvError::Lagged(count)) => losses.fetch_add(count, Ordering::Relaxed),
                    Err(RecvError::Closed) => return None,
                };
            }
        });
        Self { events: Box::pin(events), lost }
    }
}

impl<E> Feed<E> {
    /// The next event; none after the end of the source. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<E> {
        self.events.next().await
    }

    /// How many events were dropped because they were not read in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl<E> Stream for Feed<E> {
    type Item = E;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<E>> {
        self.events.poll_next_unpin(cx)
    }
}

impl<E> std::fmt::Debug for Feed<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed").field("lost", &self.lost()).finish_non_exhaustive()
    }
}
