//! What a client is made of.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use http::Uri;
use packets_core::net::{
    Acceptors, ConnectionLimits, Figures, Layer, Observer, Observers, Outbound, Streams, Transport,
};
use packets_core::{Acceptor, Agreement, Claim, Packet, Policy, Registry};
#[cfg(feature = "tls")]
use tokio_rustls::rustls;

use crate::backlog::Offline;
use crate::client::Client;
use crate::connector::{Connector, Once};
use crate::defaults::Defaults;
use crate::dialer::{Dialer, Token};
use crate::error::ConnectError;
use crate::headers::Headers;
use crate::link::Link;
use crate::location::{self, RedirectPolicy};
use crate::reconnect::Backoff;
use crate::resume::Resume;
use crate::supervisor::Supervisor;
use crate::websocket::WebSocketConnector;

/// Collects what a [`Client`] is made of.
#[must_use = "a client comes of `connect`"]
pub struct ClientBuilder<C = WebSocketConnector> {
    connector: C,
    acceptors: Acceptors<Client>,
    observers: Vec<Observer>,
    defaults: Defaults,
    registry: Option<Registry>,
    limits: ConnectionLimits,
    headers: Headers,
    token: Option<Token>,
    backoff: Option<Backoff>,
    offline: Offline,
    resume: Option<Resume>,
}

impl ClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            connector: WebSocketConnector::default(),
            acceptors: Acceptors::default(),
            observers: Vec::new(),
            defaults: Defaults::default(),
            registry: None,
            limits: ConnectionLimits::client(),
            headers: Headers::default(),
            token: None,
            backoff: Some(Backoff::default()),
            offline: Offline::default(),
            resume: Some(Resume::default()),
        }
    }

    /// Connects to `wss` URLs by this configuration of rustls, with roots, certificates or a provider of the
    /// application's own. By default the roots are those of the features `tls-webpki-roots` and
    /// `tls-native-roots`.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: impl Into<Arc<rustls::ClientConfig>>) -> Self {
        self.connector.tls = crate::tls::Config(Some(config.into()));
        self
    }
}

impl<C> ClientBuilder<C> {
    /// Accepts packets of type `P` that the server sends: by a type that implements [`Acceptor`], or by a
    /// closure.
    ///
    /// An acceptor of [`Refresh`](crate::Refresh) or [`Redirect`](crate::Redirect) takes the place of what the client does with them itself.
    ///
    /// ```
    /// use packets_client::{Client, Packet};
    ///
    /// #[derive(Packet)]
    /// #[packet(response = String)]
    /// struct WhoAreYou;
    ///
    /// let builder = Client::builder().accept(|_: WhoAreYou, _: Client| async { "a client".to_owned() });
    /// ```
    pub fn accept<P: Packet>(mut self, acceptor: impl Acceptor<P, Client>) -> Self {
        self.defaults.leave::<P>();
        self.acceptors.add(acceptor);
        self
    }

    /// Puts a layer around every packet that the server sends, inside of the layers before it. See [`Layer`].
    pub fn layer(mut self, layer: impl Layer<Client>) -> Self {
        self.acceptors.layer(layer);
        self
    }

