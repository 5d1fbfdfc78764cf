//! The questions of other nodes that this one works on.

use std::collections::HashMap;

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable, BoxFuture};
use futures_util::stream::FuturesUnordered;

use super::node::NodeId;

/// Who has asked, and the number of the question there.
pub(crate) type Key = (NodeId, u64);

/// The questions of other nodes that this one works on, all within one task: so many and no more.
pub(crate) struct Work {
    most: usize,
    running: FuturesUnordered<BoxFuture<'static, Key>>,
    by_key: HashMap<Key, AbortHandle>,
}

impl Work {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, running: FuturesUnordered::new(), by_key: HashMap::new() }
    }

    /// Whether there is no room for one more.
    pub(crate) fn is_full(&self) -> bool {
        self.by_key.len() >= self.most
    }

    /// Begins to work on a question; in vain if it was asked before.
    pub(crate) fn begin(&mut self, key: Key, work: impl Future<Output = ()> + Send + 'static) {
        let (abort, registration) = AbortHandle::new_pair();
        if let std::collections::hash_map::Entry::Vacant(vacant) = self.by_key.entry(key) {
            vacant.insert(abort);
            let work = Abortable::new(work, registration);
            self.running.push(Box::pin(async move {
                // Nobody waits for what is dropped.
                let _ = work.await;
                key
            }));
        }
    }

    /// Drops what nobody waits for any more.
    pub(crate) fn cancel(&mut self, key: Key) {
        if let Some(abort) = self.by_key.get(&key) {
            abort.abort();
        }
    }

    /// Drops what a node has asked that has left.
    pub(crate) fn leave(&mut self, node: NodeId) {
        self.by_key.iter().filter(|((asker, _), _)| *asker == node).for_each(|(_, abort)| abort.abort());
    }

    /// Works on. Resolves when one question is done with; never, if there is none.
    pub(crate) async fn next(&mut self) {
        match self.running.next().await {
            Some(key) => _ = self.by_key.remove(&key),
            None => std::future::pending().await,
        }
    }
}
