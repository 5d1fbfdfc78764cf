//! What a server is made of.

use std::future::Future;
use std::sync::Arc;

use packets_core::control::Credential;
use packets_core::net::{
    Acceptors, ConnectionLimits, Figures, Layer, Observer, Observers, Outbound, Recovered,
};
use packets_core::{Acceptor, Agreement, CloseReason, Packet, Policy, Registry};

use crate::admission::{Admission, AdmissionLimits};
use crate::cluster::ClusterBuilder;
use crate::drain::{Drain, Shutdown};
use crate::error::BuildError;
use crate::gate::GateBuilder;
use crate::handshakes::{Handshakes, Listeners};
use crate::hooks::Hooks;
use crate::resume::Resume;
use crate::rooms::Rooms;
use crate::server::{Inner, Server};
use crate::sessions::Sessions;
use crate::socket::Socket;

/// Collects what a [`Server`] is made of.
#[must_use = "a server comes of `build`"]
pub struct ServerBuilder {
    acceptors: Acceptors<Socket>,
    observers: Vec<Observer>,
    registry: Option<Registry>,
    hooks: Hooks,
    pub(crate) gate: GateBuilder,
    pub(crate) cluster: ClusterBuilder,
    expose_errors: bool,
    limits: ConnectionLimits,
    admission: AdmissionLimits,
    drain: Drain,
    resume: Option<Resume>,
    rooms_per_socket: usize,
}

