//! Tasks that wait for one thing, in the order they came.

use std::collections::BTreeMap;
use std::task::{Context, Waker};
use std::time::Instant;

/// A task's place in a line, which it keeps until it has what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

/// Who waits. A task that is woken has left the line, and joins it at its old place if it came in vain.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: BTreeMap<Place, Waiter>,
    last: u64,
    /// No deadline is before this one. It may be early, as those who leave do not put it off.
    earliest: Option<Instant>,
}

#[derive(Debug)]
struct Waiter {
    waker: Waker,
    deadline: Option<Instant>,
}

impl Line {
    /// Leaves a waker, at this place or at the end of the line.
    pub(super) fn join(&mut self, place: &mut Option<Place>, deadline: Option<Instant>, cx: &Context<'_>) {
        let place = *place.get_or_insert_with(|| {
            self.last += 1;
            Place(self.last)
        });
        self.waiting.insert(place, Waiter { waker: cx.waker().clone(), deadline });
        self.earliest = self.earliest.into_iter().chain(deadline).min();
    }

    /// Takes the waker back; false if it was woken already.
    pub(super) fn leave(&mut self, place: Place) -> bool {
        self.waiting.remove(&place).is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Who came first, to be woken.
    pub(super) fn pop(&mut self) -> Option<Waker> {
        self.waiting.pop_first().map(|(_, waiter)| waiter.waker)
    }

    /// All of them, to be woken.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Waker> + use<> {
        self.earliest = None;
        std::mem::take(&mut self.waiting).into_values().map(|waiter| waiter.waker)
    }

    /// When to call [`expire`](Self::expire).
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.earliest
    }

    /// Those whose time is up, to be woken.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Waker> {
        if self.earliest.is_none_or(|earliest| now < earliest) {
            return Vec::new();
        }
        let late = |waiter: &Waiter| waiter.deadline.is_some_and(|deadline| deadline <= now);
        let expired = self.waiting.extract_if(.., |_, waiter| late(waiter)).map(|(_, waiter)| waiter.waker);
        let expired = expired.collect();
        self.earliest = self.waiting.values().filter_map(|waiter| waiter.deadline).min();
        expired
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn joined(line: &mut Line, deadline: Option<Instant>) -> Place {
        let mut place = None;
        line.join(&mut place, deadline, &Context::from_waker(Waker::noop()));
        place.expect("a place")
    }

    #[test]
    fn who_came_in_vain_is_first_again() {
        let mut line = Line::default();
        let (first, second) = (joined(&mut line, None), joined(&mut line, None));
        assert!(line.pop().is_some());
        assert!(!line.leave(first), "it was woken");
        line.join(&mut Some(first), None, &Context::from_waker(Waker::noop()));
        assert!(line.pop().is_some());
        assert!(!line.leave(first), "it was woken once more");
        assert!(line.leave(second));
        assert!(line.pop().is_none());
    }

    #[test]
    fn those_whose_time_is_up_are_woken_and_no_others() {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let mut line = Line::default();
        let places = [Some(later), None, Some(now)].map(|deadline| joined(&mut line, deadline));
        assert_eq!(line.next_deadline(), Some(now));
        assert_eq!(line.expire(now).len(), 1);
        assert_eq!(line.next_deadline(), Some(later));
        assert_eq!(places.map(|place| line.leave(place)), [true, true, false]);
        assert!(line.expire(later).is_empty());
        assert_eq!(line.next_deadline(), None);
    }
}
