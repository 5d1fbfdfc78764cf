//! The frames that wait to be written, and what gives way when they are too many.

use bytes::Bytes;

use super::figures::Figures;
use super::limits::ConnectionLimits;
use super::row::Row;
use crate::overflow::Overflow;
use crate::registry::PacketId;
use crate::session::is_control;

/// What a frame that waits takes beside its bytes, roughly.
pub(super) const FRAME_COST: usize = 64;

/// A frame that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) frame: Bytes,
    /// Calls, answers and the protocol's own frames are none, and never dropped.
    emitted: Option<Emitted>,
}

/// A packet that asks for no answer, and so may be dropped if its type says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Emitted {
    pub(super) id: PacketId,
    pub(super) overflow: Overflow,
}

/// Frames of packets, calls and answers that wait to be written, and what they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// How many they are.
    pub frames: usize,
    /// Their bytes, and 64 more for each, as [`queue_bytes`](ConnectionLimits::queue_bytes) counts them.
    pub weight: usize,
}

/// How many packets did not get through because too many waited.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Overflowed {
    pub(super) full: u64,
    pub(super) oldest: u64,
    pub(super) replaced: u64,
}

/// In the order in which they go out. What the driver has taken counts until it is written.
///
/// What a packet to a room touches comes first.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Backlog {
    frames: Row<Waiting>,
    load: Load,
    most: Load,
    overflowed: Overflowed,
    figures: Figures,
}

impl Waiting {
    /// A frame that is no packet, and never dropped.
    pub(super) const fn own(frame: Bytes) -> Self {
        Self { frame, emitted: None }
    }

    const fn weight(&self) -> usize {
        self.frame.len() + FRAME_COST
    }
}

impl Load {
    pub(super) const fn add(&mut self, waiting: &Waiting) {
        self.frames += 1;
        self.weight += waiting.weight();
    }

    const fn plus(self, other: Self) -> Self {
        Self { frames: self.frames + other.frames, weight: self.weight + other.weight }
    }

    const fn sub(&mut self, other: Self) {
        self.frames -= other.frames;
        self.weight -= other.weight;
    }

    const fn of(waiting: &Waiting) -> Self {
        Self { frames: 1, weight: waiting.weight() }
    }

    const fn is_below(self, most: Self) -> bool {
        self.frames < most.frames && self.weight < most.weight
    }
}

impl Backlog {
    pub(super) fn new(limits: &ConnectionLimits, figures: Figures) -> Self {
        let most = Load { frames: limits.queue_frames, weight: limits.queue_bytes };
        let (frames, load) = (Row::new(), Load::default());
        Self { frames, load, most, overflowed: Overflowed::default(), figures }
    }

    pub(super) const fn has_room(&self) -> bool {
        self.load.is_below(self.most)
    }

    /// Whether half of the room is taken.
    pub(super) const fn is_half_full(&self) -> bool {
        let Load { frames, weight } = self.load;
        frames > self.most.frames / 2 || weight > self.most.weight / 2
    }

