//! A connection of our own listener, until it is a WebSocket.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use packets_core::net::Figures;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
#[cfg(feature = "tls")]
use tokio_rustls::TlsAcceptor;

use crate::drain::after;
use crate::extensions::Extensions;
use crate::handshakes::{Handshake, Handshakes};
use crate::head::{MAX_HEAD, MAX_HEADERS};
use crate::io::{Io, Stream};
use crate::refusal::Refusal;
use crate::routes::Routes;
use crate::upgrade::{self, Upgrade};

/// What the connections of one listener share.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(crate) routes: Routes,
    pub(crate) handshakes: Handshakes,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
}

/// What a client is told before it has said anything.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 20\r\n\r\nthis server is full\n";

/// How long a refusal may take to be written, beyond the handshake.
const LINGER: Duration = Duration::from_secs(1);

impl Entrance {
    /// Serves a connection to its end.
    pub(crate) async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        mut handshake: Handshake,
    ) {
        // All that HTTP needs is in a box, and gone when the WebSocket begins.
        let arrival = Box::pin(async move { Some(self.arrive(stream, peer).await?.greet()) });
        if let Some(Some(greeting)) = handshake.run(arrival).await {
            upgrade::serve(greeting, handshake).await;
        }
    }

    /// A place for one more client that comes, if there is any, and it may find one on a server.
    pub(crate) fn enter(&self) -> Option<Handshake> {
        let is_full = self.routes.servers().all(|server| server.admission().is_full());
        if is_full { None } else { self.handshakes.enter() }
    }

    /// Hangs up on a client, and says why, if that does not have to wait for anything.
    pub(crate) fn refuse(&self, stream: TcpStream) -> std::io::Result<()> {
        Figures::refused(503);
        let mut stream = stream.into_std()?;
        if !self.is_secure() {
            // With its request unread it may be told of a reset instead.
            let _ = stream.read(&mut [0; 4 << 10]);
            stream.write_all(FULL)?;
        }
        stream.shutdown(Shutdown::Both)
    }

    /// Answers the one request of a connection.
    async fn arrive(&self, stream: TcpStream, peer: SocketAddr) -> Option<Upgrade> {
        let since = Instant::now();
        let deadline = after(since, self.routes.handshake_timeout());
        // Frames are gathered here already; the kernel must not hold them back too.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection broke off at once");
            return None;
        }
        let io = match timeout_at(deadline, self.secure(stream)).await {
            Ok(Ok(io)) => io,
            Ok(Err(error)) => {
                tracing::debug!(%error, ?peer, "a connection does not speak TLS");
                return None;
            }
            Err(_) => {
                tracing::debug!(?peer, "a connection took too long for TLS");
                return None;
            }
        };
        let upgrade = Mutex::new(None);
        let service = service_fn(|request: http::Request<Incoming>| async {
            let (parts, _) = request.into_parts();
            let Some(server) = self.routes.find(parts.uri.path()) else {
                let refusal = Refusal::new(404, "nothing is served at this path");
                return Ok::<_, Infallible>(refusal.into_response(false));
            };
            let answer = Upgrade::answer(server.clone(), parts, Some(peer), Extensions::default(), since);
            let (response, next) = answer.await;
            *upgrade.lock().unwrap_or_else(PoisonError::into_inner) = next;
            Ok(response)
        });
        let http = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(deadline.saturating_duration_since(Instant::now()))
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(io), service)
            .with_upgrades();
        match timeout_at(after(deadline, LINGER), http).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, ?peer, "a connection does not speak HTTP"),
            Err(_) => tracing::debug!(?peer, "a connection took too long to become a WebSocket"),
        }
        upgrade.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    const fn is_secure(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }

    async fn secure(&self, stream: TcpStream) -> std::io::Result<Io> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            let stream = TlsAcceptor::from(tls.clone()).accept(stream).await?;
            return Ok(Stream::Tls(Box::new(stream)).into());
        }
        Ok(Stream::Tcp(stream).into())
    }
}
