//! What a server's handles and the driver of its part in the cluster share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use packets_core::codec::Text;
use packets_core::net::{Encoded, Outgoing};
use packets_core::{Agreement, Bundle, PacketId, Reject, RejectKind};
use tokio::sync::{broadcast, watch};

use super::acceptor::{Accepting, IntercomTable};
use super::event::{CAPACITY, ClusterEvent};
use super::gather::Gathers;
use super::health::Health;
use super::membership::Membership;
use super::message::{Answer, Carried, Content, Count, Reply};
use super::node::{Node, NodeId};
use super::outbox::{Destination, Draft, Outbox, PublishError};
use super::seal::Seal;
use super::settings::Cluster;
use crate::server::{Server, WeakServer};

/// A server as a node: what its handles and its driver share. Without an engine, it is a node by itself.
pub(crate) struct Link {
    agreement: Agreement,
    acceptors: IntercomTable,
    expose_errors: bool,
    server: OnceLock<WeakServer>,
    identity: Mutex<Identity>,
    remote: Option<Remote>,
}

/// The most that stands beside the only answer in a message.
const BESIDE: usize = 64;

/// What a node is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) id: NodeId,
    /// When it began to be called that, in microseconds since 1970.
    pub(crate) epoch: u64,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { id: NodeId::random(), epoch: u64::try_from(since.as_micros()).unwrap_or(u64::MAX) }
    }
}

/// What there is between this node and the others.
pub(crate) struct Remote {
    pub(crate) settings: Cluster,
    /// Asks and emits, and is not asked.
    pub(crate) is_emitter: bool,
    pub(crate) seal: Seal,
    pub(crate) outbox: Outbox,
    pub(crate) gathers: Gathers,
    membership: Mutex<Membership>,
    pub(crate) health: watch::Sender<Health>,
    /// Gone with the driver.
    events: Mutex<Option<broadcast::Sender<ClusterEvent>>>,
    /// Messages that were refused.
    foreign: AtomicU64,
    /// Packets of other builds that were dropped.
    unreadable: AtomicU64,
    /// Whether the driver has ended.
    pub(crate) ended: watch::Sender<bool>,
}

impl Remote {
    pub(crate) fn new(settings: Cluster, is_emitter: bool, carries: usize) -> Self {
        Self {
            is_emitter,
            seal: Seal::new(&settings.name, settings.secret.as_deref()),
            outbox: Outbox::new(settings.outbox, settings.outbox_bytes, settings.max_message.min(carries)),
            gathers: Gathers::new(settings.questions),
            membership: Mutex::new(Membership::new(settings.nodes, settings.dead_after)),
            health: watch::Sender::new(Health::Starting),
            events: Mutex::new(Some(broadcast::Sender::new(CAPACITY))),
            foreign: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
            ended: watch::Sender::new(false),
            settings,
        }
    }

    pub(crate) fn membership(&self) -> MutexGuard<'_, Membership> {
        self.membership.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn events(&self) -> MutexGuard<'_, Option<broadcast::Sender<ClusterEvent>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whoever listens.
    pub(crate) fn tell(&self, event: ClusterEvent) {
        if let Some(events) = &*self.events() {
            // It may be that nobody does.
            let _ = events.send(event);
        }
    }

    pub(crate) fn listen(&self) -> Option<broadcast::Receiver<ClusterEvent>> {
        self.events().as_ref().map(broadcast::Sender::subscribe)
    }

    /// A message was refused.
    pub(crate) fn count_foreign(&self) {
        self.foreign.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn foreign(&self) -> u64 {
        self.foreign.load(Ordering::Relaxed)
    }

    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    /// Nothing goes out, or comes in, any more.
    pub(crate) fn end(&self) {
        self.outbox.end();
        self.health.send_replace(Health::Down);
        self.gathers.end();
        self.events().take();
        self.ended.send_replace(true);
    }
}

impl Link {
    pub(crate) fn new(
        agreement: Agreement,
        acceptors: IntercomTable,
        expose_errors: bool,
        remote: Option<Remote>,
    ) -> Self {
        let identity = Mutex::new(Identity::new());
        Self { agreement, acceptors, expose_errors, server: OnceLock::new(), identity, remote }
    }

    /// Makes the server known, once there is one.
    pub(crate) fn belongs_to(&self, server: &Server) {
        // It is called once.
        let _ = self.server.set(server.downgrade());
    }

