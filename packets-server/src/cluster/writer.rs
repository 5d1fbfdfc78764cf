//! What goes out of a node.

use std::collections::BTreeMap;
use std::time::Duration;

use packets_core::net::SharedLogLimit;
use tokio::task::yield_now;

use super::driver::TURN;
use super::link::{Link, Remote};
use super::message::{Content, EMITTER, Header};
use super::node::NodeId;
use super::outbox::{Destination, Draft};
use crate::engine::{Engine, Subject};
use crate::in_time::in_time;

/// How long the engine may take for one message.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(2);

/// To whom all nodes of a cluster listen.
pub(crate) fn all(remote: &Remote) -> Subject {
    Subject::of(["packets", &remote.settings.name, "all"])
}

/// To whom one node listens.
pub(crate) fn only(remote: &Remote, node: NodeId) -> Subject {
    Subject::of(["packets", &remote.settings.name, "node", &node.to_string()])
}

/// Writes what waits in the outbox, one message after the other.
pub(crate) struct Writer<'a> {
    link: &'a Link,
    remote: &'a Remote,
    engine: &'a dyn Engine,
    all: Subject,
    /// The subjects of nodes that were told something: as many as there may be nodes.
    nodes: BTreeMap<NodeId, Subject>,
    /// The number of the last message that all were told.
    sequence: u64,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(link: &'a Link, remote: &'a Remote, engine: &'a dyn Engine) -> Self {
        Self { link, remote, engine, all: all(remote), nodes: BTreeMap::new(), sequence: 0 }
    }

    /// To the end of the outbox.
    pub(crate) async fn run(&mut self) {
        let mut turn = 0;
        while let Some(Draft { to, counts, bytes }) = self.remote.outbox.next().await {
            self.publish(to, counts, bytes).await;
            turn += 1;
            if turn % TURN == 0 {
                yield_now().await;
            }
        }
    }

    pub(crate) async fn write(&mut self, to: Destination, counts: bool, content: &Content) {
        if let Ok(bytes) = self.remote.seal.draft(content) {
            self.publish(to, counts, bytes).await;
        }
    }

    async fn publish(&mut self, to: Destination, counts: bool, draft: Vec<u8>) {
        static LOG: SharedLogLimit = SharedLogLimit::new();
        self.sequence += u64::from(counts);
        let me = self.link.identity();
        let flags = if self.remote.is_emitter { EMITTER } else { 0 };
        let header = Header { epoch: me.epoch, flags, origin: *me.id.as_bytes(), sequence: self.sequence };
        let subject = match to {
            Destination::All => self.all.clone(),
            Destination::Node(node) => self.only(node),
        };
        let Ok(message) = self.remote.seal.seal(draft, &header) else { return };
        let published = if to == Destination::Node(me.id) {
            self.engine.publish(&subject, message)
        } else {
            self.engine.publish_to_others(&subject, message)
        };
        // What is lost here is not sent again: the others notice by its number.
        match in_time(PUBLISH_TIMEOUT, published).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if LOG.passes() => tracing::warn!(%error, "the engine has not taken a message"),
            Err(_) if LOG.passes() => tracing::warn!("the engine took too long for a message"),
            Ok(Err(_)) | Err(_) => {}
        }
    }

    fn only(&mut self, node: NodeId) -> Subject {
        if self.nodes.len() >= self.remote.settings.nodes {
            self.nodes.clear();
        }
        self.nodes.entry(node).or_insert_with(|| only(self.remote, node)).clone()
    }
}
