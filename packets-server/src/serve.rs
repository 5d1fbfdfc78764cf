//! Listening for WebSockets, until the signal to shut down.

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use packets_core::CloseReason;
use packets_core::control::SUBPROTOCOL;
use packets_core::net::{Greeted, WebSocket};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request as HttpRequest, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header::SEC_WEBSOCKET_PROTOCOL};

use crate::error::ServeError;
use crate::request::Request;
use crate::server::Server;
use crate::socket::Socket;

/// Where to listen: an address, or a listener.
#[derive(Debug)]
pub enum Bind {
    /// An address such as `127.0.0.1:3000`; port 0 takes any free one.
    Address(String),
    /// A listener that is there already.
    Listener(TcpListener),
}

impl From<&str> for Bind {
    fn from(address: &str) -> Self {
        Self::Address(address.to_owned())
    }
}

impl From<String> for Bind {
    fn from(address: String) -> Self {
        Self::Address(address)
    }
}

impl From<SocketAddr> for Bind {
    fn from(address: SocketAddr) -> Self {
        Self::Address(address.to_string())
    }
}

impl From<TcpListener> for Bind {
    fn from(listener: TcpListener) -> Self {
        Self::Listener(listener)
    }
}

/// A server that listens when awaited, for ever or until its signal to shut down.
#[must_use = "a server listens when this is awaited"]
pub struct Serve {
    server: Server,
    bind: Bind,
    shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Serve {
    pub(crate) fn new(server: Server, bind: Bind) -> Self {
        Self { server, bind, shutdown: Box::pin(std::future::pending()) }
    }

    /// Shuts down when the signal resolves: no connection is taken any more, calls are rejected as
    /// [`GoingAway`](packets_core::RejectKind::GoingAway), those being answered have the
    /// [drain time](crate::ServerBuilder::drain) to finish, then connections are closed with 1001.
    pub fn with_graceful_shutdown(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown = Box::pin(signal);
        self
    }

    async fn run(mut self) -> Result<(), ServeError> {
        let listener = match self.bind {
            Bind::Listener(listener) => listener,
            Bind::Address(address) => match TcpListener::bind(&address).await {
                Ok(listener) => listener,
                Err(source) => return Err(ServeError { address, source }),
            },
        };
        let mut connections = JoinSet::new();
        let (stop, stopping) = watch::channel(None);
        loop {
            tokio::select! {
                biased;
                () = &mut self.shutdown => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                stream = accept(&listener) => {
                    connections.spawn(serve(self.server.clone(), stream, stopping.clone()));
                }
            }
        }
        drop(listener);
        shut_down(&self.server, connections, &stop).await;
        Ok(())
    }
}

impl IntoFuture for Serve {
    type Output = Result<(), ServeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl std::fmt::Debug for Serve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serve")
            .field("server", &self.server)
            .field("bind", &self.bind)
            .finish_non_exhaustive()
    }
}

/// The next connection. Errors of accepting (one that was reset, no file descriptors left) end nothing.
async fn accept(listener: &TcpListener) -> TcpStream {
    let mut pause = Duration::from_millis(50);
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections; trying again");
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
        }
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// Until when running calls may finish, once the server shuts down.
type Stopping = watch::Receiver<Option<Instant>>;

async fn serve(server: Server, stream: TcpStream, mut stopping: Stopping) {
    let greeted = tokio::select! {
        biased;
        // Who has not greeted has nothing to finish.
        _ = stopping.wait_for(Option::is_some) => return,
        greeted = greet(&server, stream) => greeted,
    };
    if let Some(greeted) = greeted {
        let stop = |socket: &Socket| {
            // From here on it is found among the server's sockets. It may have come too late for that.
            if let Some(drain_until) = *stopping.borrow() {
                socket.close_with(CloseReason::ShuttingDown, Some(drain_until.into_std()));
            }
        };
        server.run(greeted, Request::default(), stop).await;
    }
}

/// Makes a WebSocket of a connection, and greets its client.
async fn greet(server: &Server, stream: TcpStream) -> Option<Greeted<WebSocket<TcpStream>>> {
    let limits = server.limits();
    // Frames are gathered here already; the kernel must not hold them back too.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection broke off at once");
        return None;
    }
    let config = Some(WebSocket::<TcpStream>::config(&limits));
    let upgrade = accept_hdr_async_with_config(stream, subprotocol, config);
    match timeout(limits.handshake_timeout, upgrade).await {
        Ok(Ok(stream)) => return server.greet(WebSocket::new(stream)).await.ok(),
        Ok(Err(error)) => tracing::debug!(%error, "a connection is no WebSocket"),
        Err(_) => tracing::debug!("a connection took too long to become a WebSocket"),
    }
    None
}

/// A client that names subprotocols has to name ours.
#[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
fn subprotocol(request: &HttpRequest, mut response: Response) -> Result<Response, ErrorResponse> {
    let mut offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter().peekable();
    if offers.peek().is_none() {
        return Ok(response);
    }
    let names_ours = |offer: &HeaderValue| {
        offer.to_str().is_ok_and(|offer| offer.split(',').any(|name| name.trim() == SUBPROTOCOL))
    };
    if !offers.any(names_ours) {
        let mut refusal = ErrorResponse::new(Some(format!("this server speaks {SUBPROTOCOL}\n")));
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        return Err(refusal);
    }
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    Ok(response)
}

/// So that `Duration::MAX` is no overflow.
const LONGEST_DRAIN: Duration = Duration::from_secs(365 * 24 * 60 * 60);

async fn shut_down(server: &Server, mut connections: JoinSet<()>, stop: &watch::Sender<Option<Instant>>) {
    let drain_until = Instant::now() + server.drain().min(LONGEST_DRAIN);
    stop.send_replace(Some(drain_until));
    for socket in server.sockets() {
        socket.close_with(CloseReason::ShuttingDown, Some(drain_until.into_std()));
    }
    let deadline = drain_until + server.limits().close_timeout.min(LONGEST_DRAIN);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout_at(deadline, all).await.is_err() {
        tracing::warn!("some connections did not end in time and are dropped");
    }
}
