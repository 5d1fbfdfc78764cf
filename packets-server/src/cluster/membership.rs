//! Who belongs to the cluster, and whether all they said has come: without I/O, and without a clock of its own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use tokio::time::Instant;

use super::event::{ClusterEvent, Departure};
use super::message::{Count, EMITTER, Header};
use super::node::NodeId;

/// The other nodes, as far as they have been heard of.
#[derive(Debug)]
pub(crate) struct Membership {
    most: usize,
    dead_after: Duration,
    nodes: BTreeMap<NodeId, Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    epoch: u64,
    heard: Instant,
    /// The number of the last message that all were told.
    last: u64,
    /// Whether that is known from what all are told. What comes beside may have overtaken some of it.
    is_counting: bool,
    is_emitter: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Alive,
    /// It may come back, and then what was missed is told.
    Silent,
    /// It comes back as another one.
    Gone,
}

impl Membership {
    pub(crate) fn new(most: usize, dead_after: Duration) -> Self {
        Self { most, dead_after, nodes: BTreeMap::new() }
    }

    /// The nodes that can be asked.
    pub(crate) fn members(&self) -> impl Iterator<Item = NodeId> {
        self.nodes
            .iter()
            .filter(|(_, known)| known.state == State::Alive && !known.is_emitter)
            .map(|(id, _)| *id)
    }

