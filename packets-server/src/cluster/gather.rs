//! Questions to other nodes that are not answered by all of them yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
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
    waiting: BTreeSet<NodeId>,
    outcomes: VecDeque<(NodeId, Outcome)>,
    /// How many bytes they have.
    weight: usize,
    waker: Option<Waker>,
}

impl Gather {
    pub(crate) fn new(waiting: BTreeSet<NodeId>) -> Self {
        Self { state: Mutex::new(State { waiting, outcomes: VecDeque::new(), weight: 0, waker: None }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has come of it at a node. One that was not asked, or has said its last before, says nothing.
    pub(crate) fn settle(&self, node: NodeId, outcome: Outcome) {
        let mut state = self.state();
        let weight = outcome.weight();
        let has_room = state.weight + weight <= ROOM;
        let is_part = has_room && matches!(&outcome, Outcome::Reply(reply) if reply.is_part());
        let is_asked = if is_part { state.waiting.contains(&node) } else { state.waiting.remove(&node) };
        if is_asked {
            let (outcome, weight) = if has_room { (outcome, weight) } else { (Outcome::TooMuch, 0) };
            state.weight += weight;
            state.outcomes.push_back((node, outcome));
            state.wake();
        }
    }

    /// Nobody has any more time.
    pub(crate) fn expire(&self) {
        let mut state = self.state();
        let silent = std::mem::take(&mut state.waiting);
        state.outcomes.extend(silent.into_iter().map(|node| (node, Outcome::Silent)));
        state.wake();
    }

    /// Whether there are nodes that have not settled.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.state().waiting.is_empty()
    }

    /// The most there is to come.
    pub(crate) fn len(&self) -> usize {
        let state = self.state();
        state.waiting.len() + state.outcomes.len()
    }

    /// The next outcome; none once all have settled.
    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<(NodeId, Outcome)>> {
        let mut state = self.state();
        if let Some((node, outcome)) = state.outcomes.pop_front() {
            state.weight -= outcome.weight();
            return Poll::Ready(Some((node, outcome)));
        }
        if state.waiting.is_empty() {
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