    pub(crate) fn server(&self) -> Option<Server> {
        self.server.get()?.upgrade()
    }

    pub(crate) const fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    pub(crate) const fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    pub(crate) fn identity(&self) -> Identity {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rename(&self) -> Identity {
        let identity = Identity::new();
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = identity;
        identity
    }

    // ---- to others ----

    /// Tells other nodes something, as soon as the engine takes it.
    pub(crate) fn publish(&self, to: Destination, content: &Content) -> Result<(), PublishError> {
        let Some(remote) = &self.remote else { return Err(PublishError::Down) };
        let too_large = |_| PublishError::TooLarge { size: usize::MAX, limit: remote.settings.max_message };
        let bytes = remote.seal.draft(content).map_err(too_large)?;
        remote.outbox.push(Draft { to, counts: content.count() == Count::One, bytes })
    }

    /// Answers a question. If that does not work, the asker sees that nothing comes.
    pub(crate) fn reply(&self, asker: NodeId, question: u64, reply: Reply) {
        let to = Destination::Node(asker);
        let mut told = self.publish(to, &Content::Answer(Answer { question, reply }));
        if let Err(PublishError::TooLarge { .. }) = told {
            let reject = Reject::new(RejectKind::TooLarge, "the response is too large for the cluster");
            let reply = Reply::reject(&reject);
            told = self.publish(to, &Content::Answer(Answer { question, reply }));
        }
        if let Err(error) = told {
            tracing::debug!(%error, "a node is not answered");
        }
    }

    /// The largest answer of a socket that fits a message.
    pub(crate) fn largest_answer(&self) -> usize {
        self.remote
            .as_ref()
            .map_or(0, |remote| remote.outbox.max_message().saturating_sub(remote.seal.size(BESIDE)))
    }

    /// A packet of another node was dropped.
    pub(crate) fn count_unreadable(&self) {
        if let Some(remote) = &self.remote {
            remote.unreadable.fetch_add(1, Ordering::Relaxed);
        }
    }

    // ---- packets ----

    /// A packet as other nodes can find it.
    pub(crate) fn carry<O: Outgoing>(&self, packet: &Encoded<O>) -> Carried {
        let (id, registry) = (packet.packet(), self.agreement.registry());
        let name =
            registry.get(id.number()).map(|packet| Text::from(packet.name().to_owned())).unwrap_or_default();
        Carried { body: packet.body(), fingerprint: self.fingerprint(id), name }
    }

    /// The packet that another node has carried here.
    pub(crate) fn find(&self, carried: &Carried) -> Result<PacketId, Reject> {
        let name = &carried.name;
        let Some(id) = self.agreement.registry().id_named(name) else {
            return Err(Reject::new(RejectKind::UnknownPacket, format!("no packet is named `{name}`")));
        };
        if self.fingerprint(id) == carried.fingerprint {
            Ok(id)
        } else {
            let reason = format!("the asking node has another schema of `{name}`");
            Err(Reject::new(RejectKind::Incompatible, reason))
        }
    }

    /// What two builds have in common of a packet. A bundle holds ids, which are those of all packets.
    fn fingerprint(&self, id: PacketId) -> u64 {
        let registry = self.agreement.registry();
        let own = registry.get(id.number()).map_or(0, |packet| packet.fingerprint().0);
        if registry.id_of::<Bundle>() == Some(id) { own ^ registry.digest().0 } else { own }
    }

    /// Lets this node's acceptors answer.
    pub(crate) fn accept(&self, id: PacketId, body: Bytes, asker: NodeId) -> Result<Accepting, Reply> {
        let Some(server) = self.server() else {
            return Err(Reply::reject(&Reject::new(RejectKind::GoingAway, "the server is gone")));
        };
        self.acceptors
            .accept(id, body, Node::new(server, asker), self.expose_errors)
            .ok_or(Reply::WithoutAcceptor)
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("node", &self.identity().id).finish_non_exhaustive()
    }
}

/// A server's own hold of its link. When the server is gone, so is its node.
#[derive(Debug)]
pub(crate) struct Belonging(pub(crate) Arc<Link>);

impl Drop for Belonging {
    fn drop(&mut self) {
        if let Some(remote) = self.0.remote() {
            remote.outbox.end();
        }
    }
}
