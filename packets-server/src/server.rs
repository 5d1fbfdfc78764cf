//! A server: what its sockets, routes and hooks have in common.

use std::sync::{Arc, Weak};

use packets_core::net::{AcceptorTable, ConnectionLimits, Figures, Outgoing, SendError};
use packets_core::{Registry, SessionId};

use crate::admission::Admission;
use crate::bind::Bind;
use crate::builder::ServerBuilder;
use crate::cluster::{Belonging, Link};
use crate::delivery::Delivery;
use crate::drain::{Drain, Shutdown, Stopping};
use crate::gate::Gate;
use crate::handshakes::{Handshakes, Listeners};
use crate::hooks::Hooks;
use crate::recipient::Recipient;
use crate::rooms::Rooms;
use crate::routes::Routes;
use crate::serve::Serve;
use crate::sessions::Sessions;
use crate::socket::Socket;
use crate::target::Target;

/// A server: its packets, acceptors and sockets. Cheap to clone.
///
/// It does not listen by itself: [`serve`](Self::serve) does.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

/// What all handles of a server share.
pub(crate) struct Inner {
    pub(crate) registry: Arc<Registry>,
    pub(crate) figures: Figures,
    pub(crate) acceptors: Arc<AcceptorTable<Socket>>,
    pub(crate) hooks: Arc<Hooks>,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) gate: Gate,
    pub(crate) expose_errors: bool,
    pub(crate) limits: ConnectionLimits,
    pub(crate) admission: Admission,
    pub(crate) handshakes: Handshakes,
    pub(crate) listeners: Listeners,
    pub(crate) drain: Drain,
    pub(crate) shutdown: Shutdown,
    /// If sessions can be resumed.
    pub(crate) sessions: Option<Arc<Sessions>>,
    pub(crate) node: Belonging,
}

/// A server, for who does not keep it alive.
pub(crate) struct WeakServer(Weak<Inner>);

impl WeakServer {
    pub(crate) fn upgrade(&self) -> Option<Server> {
        Some(Server { inner: self.0.upgrade()? })
    }
}

impl Server {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// A server of all packets that the program gathers, which accepts none of them yet.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::new()
    }

    /// Listens for WebSockets on an address such as `"127.0.0.1:3000"`, or on a listener that is there
    /// already, when the result is awaited.
    ///
    /// ```no_run
    /// # async fn example(server: packets_server::Server) -> Result<(), packets_server::ServeError> {
    /// server.serve("0.0.0.0:3000").with_graceful_shutdown(async { tokio::signal::ctrl_c().await.unwrap() }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn serve(&self, bind: impl Into<Bind>) -> Serve {
        Routes::to(self.clone()).serve(bind)
    }

    /// The clients that are connected, in no particular order.
    #[must_use]
    pub fn sockets(&self) -> Vec<Socket> {
        self.all().sockets()
    }

    /// The socket of an id, if it is connected.
    #[must_use]
    pub fn socket(&self, id: SessionId) -> Option<Socket> {
        self.inner.rooms.get(id)
    }

    /// The rooms there are, in no particular order, and how many sockets are in each.
    #[must_use]
    pub fn rooms(&self) -> Vec<(Arc<str>, usize)> {
        self.inner.rooms.rooms()
    }

    /// The members of a room, or one socket, to send them something: [`Target`] has examples.
    pub fn to<'a>(&self, recipient: impl Into<Recipient<'a>>) -> Target<'a> {
        Target::one(self.inner.rooms.clone(), recipient.into())
    }

    /// All sockets, to send them something.
    pub fn all(&self) -> Target<'static> {
        Target::all(self.inner.rooms.clone())
    }

    /// Sends a packet to all sockets, as [`Target::emit`] does.
    ///
    /// # Errors
    /// [`SendError`] if the packet cannot be sent to anybody.
    pub fn emit<O: Outgoing>(&self, packet: &O) -> Result<Delivery, SendError> {
        self.all().emit(packet)
    }

    /// The packets this server knows.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    pub(crate) fn shared_registry(&self) -> &Arc<Registry> {
        &self.inner.registry
    }

    pub(crate) fn shared_rooms(&self) -> &Arc<Rooms> {
        &self.inner.rooms
    }

    pub(crate) fn shared_acceptors(&self) -> &Arc<AcceptorTable<Socket>> {
        &self.inner.acceptors
    }

    pub(crate) fn figures(&self) -> &Figures {
        &self.inner.figures
    }

    pub(crate) fn hooks(&self) -> &Arc<Hooks> {
        &self.inner.hooks
    }

    /// None if sessions end with their connections.
    pub(crate) fn sessions(&self) -> Option<&Arc<Sessions>> {
        self.inner.sessions.as_ref()
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.inner.node.0
    }

    pub(crate) fn downgrade(&self) -> WeakServer {
        WeakServer(Arc::downgrade(&self.inner))
    }

    pub(crate) fn limits(&self) -> ConnectionLimits {
        self.inner.limits
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.inner.gate
    }

    pub(crate) fn admission(&self) -> &Admission {
        &self.inner.admission
    }

    /// Those who come by a listener of ours.
    pub(crate) fn listeners(&self) -> &Listeners {
        &self.inner.listeners
    }

    /// Those who come by another HTTP server. A listener of ours has its own.
    pub(crate) fn handshakes(&self) -> &Handshakes {
        &self.inner.handshakes
    }

    pub(crate) fn acceptors(&self) -> &AcceptorTable<Socket> {
        &self.inner.acceptors
    }

    pub(crate) fn exposes_errors(&self) -> bool {
        self.inner.expose_errors
    }

    pub(crate) fn stopping(&self) -> Stopping {
        self.inner.shutdown.watch()
    }

    pub(crate) fn shutdown(&self) -> &Shutdown {
        &self.inner.shutdown
    }

    pub(crate) fn drain(&self) -> &Drain {
        &self.inner.drain
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("packets", &self.inner.registry.len())
            .field("rooms", &self.inner.rooms)
            .finish_non_exhaustive()
    }
}
