//! Questions to other nodes that are not answered by all of them yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::message::Reply;
use super::node::NodeId;

/// All questions of this node that are being asked.
#[derive(Debug)]
pub(crate) struct Gathers {
    most: usize,
    table: Mutex<Table>,
}

#[derive(Debug)]
struct Table {
    /// Begins anywhere: an answer to a question that was asked before a restart is none to a later one.
    last: u64,
    by_number: BTreeMap<u64, Arc<Gather>>,
}

/// What comes of a question at one node.
#[derive(Debug)]
pub(crate) enum Outcome {
    Reply(Reply),
    /// The node has left before its answer.
    Left,
    /// Nothing came in time.
    Silent,
    /// More came of it than there is room for.
    TooMuch,
}

/// So many bytes of answers to one question wait for who has asked.
const ROOM: usize = 8 * 1024 * 1024;

impl Outcome {
    fn weight(&self) -> usize {
        match self {
            Self::Reply(reply) => reply.weight(),
            Self::Left | Self::Silent | Self::TooMuch => 0,
        }
    }
}

impl Gathers {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, table: Mutex::new(Table { last: rand::random(), by_number: BTreeMap::new() }) }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new question; none if there are too many.
    pub(crate) fn open(&self, gather: &Arc<Gather>) -> Option<u64> {
        let mut table = self.table();
        if table.by_number.len() >= self.most {
            return None;
        }
        table.last = table.last.wrapping_add(1);
        let number = table.last;
        table.by_number.insert(number, gather.clone());
        Some(number)
    }

    pub(crate) fn close(&self, number: u64) {
        self.table().by_number.remove(&number);
    }

    pub(crate) fn get(&self, number: u64) -> Option<Arc<Gather>> {
        self.table().by_number.get(&number).cloned()
    }

    /// Nothing will come any more.
    pub(crate) fn end(&self) {
        let gathers: Vec<_> = self.table().by_number.values().cloned().collect();
        for gather in gathers {
            gather.expire();
        }
    }

    /// A node that has left answers nothing any more.
    pub(crate) fn leave(&self, node: NodeId) {
        let gathers: Vec<_> = self.table().by_number.values().cloned().collect();
        for gather in gathers {
            gather.settle(node, Outcome::Left);
        }
    }
}

/// One question to several nodes.
#[derive(Debug)]
pub(crate) struct Gather {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Who is asked, in the order of their ids, and whether they have settled.
    asked: Vec<(NodeId, bool)>,
    /// How many have not.
    waiting: usize,
    outcomes: VecDeque<(NodeId, Outcome)>,
    /// How many bytes they have.
    weight: usize,
    waker: Option<Waker>,
    /// Who waits has no use for one before all have settled.
    is_patient: bool,
}

impl Gather {
    /// To these, in the order of their ids.
    pub(crate) fn new(nodes: impl Iterator<Item = NodeId>) -> Self {
        let asked: Vec<_> = nodes.map(|node| (node, false)).collect();
        let (waiting, outcomes) = (asked.len(), VecDeque::with_capacity(asked.len()));
        let state = State { asked, waiting, outcomes, weight: 0, waker: None, is_patient: false };
        Self { state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes who waits once all have settled, and not for each: unless there is much to take.
    pub(crate) fn be_patient(&self) {
        self.state().is_patient = true;
    }

    /// What has come of it at a node. One that was not asked, or has said its last before, says nothing.
    pub(crate) fn settle(&self, node: NodeId, outcome: Outcome) {
        let mut state = self.state();
        let Ok(place) = state.asked.binary_search_by_key(&node, |(node, _)| *node) else { return };
        if state.asked[place].1 {
            return;
        }
        let weight = outcome.weight();
        let has_room = state.weight + weight <= ROOM;
        let is_part = has_room && matches!(&outcome, Outcome::Reply(reply) if reply.is_part());
        if !is_part {
            state.asked[place].1 = true;
            state.waiting -= 1;
        }
        let (outcome, weight) = if has_room { (outcome, weight) } else { (Outcome::TooMuch, 0) };
        state.weight += weight;
        state.outcomes.push_back((node, outcome));
        if !state.is_patient || is_part || state.waiting == 0 || state.weight > ROOM / 2 {
            state.wake();
        }
    }

    /// Nobody has any more time.
    pub(crate) fn expire(&self) {
        let mut state = self.state();
        let State { asked, waiting, outcomes, .. } = &mut *state;
        for (node, has_settled) in asked {
            if !std::mem::replace(has_settled, true) {
                outcomes.push_back((*node, Outcome::Silent));
            }
        }
        *waiting = 0;
        state.wake();
    }

    /// Whether there are nodes that have not settled.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state().waiting > 0
    }

    /// The most there is to come.
    pub(crate) fn len(&self) -> usize {
        let state = self.state();
        state.waiting + state.outcomes.len()
    }

    /// The next outcome; none once all have settled.
    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<(NodeId, Outcome)>> {
        let mut state = self.state();
        if let Some((node, outcome)) = state.outcomes.pop_front() {
            state.weight -= outcome.weight();
            return Poll::Ready(Some((node, outcome)));
        }
        if state.waiting == 0 {
            return Poll::Ready(None);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use bytes::Bytes;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A gather of three nodes, and how often who waits for it was woken by what each says in turn.
    fn woken(is_patient: bool, mut says: impl FnMut(u8) -> Reply) -> Vec<usize> {
        let gather = Gather::new((1..4).map(|id| NodeId::of([id; 16])));
        if is_patient {
            gather.be_patient();
        }
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let mut counts = Vec::new();
        for id in [2, 1, 3] {
            while gather.poll_next(&Context::from_waker(&waker)).is_ready() {}
            gather.settle(NodeId::of([id; 16]), Outcome::Reply(says(id)));
            counts.push(woken.0.load(Ordering::Relaxed));
        }
        counts
    }

    #[test]
    fn who_is_patient_is_woken_by_the_last_or_by_much() {
        assert_eq!(woken(false, |_| Reply::NotHere), [1, 2, 3]);
        assert_eq!(woken(true, |_| Reply::NotHere), [0, 0, 1]);
        assert_eq!(woken(true, |_| Reply::Here(Bytes::from(vec![0; ROOM / 2 + 1]))), [1, 2, 3]);
        assert_eq!(woken(true, |_| Reply::Sockets(Vec::new())), [1, 2, 3]);
    }

    #[test]
    fn who_has_settled_is_not_silent() {
        let gather = Gather::new((1..4).map(|id| NodeId::of([id; 16])));
        let [first, second, third] = [1, 2, 3].map(|id| NodeId::of([id; 16]));
        gather.settle(second, Outcome::Left);
        gather.settle(second, Outcome::Reply(Reply::NotHere));
        gather.settle(NodeId::of([9; 16]), Outcome::Left);
        assert_eq!((gather.len(), gather.is_waiting()), (3, true));
        gather.expire();
        assert!(!gather.is_waiting());
        let mut outcomes = Vec::new();
        while let Poll::Ready(Some((node, outcome))) = gather.poll_next(&Context::from_waker(Waker::noop())) {
            outcomes.push((node, matches!(outcome, Outcome::Silent)));
        }
        assert_eq!(outcomes, [(second, false), (first, true), (third, true)]);
    }
}
