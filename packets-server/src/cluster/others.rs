//! The other nodes, when they are asked something.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::gather::{Gather, Outcome};
use super::health::Health;
use super::link::Link;
use super::message::{Ask, Content, Question};
use super::node::NodeId;
use super::outbox::{Destination, PublishError};
use crate::drain::after;

/// All other nodes that are known, being asked something. Dropping it tells those that are still at it that nobody
/// waits for them.
pub(crate) struct Others {
    link: Arc<Link>,
    gather: Arc<Gather>,
    /// The question's, if it was asked.
    number: Option<u64>,
    unpublished: Option<PublishError>,
}

impl Others {
    /// Asks them. Without an engine, there are none.
    pub(crate) fn ask(link: &Arc<Link>, ask: impl FnOnce() -> Ask, time: Duration) -> Option<Self> {
        let remote = link.remote()?;
        // One that leaves from now on is told to the gather.
        let membership = remote.membership();
        let gather = Arc::new(Gather::new(membership.members()));
        let number = remote.gathers.open(&gather);
        let is_alone = !gather.is_waiting();
        drop(membership);
        let published = match number {
            None => Err(PublishError::Full),
            // There may be others that could not say so.
            Some(_) if is_alone && *remote.health.borrow() != Health::Up => Err(PublishError::Down),
            Some(_) if is_alone => Ok(()),
            Some(number) => {
                let time = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
                let question = Question { ask: ask(), number, time };
                link.publish(Destination::All, &Content::Question(question))
            }
        };
        let unpublished = published.err();
        if unpublished.is_some() {
            gather.expire();
        }
        Some(Self { link: link.clone(), gather, number, unpublished })
    }

    /// Why nobody was asked, if that is so.
    pub(crate) const fn unpublished(&self) -> Option<PublishError> {
        self.unpublished
    }

    /// Wakes who waits once all have settled, and not for each.
    pub(crate) fn be_patient(&self) {
        self.gather.be_patient();
    }

    /// What came of it at one of them; nothing once all have settled.
    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<(NodeId, Outcome)>> {
        self.gather.poll_next(cx)
    }

    /// Nobody has any more time.
    pub(crate) fn expire(&self) {
        self.gather.expire();
    }

    /// How many have not settled, or not been looked at.
    pub(crate) fn len(&self) -> usize {
        self.gather.len()
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        let (Some(number), Some(remote)) = (self.number, self.link.remote()) else { return };
        if self.gather.is_waiting() {
            // Who is not told so stops at the deadline.
            let _ = self.link.publish(Destination::All, &Content::Cancel(number));
        }
        remote.gathers.close(number);
    }
}

/// A point in time that is waited for only where there is something to wait for.
pub(crate) struct Deadline {
    at: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    pub(crate) fn after(time: Duration) -> Self {
        Self { at: after(Instant::now(), time), sleep: None }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.get_or_insert_with(|| Box::pin(sleep_until(self.at))).as_mut().poll(cx)
    }
}