    /// Looks on at every packet that goes out, beside the observers before it: once it is emitted, or its call has
    /// settled. See [`Outbound`].
    ///
    /// ```
    /// use packets_client::{Client, Outbound, Outcome};
    ///
    /// let builder = Client::builder().observe(|packet: &Outbound<'_>| match packet.outcome() {
    ///     Outcome::Answered { size } => println!("{}: {size} bytes in {:?}", packet.name(), packet.elapsed()),
    ///     Outcome::Failed(error) => println!("{}: {error}", packet.name()),
    ///     _ => {}
    /// });
    /// ```
    pub fn observe(mut self, observer: impl Fn(&Outbound<'_>) + Send + Sync + 'static) -> Self {
        self.observers.push(Box::new(observer));
        self
    }

    /// Sets a policy for the packets of type `P`, before what its attributes set. Rates and sizes are for
    /// servers to keep; a client goes by the [`Overflow`](crate::Overflow) of what it emits, and by how many of
    /// what it accepts may run at once.
    ///
    /// ```
    /// use packets_client::{Client, Overflow, Packet, Policy};
    ///
    /// #[derive(Packet)]
    /// struct Move(f32, f32);
    ///
    /// let builder = Client::builder().policy::<Move>(Policy::new().overflow(Overflow::KeepLatest));
    /// ```
    pub fn policy<P: Packet>(mut self, policy: Policy) -> Self {
        self.acceptors.policy::<P>(policy);
        self
    }

    /// The bounds of each connection.
    pub fn limits(mut self, limits: ConnectionLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether the server is told the text of acceptors' own errors. By default it is told `error`.
    pub fn expose_errors(mut self, expose: bool) -> Self {
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

    /// How long to wait before connecting again, and how often. By default as [`Backoff`] says.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// The client ends with its first connection. [`Refresh`](crate::Refresh) and [`Redirect`](crate::Redirect) are left
    /// to acceptors of the application's own.
    pub fn no_reconnect(mut self) -> Self {
        self.backoff = None;
        self
    }

    /// What to do with packets while there is no connection. By default they fail.
    ///
    /// ```
    /// use std::time::Duration;
    /// use packets_client::{Client, Offline};
    ///
    /// let builder = Client::builder().offline(Offline::Wait {
    ///     max_packets: 100,
    ///     max_bytes: 64 << 10,
    ///     max_age: Duration::from_secs(30),
    /// });
    /// ```
    pub fn offline(mut self, offline: Offline) -> Self {
        self.offline = offline;
        self
    }

    /// What the client keeps of its session, to go on with it when it connects again. By default as [`Resume`] says.
    pub fn resume(mut self, resume: Resume) -> Self {
        self.resume = Some(resume);
        self
    }

    /// Each connection is a session of its own, also if the server would resume them. So it is with
    /// [`no_reconnect`](Self::no_reconnect).
    pub fn no_resume(mut self) -> Self {
        self.resume = None;
        self
    }

    /// Where a server may move the client to with a [`Redirect`](crate::Redirect). By default to the same host.
    pub fn redirect(mut self, policy: RedirectPolicy) -> Self {
        self.defaults.policy = policy;
        self
    }

    /// A header to send with the request for a connection, such as a cookie. Several of one name are all sent.
    /// Those of HTTP's upgrade and of WebSocket cannot be set: connecting fails with [`ConnectError::Header`].
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.headers.push((name.into(), value.into()));
        self
    }

    /// Offers another subprotocol behind `packets.v1`, for what stands between client and server. A server
    /// that chooses another one than `packets.v1` is none of packets.
    pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
        self.headers.subprotocols.push(name.into());
        self
    }

    /// Asks for a token before every attempt to connect, and sends it as `Authorization: Bearer …`.
    ///
    /// A token that the server refuses is not tried again: the function is asked for another one after each
    /// wait of the backoff, and as long as it gives the same one there is no attempt. If the function fails,
    /// so does the attempt. It may take as long as the limits' handshake timeout.
    ///
    /// On a live connection, [`Client::renew`] asks for a new token and sends it.
    ///
    /// ```
    /// use packets_client::Client;
    /// # async fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
    ///
    /// let builder = Client::builder().token(|| async { fetch().await });
    /// ```
    pub fn token<F, E>(mut self, mut token: impl FnMut() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.token = Some(Box::new(move || {
            let token = token();
            Box::pin(async { token.await.map_err(Into::into) })
        }));
        self
    }

    /// Connects by this instead of by WebSockets over TCP.
    ///
    /// ```
    /// use packets_client::{Client, ConnectError, Request};
    /// use packets_core::net::pair;
    ///
    /// let builder = Client::builder().connector(|request: Request| async move {
    ///     let (here, there) = pair();
    ///     // … serve `there` …
    ///     Ok::<_, ConnectError>(here)
    /// });
    /// ```
    pub fn connector<D: Connector>(self, connector: D) -> ClientBuilder<D> {
        let Self { acceptors, observers, defaults, registry, limits, .. } = self;
        let Self { headers, token, backoff, offline, resume, .. } = self;
        ClientBuilder {
            connector,
            acceptors,
            observers,
            defaults,
            registry,
            limits,
            headers,
            token,
            backoff,
            offline,
            resume,
        }
    }

    /// Connects over a transport that is there already. There is no second one, so the client does not
    /// reconnect.
    ///
    /// # Errors
    /// [`ConnectError`] says why there is no connection.
    pub async fn connect_transport<T: Transport>(self, transport: T) -> Result<Client, ConnectError> {
        let once = self.connector(Once(Some(transport))).no_reconnect();
        once.open(Uri::from_static("ws://transport/")).await
    }
}

impl<C: Connector> ClientBuilder<C> {
    /// Connects to a server by its URL. This first connection is tried once; from then on the client connects
    /// again by itself.
    ///
    /// # Errors
    /// [`ConnectError`] says why there is no connection.
    pub async fn connect(self, url: &str) -> Result<Client, ConnectError> {
        let location = location::parse(url)?;
        self.open(location).await
    }

    async fn open(mut self, location: Uri) -> Result<Client, ConnectError> {
        let headers = self.headers.build()?;
        let mut registry = self.registry.map_or_else(Registry::gather, Ok)?;
        if self.backoff.is_some() {
            self.defaults.add_to(&mut self.acceptors);
        }
        let acceptors = Arc::new(self.acceptors.by_id(&mut registry)?);
        let registry = Arc::new(registry);
        let streams = Streams::lasting();
        let mut dialer = Dialer {
            connector: self.connector,
            headers,
            token: self.token,
            figures: Figures::client(&registry),
            registry: registry.clone(),
            limits: self.limits,
            streams: streams.clone(),
        };
        let mut claim = self.resume.filter(|_| self.backoff.is_some()).map(|_| Claim::default());
        let credential = dialer.credential().await?;
        let greeted = dialer.dial(&location, credential.clone(), claim.as_mut()).await?;
        let peer = greeted.peer().clone();
        let (own, observers) = (Agreement::identical(registry), Observers::new(self.observers));
        let link = Link::new(peer, location.clone(), own, observers, self.limits, self.offline, streams);
        let link = Arc::new(link);
        let supervisor = Supervisor {
            link: link.clone(),
            dialer,
            acceptors,
            delays: self.backoff.map(Backoff::delays),
            home: location.clone(),
            location,
            credential,
            resume: self.resume.unwrap_or_default(),
            claim,
        };
        let session = supervisor.begin(greeted);
        tokio::spawn(supervisor.run(session));
        Ok(Client::holding(link))
    }
}

impl<C> std::fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder").field("acceptors", &self.acceptors).finish_non_exhaustive()
    }
}
