//! Room for bytes, which the connections of a thread have one after the other.

use std::cell::RefCell;

/// So many are kept for the next ones.
const KEPT: usize = 4;

/// Larger ones are given back to the system.
const MOST: usize = 128 << 10;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Empty, with room if there is some to spare. A turn takes it when it writes, so that idle connections need none, and
/// the memory is the same again and again: it is in the caches, and the system has it not to be asked for.
pub(super) fn take() -> Vec<u8> {
    SPARE.with_borrow_mut(Vec::pop).unwrap_or_default()
}

/// It is used no more.
pub(super) fn give(mut room: Vec<u8>) {
    if (1..=MOST).contains(&room.capacity()) {
        room.clear();
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < KEPT {
                spare.push(room);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_keeps_a_few_and_none_that_is_large() {
        let kept = || SPARE.with_borrow(|spare| spare.iter().map(Vec::capacity).collect::<Vec<_>>());
        give(Vec::new());
        give(Vec::with_capacity(MOST + 1));
        assert_eq!(kept(), [0; 0]);
        for capacity in 1..=KEPT {
            give(Vec::with_capacity(capacity));
        }
        give(vec![7; MOST]);
        assert_eq!(kept(), Vec::from_iter(1..=KEPT));
        assert_eq!(take().capacity(), KEPT);
        give(vec![7; MOST]);
        let last = take();
        assert_eq!((last.len(), last.capacity()), (0, MOST));
    }
}
