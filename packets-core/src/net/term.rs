//! The time in which a call is accepted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::call::now;

/// The time in which a call is accepted: from its arrival to its deadline, and no longer than its acceptor runs.
/// Without a call it has no end.
///
/// A [handle](Handle) within it gives its own calls no more time than is left. Once the call is answered that
/// means nothing any more, so that a handle which was kept is like any other.
#[derive(Clone, Debug, Default)]
pub struct Term(Option<Arc<Bounds>>);

#[derive(Debug)]
struct Bounds {
    since: Instant,
    /// So many nanoseconds later is the deadline.
    time: AtomicU64,
}

/// The time of a term that has ended.
const OVER: u64 = u64::MAX;

impl Term {
    /// A term that ends so many nanoseconds after `since`.
    pub(super) fn new(since: Instant, time: u64) -> Self {
        Self(Some(Arc::new(Bounds { since, time: AtomicU64::new(time) })))
    }

    /// Makes another term, with the same `since`, of one that has ended and that nobody has kept.
    #[inline]
    pub(super) fn renew(&self, time: u64) {
        if let Some(bounds) = &self.0 {
            bounds.time.store(time, Ordering::Relaxed);
        }
    }

    /// Ends the term.
    #[inline]
    pub(super) fn end(&self) {
        if let Some(bounds) = &self.0 {
            bounds.time.store(OVER, Ordering::Relaxed);
        }
    }

    /// Whether it is nobody else's.
    #[inline]
    fn is_alone(&self) -> bool {
        self.0.as_ref().is_some_and(|bounds| Arc::strong_count(bounds) == 1)
    }

    /// The deadline, while the call is being accepted.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let bounds = self.0.as_ref()?;
        match bounds.time.load(Ordering::Relaxed) {
            OVER => None,
            time => Some(bounds.since + Duration::from_nanos(time)),
        }
    }

    /// How much time is left, while the call is being accepted.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        Some(self.deadline()?.saturating_duration_since(now()))
    }
}

/// Ends a term when it is dropped.
#[derive(Debug)]
pub(super) struct TermEnd(pub(super) Term);

impl Drop for TermEnd {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A handle to the other end, as acceptors are given it.
pub trait Handle: Clone + Send + Sync + 'static {
    /// The same handle, whose calls get no more time than is left of this term.
    #[must_use]
    fn within(&self, term: Term) -> Self;

    /// The term that it is within.
    fn term(&self) -> &Term;

    /// Whether there are no clones of it.
    fn is_alone(&self) -> bool {
        self.term().is_alone()
    }
}
