//! Connecting to a server, and the handle to it.

use std::ops::Deref;
use std::sync::Arc;

use packets_core::control::SUBPROTOCOL;
use packets_core::net::{
    Acceptors, Connection, ConnectionLimits, Meter, Peer, Transport, WebSocket, greet_server,
};
use packets_core::{Acceptor, Packet, Registry, SessionId};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

use crate::error::ConnectError;

/// A connection to a server. Cheap to clone; the connection ends when the last clone is dropped.
///
/// It is a [`Peer`]: `send` asks the server and resolves to its response, `emit` asks nothing, `packets`
/// is a stream of what arrives, `close` ends the connection.
///
/// ```standalone_crate
/// use packets_client::{Client, Packet};
/// use packets_server::{Server, Socket};
///
/// #[derive(Packet)]
/// #[packet(response = u32)]
/// struct Double(u32);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder().accept(|packet: Double, _: Socket| async move { packet.0 * 2 }).build()?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let url = format!("ws://{}/", listener.local_addr()?);
/// tokio::spawn(server.serve(listener).into_future());
///
/// let client = Client::connect(&url).await?;
/// assert_eq!(client.send(Double(21)).await?, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    peer: Peer,
    /// The handles that acceptors are given have none, or the connection would keep itself open.
    _last: Option<Arc<CloseOnDrop>>,
}

#[derive(Debug)]
struct CloseOnDrop(Peer);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Collects what a [`Client`] is made of.
#[derive(Debug)]
#[must_use = "a client comes of `connect`"]
pub struct ClientBuilder {
    acceptors: Acceptors<Client>,
    registry: Option<Registry>,
    limits: ConnectionLimits,
}

impl Client {
    /// Connects to a server by its URL, such as `ws://127.0.0.1:3000/`.
    ///
    /// # Errors
    /// [`ConnectError`] says why there is no connection.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::builder().connect(url).await
    }

    /// A client with acceptors or limits of its own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { acceptors: Acceptors::default(), registry: None, limits: ConnectionLimits::client() }
    }

    /// The session's id, which the server knows too.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.peer.session()
    }
}

impl Deref for Client {
    type Target = Peer;

    fn deref(&self) -> &Peer {
        &self.peer
    }
}

impl ClientBuilder {
    /// Accepts packets of type `P` that the server sends: by a type that implements [`Acceptor`], or by a
    /// closure.
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
        self.acceptors.add(acceptor);
        self
    }

    /// The bounds of the connection.
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

    /// Connects to a server by its URL.
    ///
    /// # Errors
    /// [`ConnectError`] says why there is no connection.
    pub async fn connect(self, url: &str) -> Result<Client, ConnectError> {
        let request = request(url)?;
        let limits = self.limits;
        let stream = timeout(limits.handshake_timeout, async {
            let stream = Meter::new(reach(&request).await?, &limits);
            let config = Some(WebSocket::<TcpStream>::config(&limits));
            let upgrade = client_async_with_config(request, stream, config).await;
            upgrade.map_err(|error| ConnectError::Refused(error.to_string()))
        });
        let (stream, _) = stream.await.map_err(|_| ConnectError::Timeout)??;
        self.connect_transport(WebSocket::new(stream)).await
    }

    /// Connects over a transport that is there already.
    ///
    /// # Errors
    /// [`ConnectError`] says why there is no connection.
    pub async fn connect_transport<T: Transport>(self, transport: T) -> Result<Client, ConnectError> {
        let mut registry = self.registry.map_or_else(Registry::gather, Ok)?;
        let acceptors = Arc::new(self.acceptors.by_id(&mut registry)?);
        let greeted = greet_server(transport, Arc::new(registry), self.limits);
        let greeted = greeted.await.map_err(ConnectError::Closed)?;
        let peer = greeted.peer().clone();
        let from = Client { peer: peer.clone(), _last: None };
        tokio::spawn(Connection::new(greeted, acceptors, from).run());
        Ok(Client { _last: Some(Arc::new(CloseOnDrop(peer.clone()))), peer })
    }
}

fn request(url: &str) -> Result<Request, ConnectError> {
    let mut request = url.into_client_request().map_err(|_| ConnectError::Url(url.to_owned()))?;
    if request.uri().scheme_str() != Some("ws") || request.uri().host().is_none() {
        return Err(ConnectError::Url(url.to_owned()));
    }
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    Ok(request)
}

async fn reach(request: &Request) -> Result<TcpStream, ConnectError> {
    let host = request.uri().host().unwrap_or_default();
    let port = request.uri().port_u16().unwrap_or(80);
    let unreachable = |error| ConnectError::Unreachable { address: format!("{host}:{port}"), error };
    // The URL has an IPv6 address in brackets, the resolver wants it without.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((name, port)).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}
