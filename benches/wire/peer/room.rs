//! Everybody who is connected to a bare server, by the queues of their connections.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) struct Room<M>(Mutex<Members<M>>);

struct Members<M> {
    last: u64,
    queues: HashMap<u64, UnboundedSender<M>>,
}

impl<M> Default for Room<M> {
    fn default() -> Self {
        Self(Mutex::new(Members { last: 0, queues: HashMap::new() }))
    }
}

impl<M: Clone> Room<M> {
    /// Adds a member, and says under which number.
    pub(crate) fn join(&self) -> (u64, UnboundedReceiver<M>) {
        let (queue, messages) = unbounded_channel();
        let mut members = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        members.last += 1;
        let number = members.last;
        members.queues.insert(number, queue);
        (number, messages)
    }

    pub(crate) fn leave(&self, number: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).queues.remove(&number);
    }

    pub(crate) fn send(&self, message: &M) {
        for queue in self.0.lock().unwrap_or_else(PoisonError::into_inner).queues.values() {
            // Who has gone leaves in a moment.
            let _ = queue.send(message.clone());
        }
    }
}
