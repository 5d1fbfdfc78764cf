//! The time in which a call is accepted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    deadline: Instant,
    is_over: AtomicBool,
}

/// Ends a term when it is dropped.
#[derive(Debug)]
pub(super) struct TermEnd(Arc<Bounds>);

impl Term {
    /// A term that ends at the deadline, or when what is returned with it is dropped. It takes the place of one that
    /// has ended, if there is one that nobody has kept.
    pub(super) fn until(deadline: Instant, ended: Option<TermEnd>) -> (Self, TermEnd) {
        if let Some(mut end) = ended
            && let Some(bounds) = Arc::get_mut(&mut end.0)
        {
            *bounds = Bounds { deadline, is_over: AtomicBool::new(false) };
            return (Self(Some(end.0.clone())), end);
        }
        let bounds = Arc::new(Bounds { deadline, is_over: AtomicBool::new(false) });
        (Self(Some(bounds.clone())), TermEnd(bounds))
    }

    /// The deadline, while the call is being accepted.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let bounds = self.0.as_ref()?;
        (!bounds.is_over.load(Ordering::Relaxed)).then_some(bounds.deadline)
    }

    /// How much time is left, while the call is being accepted.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        Some(self.deadline()?.saturating_duration_since(now()))
    }
}

impl TermEnd {
    /// Ends the term.
    pub(super) fn end(&self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}

impl Drop for TermEnd {
    fn drop(&mut self) {
        self.end();
    }
}

/// A handle to the other end, as acceptors are given it.
pub trait Handle: Clone + Send + Sync + 'static {
    /// The same handle, whose calls get no more time than is left of this term.
    #[must_use]
    fn within(&self, term: Term) -> Self;
}
