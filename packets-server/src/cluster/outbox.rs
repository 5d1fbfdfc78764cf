//! Messages that wait for the engine.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use tokio::sync::Notify;

use super::node::NodeId;

/// Why the other nodes are not told something. Sockets of this node are not concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// What this node publishes does not come round: the engine is down, or [not up](crate::Server::engine_up) yet,
    /// or this server has shut down.
    #[error("the engine is down")]
    Down,
    /// Too much waits for the engine already.
    #[error("too much waits for the engine")]
    Full,
    /// The message is larger than [`max_message`](crate::Cluster::max_message), or than what the engine carries.
    #[error("a message of {size} bytes is more than the {limit} that nodes are told at once")]
    TooLarge {
        /// The message's size in bytes.
        size: usize,
        /// The lower of the two limits.
        limit: usize,
    },
}

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    All,
    Node(NodeId),
}

/// A message that lacks its header.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) to: Destination,
    /// Whether it has a number of its own.
    pub(crate) counts: bool,
    pub(crate) bytes: Vec<u8>,
}

/// Messages that wait for the engine: so many and no more. Nobody waits for it.
#[derive(Debug)]
pub(crate) struct Outbox {
    messages: usize,
    bytes: usize,
    max_message: usize,
    state: Mutex<State>,
    ending: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// What the node has to say for itself goes before the others.
    urgent: VecDeque<Draft>,
    queue: VecDeque<Draft>,
    bytes: usize,
    /// Nothing more is taken for all.
    refuses: bool,
    /// The last of what there is may go.
    ends: bool,
    waker: Option<Waker>,
}

/// How many messages of a node's own may wait. There are two kinds, of which one each does.
const URGENT: usize = 4;

impl Outbox {
    pub(crate) fn new(messages: usize, bytes: usize, max_message: usize) -> Self {
        Self { messages, bytes, max_message, state: Mutex::default(), ending: Notify::new() }
    }

    /// The largest message it takes.
    pub(crate) const fn max_message(&self) -> usize {
        self.max_message
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, draft: Draft) -> Result<(), PublishError> {
        let size = draft.bytes.len();
        if size > self.max_message {
            return Err(PublishError::TooLarge { size, limit: self.max_message });
        }
        let mut state = self.state();
        if state.ends || (state.refuses && draft.to == Destination::All) {
            return Err(PublishError::Down);
        }
        if state.queue.len() >= self.messages || state.bytes + size > self.bytes {
            return Err(PublishError::Full);
        }
        state.bytes += size;
        state.queue.push_back(draft);
        state.wake();
        Ok(())
    }

    /// What the node has to say for itself. While the engine takes nothing, there is enough of it.
    pub(crate) fn push_urgent(&self, draft: Draft) {
        let mut state = self.state();
        if state.urgent.len() < URGENT {
            state.urgent.push_back(draft);
            state.wake();
        }
    }

    /// Whether nothing more is to be taken for all, as the engine is down. A node that was heard of since is answered.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.state().refuses = refuses;
    }

    /// Who takes messages out is awake and will do so: nobody wakes it up to then.
    pub(crate) fn attend(&self) {
        self.state().waker = None;
    }

    /// Nothing more is taken; what is there still goes.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ends = true;
        state.wake();
        self.ending.notify_one();
    }

    /// Resolves when nothing more is taken.
    pub(crate) async fn ending(&self) {
        self.ending.notified().await;
    }

    /// How many messages wait.
    pub(crate) fn len(&self) -> usize {
        self.state().queue.len()
    }

    /// The next message; none at the end.
    pub(crate) async fn next(&self) -> Option<Draft> {
        poll_fn(|cx| {
            let mut state = self.state();
            if let Some(draft) = state.urgent.pop_front() {
                return Poll::Ready(Some(draft));
            }
            if let Some(draft) = state.queue.pop_front() {
                state.bytes -= draft.bytes.len();
                return Poll::Ready(Some(draft));
            }
            if state.ends {
                return Poll::Ready(None);
            }
            state.waker = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
