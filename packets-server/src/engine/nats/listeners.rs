//! Who listens by way of one engine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::engine::Subject;

/// Those who have subscribed by way of one engine: one node, as a rule.
#[derive(Default)]
pub(super) struct Listeners {
    latest: Mutex<Weak<Vec<Subject>>>,
    are_several: AtomicBool,
}

/// One who has subscribed, for as long as this is there.
pub(super) type Listener = Arc<Vec<Subject>>;

impl Listeners {
    /// Another subscription. It is of the same node as the one before if it is to the same subjects.
    pub(super) fn add(&self, subjects: &[Subject]) -> Listener {
        let listener = Listener::new(subjects.to_vec());
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.upgrade().is_some_and(|latest| **latest != *subjects) {
            // For good: what goes the long way is not to be overtaken.
            self.are_several.store(true, Ordering::Release);
        }
        *latest = Arc::downgrade(&listener);
        listener
    }

    /// Whether there were ever several at a time.
    pub(super) fn are_several(&self) -> bool {
        self.are_several.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_subscribes_again_is_the_same_and_who_has_gone_is_nobody() {
        let listeners = Listeners::default();
        let [one, other] = ["one", "other"].map(|name| [Subject::of([name])]);
        let first = listeners.add(&one);
        let again = listeners.add(&one);
        drop((first, again));
        let another = listeners.add(&other);
        assert!(!listeners.are_several());
        drop(listeners.add(&one));
        assert!(listeners.are_several());
        drop(another);
        assert!(listeners.are_several());
    }
}
