//! Packets that did not get through, counted by reason.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use super::backlog::Overflowed;
use super::call::now;
use super::trace::Escaped;
use crate::log_limit::LogLimit;
use crate::reject::RejectKind;

/// How many packets of one connection were dropped so far, both ways. Calls are not among them: each has its
/// answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// Emitted ones that were not taken because the queue was full: `emit` failed with `Full`, or the
    /// connection was [closed](crate::Overflow::Disconnect) for it.
    pub full: u64,
    /// Emitted ones that waited, and were dropped [for newer ones](crate::Overflow::DropOldest).
    pub oldest: u64,
    /// Emitted ones that waited, and were [replaced](crate::Overflow::KeepLatest) by a newer one.
    pub replaced: u64,
    received: [u64; RejectKind::COUNT],
}

impl Dropped {
    /// Received ones that were dropped for a reason for which a call would have been rejected:
    /// [`Overloaded`](RejectKind::Overloaded) means that the inbox was full.
    #[must_use]
    pub const fn received(&self, why: RejectKind) -> u64 {
        self.received[why as usize]
    }
}

/// What one connection has dropped of what it received. Takes no memory until it does.
#[derive(Debug, Default)]
pub(super) struct Drops(Mutex<Option<Box<Received>>>);

#[derive(Debug, Default)]
struct Received {
    counts: [u64; RejectKind::COUNT],
    logs: [LogLimit; RejectKind::COUNT],
}

impl Drops {
    fn with<R>(&self, act: impl FnOnce(&mut Option<Box<Received>>) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a packet, and logs it unless another one was just logged.
    pub(super) fn count(&self, why: RejectKind, packet: &dyn Display) {
        let (place, now) = (why as usize, now());
        let total = self.with(|received| {
            let received = received.get_or_insert_default();
            received.counts[place] += 1;
            received.logs[place].passes(now).then_some(received.counts[place])
        });
        let Some(total) = total else { return };
        if matches!(why, RejectKind::Incompatible | RejectKind::Overloaded | RejectKind::RateLimited) {
            tracing::warn!(packet = %Escaped(packet), %why, total, "packets are dropped");
        } else {
            tracing::debug!(packet = %Escaped(packet), %why, total, "packets are dropped");
        }
    }

    pub(super) fn dropped(&self, overflowed: Overflowed) -> Dropped {
        let Overflowed { full, oldest, replaced } = overflowed;
        let received = self.with(|received| received.as_ref().map_or_else(Default::default, |it| it.counts));
        Dropped { full, oldest, replaced, received }
    }
}
