//! Things in a row.

use std::collections::VecDeque;

/// In the order in which they came. The first has its place here: where there is never more than one, as in most queues
/// that a packet to a room finds, no other memory is needed, or touched.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Row<T> {
    first: Option<T>,
    /// Empty if there is no first one.
    rest: VecDeque<T>,
}

impl<T> Row<T> {
    pub(super) const fn new() -> Self {
        Self { first: None, rest: VecDeque::new() }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.rest)
    }

    /// The last of those that are so, and its place.
    pub(super) fn rfind(&self, is: impl Fn(&T) -> bool) -> Option<(usize, &T)> {
        let rest = self.rest.iter().enumerate().rev().find(|(_, thing)| is(thing));
        let first = || self.first.as_ref().filter(|first| is(first));
        rest.map(|(place, thing)| (place + 1, thing)).or_else(|| Some((0, first()?)))
    }

    #[inline]
    pub(super) fn push(&mut self, last: T) {
        if self.is_empty() {
            self.first = Some(last);
        } else {
            self.rest.push_back(last);
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        std::mem::replace(&mut self.first, self.rest.pop_front())
    }

    /// Moves all of another row behind these.
    #[inline]
    pub(super) fn append(&mut self, other: &mut Self) {
        let Some(first) = other.first.take() else { return };
        self.push(first);
        match (self.rest.is_empty(), other.rest.is_empty()) {
            (_, true) => {}
            (true, false) => std::mem::swap(&mut self.rest, &mut other.rest),
            (false, false) => self.rest.append(&mut other.rest),
        }
    }

    pub(super) fn remove(&mut self, place: usize) -> Option<T> {
        match place.checked_sub(1) {
            None => self.pop(),
            Some(place) => self.rest.remove(place),
        }
    }

    pub(super) fn retain(&mut self, mut stays: impl FnMut(&T) -> bool) {
        let first = self.first.take().filter(&mut stays);
        self.rest.retain(stays);
        self.first = first.or_else(|| self.rest.pop_front());
    }

    pub(super) fn clear(&mut self) {
        self.first = None;
        self.rest.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(things: impl IntoIterator<Item = u8>) -> Row<u8> {
        let mut row = Row::new();
        things.into_iter().for_each(|thing| row.push(thing));
        row
    }

    fn all(row: &Row<u8>) -> Vec<u8> {
        row.iter().copied().collect()
    }

    #[test]
    fn the_first_to_come_is_the_first_to_go() {
        for count in 0..4 {
            let mut row = row(0..count);
            assert_eq!((row.is_empty(), all(&row)), (count == 0, Vec::from_iter(0..count)));
            assert_eq!(Vec::from_iter(std::iter::from_fn(|| row.pop())), Vec::from_iter(0..count));
            assert!(row.is_empty());
        }
    }

    #[test]
    fn a_row_goes_behind_another() {
        for (some, more) in (0..3).flat_map(|some| (0..3).map(move |more| (some, more))) {
            let (mut one, mut other) = (row(0..some), row(some..some + more));
            one.append(&mut other);
            assert_eq!((all(&one), all(&other)), (Vec::from_iter(0..some + more), vec![]));
        }
    }

    #[test]
    fn any_may_go_first() {
        for place in 0..5 {
            let mut it = row(0..4);
            assert_eq!(it.remove(place), (0..4).nth(place));
            assert_eq!(all(&it), Vec::from_iter((0..4).filter(|thing| usize::from(*thing) != place)));
        }
        for stay in 0..1 << 4 {
            let stays = |thing: &u8| stay >> thing & 1 == 1;
            let mut it = row(0..4);
            it.retain(stays);
            assert_eq!(all(&it), Vec::from_iter((0..4).filter(stays)));
            assert_eq!(it.rfind(|_| true), it.iter().enumerate().last());
            assert_eq!(it.rfind(|thing| *thing == 2), it.iter().enumerate().find(|(_, thing)| **thing == 2));
            it.clear();
            assert!(it.is_empty() && it.iter().next().is_none());
        }
    }
}