impl ServerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            acceptors: Acceptors::default(),
            observers: Vec::new(),
            registry: None,
            hooks: Hooks::default(),
            gate: GateBuilder::default(),
            cluster: ClusterBuilder::default(),
            expose_errors: false,
            limits: ConnectionLimits::server(),
            admission: AdmissionLimits::default(),
            drain: Drain::default(),
            resume: None,
            rooms_per_socket: 128,
        }
    }

    /// Accepts packets of type `P`: by a type that implements [`Acceptor`], or by a closure.
    ///
    /// Several acceptors of one packet have it in turn, in the order they were added, until one rejects it;
    /// the first one's response is the answer.
    ///
    /// ```standalone_crate
    /// use packets_server::{Acceptor, AcceptError, Packet, Server, Socket, ValidationError};
    ///
    /// #[derive(Packet)]
    /// struct Slap;
    ///
    /// #[derive(Packet)]
    /// #[packet(response = u32)]
    /// struct Double(u32);
    ///
    /// struct Arithmetic;
    ///
    /// impl Acceptor<Double, Socket> for Arithmetic {
    ///     async fn validate(&self, packet: &Double, _: &Socket) -> Result<(), ValidationError> {
    ///         if packet.0 > u32::MAX / 2 { Err(ValidationError::new(400, "too much")) } else { Ok(()) }
    ///     }
    ///
    ///     async fn respond(&self, packet: Double, _: &Socket) -> Result<u32, AcceptError> {
    ///         Ok(packet.0 * 2)
    ///     }
    /// }
    ///
    /// let server = Server::builder()
    ///     .accept::<Double>(Arithmetic)
    ///     .accept(|_: Slap, socket: Socket| async move { println!("slapped by {}", socket.id()) })
    ///     .build()?;
    /// # Ok::<(), packets_server::BuildError>(())
    /// ```
    pub fn accept<P: Packet>(mut self, acceptor: impl Acceptor<P, Socket>) -> Self {
        self.acceptors.add(acceptor);
        self
    }

    /// Puts a layer around every packet that clients send, inside of the layers before it. See [`Layer`].
    ///
    /// ```
    /// use packets_server::{Inbound, Next, Server, Socket};
    ///
    /// let server = Server::builder().layer(|packet: Inbound<Socket>, next: Next<Socket>| async move {
    ///     let outcome = next.run().await;
    ///     println!("{} of {} bytes: {}", packet.name(), packet.size(), outcome.is_ok());
    ///     outcome
    /// });
    /// ```
    pub fn layer(mut self, layer: impl Layer<Socket>) -> Self {
        self.acceptors.layer(layer);
        self
    }

    /// Looks on at every packet that goes out, beside the observers before it: once it is emitted, or its call has
    /// settled. See [`Outbound`].
    ///
    /// ```
    /// use packets_server::{Outbound, Server};
    ///
    /// let server = Server::builder().observe(|packet: &Outbound<'_>| {
    ///     let (name, size, times) = (packet.name(), packet.size(), packet.receivers());
    ///     println!("{name} of {size} bytes to {times}: {}", packet.outcome().label());
    /// });
    /// ```
    pub fn observe(mut self, observer: impl Fn(&Outbound<'_>) + Send + Sync + 'static) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Sets limits for the packets of type `P`, before those that its attributes set.
    ///
    /// ```
    /// use packets_server::{Overflow, Packet, Policy, Rate, Server};
    ///
    /// #[derive(Packet)]
    /// #[packet(rate = "20/s")]
    /// struct Move(f32, f32);
    ///
    /// let policy = Policy::new().rate(Rate::per_second(60).burst(120)).overflow(Overflow::KeepLatest);
    /// let server = Server::builder().policy::<Move>(policy);
    /// ```
    pub fn policy<P: Packet>(mut self, policy: Policy) -> Self {
        self.acceptors.policy::<P>(policy);
        self
    }

    /// Runs for each client that has connected. It starts before the client's first packet is looked at,
    /// and from its first wait on runs beside them. With the connection it is dropped, wherever it is.
    /// Another hook replaces it.
    pub fn connect<F>(mut self, hook: impl Fn(Socket) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_connect(hook);
        self
    }

    /// Runs for each client that had connected, once, with the reason for which its connection ended: however
    /// it ended, and whatever panicked. Only the end of the runtime comes before it.
    ///
    /// By then the socket is among the server's sockets and in its rooms no more, though
    /// [`rooms`](Socket::rooms) says which it was in, and the connect hook and the acceptors of its calls are
    /// done or dropped. The hook may take the [`acceptor_timeout`](ConnectionLimits::acceptor_timeout), then
    /// it is dropped; graceful shutdown waits for it as long as it waits for connections. Another hook
    /// replaces it.
    ///
    /// ```
    /// # use packets_server::{CloseReason, Packet, Server, Socket};
    /// # #[derive(Packet)]
    /// # struct Gone(String);
    /// let server = Server::builder().disconnect(|socket: Socket, reason: CloseReason| async move {
    ///     for room in socket.rooms() {
    ///         let _ = socket.to(&room).emit(&Gone(reason.to_string()));
    ///     }
    /// });
    /// ```
    pub fn disconnect<F>(mut self, hook: impl Fn(Socket, CloseReason) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_disconnect(hook);
        self
    }

    /// Lets clients that lose their connection come back to their sockets. Off: a socket ends with its connection.
    ///
    /// The [request hook](Self::request) runs at each connection. The socket's [request](Socket::request) and
    /// extensions stay those of its first one.
    pub fn resume(mut self, resume: Resume) -> Self {
        self.resume = Some(resume);
        self
    }

    /// Runs for each client that has come back to its socket, with what of its packets reached the two ends:
    /// [`Full`](Recovered::Full) or [`Gap`](Recovered::Gap). It starts before what comes by the new connection is
    /// looked at, and from its first wait on runs beside it. With the socket it is dropped, and when the client
    /// comes back again. Another hook replaces it.
    ///
    /// The connect hook does not run for these, nor the disconnect hook while a client may still come back.
    ///
    /// ```
    /// use packets_server::{Recovered, Resume, Server, Socket};
    ///
    /// let server = Server::builder().resume(Resume::default()).resumed(|socket: Socket, recovered| async move {
    ///     if let Recovered::Gap { lost, .. } = recovered {
    ///         println!("{} did not get {lost} frames: tell it everything anew", socket.id());
    ///     }
    /// });
    /// ```
    pub fn resumed<F>(mut self, hook: impl Fn(Socket, Recovered) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.hooks.on_resumed(hook);
        self
    }

    /// Judges the credential with which a client renews the one that it connected with. An error closes its
    /// connection with 4401, so that it comes back with another one; what the error says is told nobody. So does a
    /// panic, and a hook that takes longer than the [`acceptor_timeout`](ConnectionLimits::acceptor_timeout).
    ///
    /// It begins before what the client sends behind the credential is looked at, and from its first wait on runs
    /// beside that. A newer credential drops it where it is. A client renews six times at once and every 10 s in the
    /// long run; beyond that it is closed with 1008. Without this hook, credentials that come are dropped, and the
    /// one of the request goes on to count. Another hook replaces it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use packets_server::{Credential, Server, Socket};
    ///
    /// struct User(String);
    ///
    /// const HOUR: Duration = Duration::from_secs(60 * 60);
    ///
    /// let server = Server::builder()
    ///     .connect(|socket: Socket| async move { socket.expires_in(HOUR) })
    ///     .renew(|socket: Socket, credential: Credential| async move {
    ///         // Ask who gives the tokens out.
    ///         let user = credential.as_str().strip_prefix("user-").ok_or("who are you?")?;
    ///         socket.extensions().insert(User(user.to_owned()));
    ///         socket.expires_in(HOUR);
    ///         Ok::<_, &str>(())
    ///     });
    /// ```
    pub fn renew<F, E>(mut self, hook: impl Fn(Socket, Credential) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        self.hooks.on_renew(hook);
        self
    }

    /// In how many rooms a socket may be; beyond it, [`join`](Socket::join) fails. 128.
    pub fn rooms_per_socket(mut self, rooms: usize) -> Self {
        self.rooms_per_socket = rooms;
        self
    }

    /// The bounds of each connection.
    pub fn limits(mut self, limits: ConnectionLimits) -> Self {
        self.limits = limits;
        self
    }

    /// How many clients there may be.
    pub fn admission(mut self, admission: AdmissionLimits) -> Self {
        self.admission = admission;
        self
    }

    /// How clients are let go when the server [shuts down](Server::shut_down).
    pub fn drain(mut self, drain: Drain) -> Self {
        self.drain = drain;
        self
    }

    /// Whether clients are told the text of acceptors' and the request hook's own errors, which may hold what
    /// is none of their business. By default they are told `error`.
    pub fn expose_errors(mut self, expose: bool) -> Self {
        self.expose_errors = expose;
        self.acceptors.expose_errors(expose);
        self
    }

    /// These packets instead of all that the program gathers.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// No packets but the default ones.
    pub fn defaults_only(self) -> Self {
        self.registry(Registry::defaults_only())
    }

    /// The server.
    ///
    /// # Errors
    /// [`BuildError`] if the program's packets do not make a registry, an acceptor's packet, or one with a
    /// policy, is not in it, an origin, a host or a proxy is none, or it cannot be a node of its cluster.
    pub fn build(self) -> Result<Server, BuildError> {
        let mut registry = self.registry.map_or_else(Registry::gather, Ok)?;
        let acceptors = self.acceptors.by_id(&mut registry)?;
        let registry = Arc::new(registry);
        let (node, start) = self.cluster.build(Agreement::identical(registry.clone()), self.expose_errors)?;
        let inner = Inner {
            figures: Figures::server(&registry),
            acceptors: Arc::new(acceptors),
            hooks: Arc::new(self.hooks),
            rooms: Arc::new(Rooms::new(
                node.0.clone(),
                Observers::new(self.observers),
                self.rooms_per_socket,
            )),
            registry,
            gate: self.gate.build()?,
            expose_errors: self.expose_errors,
            limits: self.limits,
            admission: Admission::new(self.admission),
            handshakes: Handshakes::new(self.admission.handshakes),
            listeners: Listeners::default(),
            drain: self.drain,
            shutdown: Shutdown::default(),
            sessions: self.resume.map(|resume| Arc::new(Sessions::new(resume))),
            node,
        };
        let server = Server::new(inner);
        server.link().belongs_to(&server);
        if let Some(start) = start {
            start.run();
        }
        Ok(server)
    }
}

impl std::fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBuilder").field("acceptors", &self.acceptors).finish_non_exhaustive()
    }
}
