//! A connection of our own listener, until it is a WebSocket.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
#[cfg(feature = "tls")]
use tokio_rustls::TlsAcceptor;

use crate::drain::after;
use crate::extensions::Extensions;
use crate::head::{MAX_HEAD, MAX_HEADERS};
use crate::io::Io;
use crate::refusal::Refusal;
use crate::routes::Routes;
use crate::upgrade::Upgrade;

/// What the connections of one listener share.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(crate) routes: Routes,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
}

/// How long a refusal may take to be written, beyond the handshake.
const LINGER: Duration = Duration::from_secs(1);

impl Entrance {
    /// Serves a connection to its end.
    pub(crate) async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        // All that HTTP needs is in a box, and gone when the WebSocket begins.
        if let Some(upgrade) = Box::pin(self.arrive(stream, peer)).await {
            upgrade.run().await;
        }
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

    async fn secure(&self, stream: TcpStream) -> std::io::Result<Io> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return Ok(Io::Tls(Box::new(TlsAcceptor::from(tls.clone()).accept(stream).await?)));
        }
        Ok(Io::Tcp(stream))
    }
}
