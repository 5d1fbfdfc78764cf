//! The questions of other nodes that this one works on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{AbortHandle, Abortable, BoxFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use packets_core::{Reject, RejectKind};
use tokio::time::{Instant, timeout_at};

use super::link::Link;
use super::message::{Ask, Question, Reply};
use super::node::NodeId;
use super::relay;
use crate::drain::after;

/// Who has asked, and the number of the question there.
pub(crate) type Key = (NodeId, u64);

/// A question, and which work on it: one that is cancelled may be asked again.
type Done = (Key, u64);

/// The questions of other nodes that this one works on, all within one task: so many and no more.
pub(crate) struct Work {
    most: usize,
    running: FuturesUnordered<BoxFuture<'static, Done>>,
    by_key: BTreeMap<Key, (u64, AbortHandle)>,
    begun: u64,
}

impl Work {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, running: FuturesUnordered::new(), by_key: BTreeMap::new(), begun: 0 }
    }

    /// Works on a question of another node, to its deadline.
    pub(crate) fn ask(&mut self, link: &Arc<Link>, asker: NodeId, question: Question, now: Instant) {
        let Question { ask, number, time } = question;
        let key = (asker, number);
        if self.by_key.len() >= self.most {
            let reject = Reject::new(RejectKind::Overloaded, "the node works on too many questions");
            return link.reply(asker, number, Reply::reject(&reject));
        }
        let deadline = after(now, Duration::from_millis(time.into()));
        match ask {
            Ask::Intercom(carried) => {
                let found = link.find(&carried).map_err(|reject| Reply::reject(&reject));
                match found.and_then(|id| link.accept(id, carried.body, asker)) {
                    Err(reply) => link.reply(asker, number, reply),
                    Ok(accepting) => {
                        let link = link.clone();
                        self.begin(
                            key,
                            deadline,
                            accepting.map(move |reply| link.reply(asker, number, reply)),
                        );
                    }
                }
            }
            Ask::Send { choice, packet, timeout } => {
                let timeout = timeout.map(|millis| Duration::from_millis(millis.into()));
                match relay::send(link, key, &choice, &packet, timeout) {
                    Err(reply) => link.reply(asker, number, reply),
                    Ok(sending) => self.begin(key, deadline, Box::pin(sending)),
                }
            }
            Ask::Act { act, choice } => relay::act_for(link, key, &choice, &act),
        }
    }

    /// Begins to work on a question; in vain if it is worked on already.
    fn begin(
        &mut self,
        key: Key,
        deadline: Instant,
        mut work: impl Future<Output = ()> + Send + Unpin + 'static,
    ) {
        // What is known at once is said at once, and takes nobody's place.
        if self.by_key.contains_key(&key) || (&mut work).now_or_never().is_some() {
            return;
        }
        let (abort, registration) = AbortHandle::new_pair();
        self.begun += 1;
        let begun = self.begun;
        self.by_key.insert(key, (begun, abort));
        let work = Abortable::new(timeout_at(deadline, work), registration);
        self.running.push(Box::pin(async move {
            // Nobody waits for what is dropped, or comes later.
            let _ = work.await;
            (key, begun)
        }));
    }

    /// Drops what nobody waits for any more.
    pub(crate) fn cancel(&mut self, key: Key) {
        if let Some((_, abort)) = self.by_key.remove(&key) {
            abort.abort();
        }
    }

    /// Drops what a node has asked that has left.
    pub(crate) fn leave(&mut self, node: NodeId) {
        let left = self.by_key.extract_if((node, 0)..=(node, u64::MAX), |_, _| true);
        left.for_each(|(_, (_, abort))| abort.abort());
    }

    /// Works on as far as that goes at once.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some((key, begun))) = self.running.poll_next_unpin(cx) {
            if self.by_key.get(&key).is_some_and(|(latest, _)| *latest == begun) {
                self.by_key.remove(&key);
            }
        }
    }
}