    /// A message has come. False if it is to be left out: it came before, or is of one who has left.
    pub(crate) fn hear(
        &mut self,
        header: &Header,
        count: Count,
        now: Instant,
        events: &mut Vec<ClusterEvent>,
    ) -> bool {
        let node = NodeId::from(header.origin);
        self.make_room(node);
        let is_full = self.nodes.len() >= self.most;
        let fresh = Known {
            epoch: header.epoch,
            heard: now,
            last: header.sequence,
            is_counting: false,
            is_emitter: header.flags & EMITTER != 0,
            state: State::Alive,
        };
        let known = match self.nodes.entry(node) {
            Entry::Vacant(_) if is_full => return false,
            Entry::Vacant(vacant) => {
                events.push(ClusterEvent::Joined(node));
                vacant.insert(fresh)
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        if header.epoch > known.epoch {
            if known.state == State::Alive {
                events.push(ClusterEvent::Left { node, departure: Departure::Restarted });
            }
            events.push(ClusterEvent::Joined(node));
            *known = fresh;
        } else if header.epoch < known.epoch || known.state == State::Gone {
            return false;
        } else if known.state == State::Silent {
            events.push(ClusterEvent::Joined(node));
            known.state = State::Alive;
        }
        known.heard = now;
        known.count(node, header.sequence, count, events)
    }

    /// A node has said goodbye.
    pub(crate) fn goodbye(&mut self, node: NodeId, events: &mut Vec<ClusterEvent>) {
        self.leave(node, Departure::Goodbye, events);
    }

    /// A node reads nothing any more.
    pub(crate) fn unsubscribed(&mut self, node: NodeId, events: &mut Vec<ClusterEvent>) {
        self.leave(node, Departure::Unsubscribed, events);
    }

    fn leave(&mut self, node: NodeId, departure: Departure, events: &mut Vec<ClusterEvent>) {
        let Some(known) = self.nodes.get_mut(&node).filter(|known| known.state == State::Alive) else {
            return;
        };
        known.state = if departure == Departure::Goodbye { State::Gone } else { State::Silent };
        events.push(ClusterEvent::Left { node, departure });
    }

    /// Who has not been heard of for too long is dead.
    pub(crate) fn bury(&mut self, now: Instant, events: &mut Vec<ClusterEvent>) {
        for (node, known) in &mut self.nodes {
            if known.state == State::Alive && now.saturating_duration_since(known.heard) >= self.dead_after {
                known.state = State::Silent;
                events.push(ClusterEvent::Left { node: *node, departure: Departure::Silent });
            }
        }
    }

    /// Nobody could be heard up to now: nobody is dead for that.
    pub(crate) fn forgive(&mut self, now: Instant) {
        for known in self.nodes.values_mut() {
            known.heard = now;
        }
    }

    /// The one that has been away for longest gives its place to a new one.
    fn make_room(&mut self, newcomer: NodeId) {
        if self.nodes.len() < self.most || self.nodes.contains_key(&newcomer) {
            return;
        }
        let away = self.nodes.iter().filter(|(_, known)| known.state != State::Alive);
        if let Some(oldest) = away.min_by_key(|(_, known)| known.heard).map(|(id, _)| *id) {
            self.nodes.remove(&oldest);
        }
    }
}

impl Known {
    fn count(&mut self, node: NodeId, sequence: u64, count: Count, events: &mut Vec<ClusterEvent>) -> bool {
        // The first that is to come; what has a number of its own is there itself.
        let missing_to = match count {
            Count::Beside => return true,
            Count::One => sequence.saturating_sub(1),
            Count::Last => sequence,
        };
        if !std::mem::replace(&mut self.is_counting, true) {
            self.last = self.last.min(missing_to);
        }
        if count == Count::One && sequence <= self.last {
            return false;
        }
        if missing_to > self.last {
            events.push(ClusterEvent::Gap { node, from: self.last + 1, to: missing_to });
        }
        self.last = self.last.max(sequence);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId::of([7; 16]);

    fn header(epoch: u64, sequence: u64) -> Header {
        Header { epoch, flags: 0, origin: *NODE.as_bytes(), sequence }
    }

    fn membership() -> Membership {
        Membership::new(2, Duration::from_secs(15))
    }

    /// What becomes of messages: their counts and sequences.
    fn hear(membership: &mut Membership, messages: &[(Count, u64)]) -> (Vec<bool>, Vec<ClusterEvent>) {
        let (mut events, now) = (Vec::new(), Instant::now());
        let taken = messages
            .iter()
            .map(|(count, sequence)| membership.hear(&header(1, *sequence), *count, now, &mut events));
        (taken.collect(), events)
    }

    #[test]
    fn the_first_that_is_heard_is_where_counting_begins() {
        let (taken, events) =
            hear(&mut membership(), &[(Count::One, 7), (Count::Beside, 7), (Count::One, 8)]);
        assert_eq!(taken, [true; 3]);
        assert_eq!(events, [ClusterEvent::Joined(NODE)]);
    }

    #[test]
    fn what_is_missed_is_told_from_when_a_node_is_known() {
        let (taken, events) = hear(&mut membership(), &[(Count::Beside, 7), (Count::One, 10)]);
        assert_eq!(taken, [true; 2]);
        assert_eq!(events[1..], [ClusterEvent::Gap { node: NODE, from: 8, to: 9 }]);
        let (_, events) = hear(&mut membership(), &[(Count::Beside, 7), (Count::Last, 9)]);
        assert_eq!(events[1..], [ClusterEvent::Gap { node: NODE, from: 8, to: 9 }]);
    }

    #[test]
    fn what_was_overtaken_before_counting_begins_is_taken() {
        let messages =
            [(Count::Beside, 7), (Count::One, 6), (Count::One, 7), (Count::One, 8), (Count::One, 8)];
        let (taken, events) = hear(&mut membership(), &messages);
        assert_eq!(taken, [true, true, true, true, false]);
        assert_eq!(events, [ClusterEvent::Joined(NODE)]);
    }

    #[test]
    fn what_is_missed_is_told_once_and_what_comes_late_or_twice_is_left_out() {
        let messages = [1, 2, 2, 5, 3, 5, 6].map(|sequence| (Count::One, sequence));
        let (taken, events) = hear(&mut membership(), &messages);
        assert_eq!(taken, [true, true, false, true, false, false, true]);
        assert_eq!(events[1..], [ClusterEvent::Gap { node: NODE, from: 3, to: 4 }]);
    }

    #[test]
    fn a_heartbeat_tells_a_lost_tail() {
        let (taken, events) = hear(&mut membership(), &[(Count::One, 1), (Count::Last, 3), (Count::One, 4)]);
        assert_eq!(taken, [true; 3]);
        assert_eq!(events[1..], [ClusterEvent::Gap { node: NODE, from: 2, to: 3 }]);
    }

    #[test]
    fn who_was_silent_comes_back_with_a_gap_and_who_has_gone_does_not() {
        let mut membership = membership();
        hear(&mut membership, &[(Count::One, 1)]);
        let mut events = Vec::new();
        membership.bury(Instant::now() + Duration::from_secs(15), &mut events);
        assert_eq!(events, [ClusterEvent::Left { node: NODE, departure: Departure::Silent }]);
        assert_eq!(membership.members().count(), 0);
        let (_, events) = hear(&mut membership, &[(Count::Last, 2)]);
        assert_eq!(events, [ClusterEvent::Joined(NODE), ClusterEvent::Gap { node: NODE, from: 2, to: 2 }]);
        membership.goodbye(NODE, &mut Vec::new());
        assert_eq!(hear(&mut membership, &[(Count::One, 3)]), (vec![false], vec![]));
    }

    #[test]
    fn a_later_epoch_is_another_node_and_an_earlier_one_is_nobody() {
        let mut membership = membership();
        hear(&mut membership, &[(Count::One, 10)]);
        let (mut events, now) = (Vec::new(), Instant::now());
        assert!(membership.hear(&header(2, 1), Count::One, now, &mut events));
        let left = ClusterEvent::Left { node: NODE, departure: Departure::Restarted };
        assert_eq!(events, [left, ClusterEvent::Joined(NODE)]);
        assert!(!membership.hear(&header(1, 11), Count::One, now, &mut events));
    }

    #[test]
    fn there_are_so_many_nodes_and_those_away_make_room() {
        let (mut membership, now) = (membership(), Instant::now());
        let mut hear = |id: u8, at| {
            let header = Header { epoch: 1, flags: 0, origin: [id; 16], sequence: 1 };
            membership.hear(&header, Count::One, at, &mut Vec::new())
        };
        assert!(hear(1, now) && hear(2, now));
        assert!(!hear(3, now));
        membership.bury(now + Duration::from_secs(15), &mut Vec::new());
        let mut hear = |id: u8, at| {
            let header = Header { epoch: 1, flags: 0, origin: [id; 16], sequence: 1 };
            membership.hear(&header, Count::One, at, &mut Vec::new())
        };
        assert!(hear(3, now) && hear(4, now));
        assert!(!hear(5, now));
    }
}