    /// What waits, and what is being written.
    pub(super) const fn load(&self) -> Load {
        self.load
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    pub(super) const fn overflowed(&self) -> Overflowed {
        self.overflowed
    }

    /// Adds a frame that is never dropped, even if there is no room.
    pub(super) fn push(&mut self, frame: Bytes) {
        self.put(Waiting::own(frame));
    }

    /// Adds a packet, for which others may have to go; false if there is no room.
    #[inline]
    pub(super) fn emit(&mut self, frame: Bytes, emitted: Emitted) -> bool {
        let fits = match emitted.overflow {
            Overflow::KeepLatest => self.replace(emitted.id),
            Overflow::DropOldest => self.has_room() || self.drop_oldest(),
            Overflow::RejectNewest | Overflow::Disconnect => self.has_room(),
        };
        if fits {
            self.put(Waiting { frame, emitted: Some(emitted) });
        } else {
            self.overflowed.full += 1;
            self.figures.full();
        }
        fits
    }

    #[inline]
    fn put(&mut self, waiting: Waiting) {
        self.load.add(&waiting);
        self.frames.push(waiting);
    }

    /// Makes room in place of a packet of this type, if there is one.
    fn replace(&mut self, id: PacketId) -> bool {
        let is_older = |waiting: &Waiting| waiting.emitted.is_some_and(|emitted| emitted.id == id);
        let Some((place, older)) = self.frames.rfind(is_older) else { return self.has_room() };
        let mut left = self.load;
        left.sub(Load::of(older));
        if !left.is_below(self.most) {
            return false;
        }
        self.remove(place);
        self.overflowed.replaced += 1;
        self.figures.replaced();
        true
    }

    /// Makes room in place of the oldest packets that may go; none goes if all of them were not enough.
    fn drop_oldest(&mut self) -> bool {
        let may_go =
            |waiting: &Waiting| waiting.emitted.is_some_and(|it| it.overflow == Overflow::DropOldest);
        let (mut left, mut go) = (self.load, 0);
        for waiting in self.frames.iter().filter(|waiting| may_go(waiting)) {
            if left.is_below(self.most) {
                break;
            }
            left.sub(Load::of(waiting));
            go += 1;
        }
        if !left.is_below(self.most) {
            return false;
        }
        for _ in 0..go {
            let place = self.frames.iter().position(may_go);
            if let Some(place) = place {
                self.remove(place);
                self.overflowed.oldest += 1;
                self.figures.oldest();
            }
        }
        true
    }

    fn remove(&mut self, place: usize) {
        if let Some(waiting) = self.frames.remove(place) {
            self.load.sub(Load::of(&waiting));
        }
    }

    /// Hands out all that waits, behind what is in the hand.
    pub(super) fn take(&mut self, hand: &mut Row<Waiting>) {
        hand.append(&mut self.frames);
    }

    /// Takes back what is in the hand and was not written, to be the first again. Of it, and of what was written,
    /// so much was not handed out from here.
    pub(super) fn settle(&mut self, hand: &mut Row<Waiting>, own: Load, written: Load) {
        self.load = self.load.plus(own);
        self.load.sub(written);
        if !hand.is_empty() {
            hand.append(&mut self.frames);
            std::mem::swap(hand, &mut self.frames);
        }
    }

    /// Drops the protocol's own frames, which are of no use on another transport.
    pub(super) fn drop_control(&mut self) {
        let load = &mut self.load;
        self.frames.retain(|waiting| {
            let stays = !is_control(&waiting.frame);
            if !stays {
                load.sub(Load::of(waiting));
            }
            stays
        });
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;

    const FRAMES: usize = 4;

    fn backlog() -> Backlog {
        let limits = ConnectionLimits::server().queue_frames(FRAMES).queue_bytes(1_000);
        Backlog::new(&limits, Figures::server(&Registry::defaults_only()))
    }

    fn emit(backlog: &mut Backlog, id: u16, overflow: Overflow, size: usize) -> bool {
        let frame = vec![id as u8; size].into();
        backlog.emit(frame, Emitted { id: PacketId(id), overflow })
    }

    fn waiting(backlog: &Backlog) -> Vec<u8> {
        backlog.frames.iter().map(|waiting| waiting.frame[0]).collect()
    }

    #[test]
    fn each_policy_touches_its_own_packets_alone() {
        let mut backlog = backlog();
        backlog.push(Bytes::from_static(&[9]));
        for (id, overflow) in
            [(1, Overflow::DropOldest), (2, Overflow::KeepLatest), (3, Overflow::RejectNewest)]
        {
            assert!(emit(&mut backlog, id, overflow, 1));
        }
        assert!(!emit(&mut backlog, 3, Overflow::RejectNewest, 1));
        assert!(!emit(&mut backlog, 4, Overflow::KeepLatest, 1), "there is none of its type");
        assert!(emit(&mut backlog, 5, Overflow::DropOldest, 1), "1 goes");
        assert!(emit(&mut backlog, 2, Overflow::KeepLatest, 1), "the older 2 goes");
        assert_eq!(waiting(&backlog), [9, 3, 5, 2]);
        let Overflowed { full, oldest, replaced } = backlog.overflowed();
        assert_eq!((full, oldest, replaced), (2, 1, 1));
    }

    #[test]
    fn nothing_is_dropped_in_vain() {
        let mut backlog = backlog();
        assert!(emit(&mut backlog, 1, Overflow::DropOldest, 1));
        assert!(emit(&mut backlog, 2, Overflow::KeepLatest, 1));
        backlog.push(vec![9; 2_000].into());
        assert!(!emit(&mut backlog, 1, Overflow::DropOldest, 1));
        assert!(!emit(&mut backlog, 2, Overflow::KeepLatest, 1));
        assert_eq!(waiting(&backlog), [1, 2, 9]);
    }

    #[test]
    fn so_many_of_the_oldest_go_as_have_to() {
        let mut backlog = backlog();
        for _ in 0..3 {
            assert!(emit(&mut backlog, 1, Overflow::DropOldest, 300));
        }
        assert!(!backlog.has_room());
        assert!(emit(&mut backlog, 2, Overflow::DropOldest, 300));
        assert_eq!(waiting(&backlog), [1, 1, 2]);
        backlog.push(vec![9; 800].into());
        assert!(emit(&mut backlog, 3, Overflow::DropOldest, 1));
        assert_eq!(waiting(&backlog), [9, 3], "three had to go");
    }

    #[test]
    fn what_is_in_hand_counts_until_it_is_written_and_comes_back_to_the_front() {
        let mut backlog = backlog();
        for id in 1..=4 {
            assert!(emit(&mut backlog, id, Overflow::RejectNewest, 1));
        }
        let mut hand = Row::new();
        backlog.take(&mut hand);
        assert!(!backlog.has_room());
        let mut written = Load::default();
        written.add(&hand.pop().expect("one"));
        backlog.push(Bytes::from_static(&[9]));
        backlog.settle(&mut hand, Load::default(), written);
        assert!(hand.is_empty());
        assert_eq!(waiting(&backlog), [2, 3, 4, 9]);
        assert_eq!(backlog.load, Load { frames: 4, weight: 4 * 65 });
    }
}
