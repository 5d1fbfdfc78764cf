//! The one way from an HTTP request to a socket.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use http::StatusCode;
use http::request::Parts;
use hyper::upgrade::OnUpgrade;
use packets_core::CloseReason;
use packets_core::net::{Escaped, Greeted, WebSocket, Wire};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::admission::{Place, retry_later};
use crate::drain::after;
use crate::extensions::Extensions;
use crate::handshakes::Handshake;
use crate::io::Io;
use crate::refusal::{Refusal, Response};
use crate::request::Request;
use crate::server::Server;

/// How long a client may take to greet a server that shuts down.
const LINGER: Duration = Duration::from_millis(500);

/// A connection that becomes a WebSocket, once its request is answered.
#[must_use = "a client is served when this runs"]
pub(crate) struct Upgrade {
    server: Server,
    request: Request,
    connection: OnUpgrade,
    place: Place,
    deadline: Instant,
}

impl Upgrade {
    /// Answers a request. `since` is when the client came: from then on it has the handshake timeout to get
    /// through its greeting.
    pub(crate) async fn answer(
        server: Server,
        mut parts: Parts,
        peer: Option<SocketAddr>,
        extensions: Extensions,
        since: Instant,
    ) -> (Response, Option<Self>) {
        let deadline = after(since, server.limits().handshake_timeout);
        if server.shutdown().has_begun() {
            let refusal = retry_later(Refusal::new(503, "the server shuts down"));
            return (refusal.into_response(false), None);
        }
        let admit = server.gate().admit(&parts, peer, extensions, server.admission(), server.link());
        let admission = timeout_at(deadline, admit).await;
        let admission = admission.unwrap_or_else(|_| Err(Refusal::new(503, "this took too long")));
        let connection = parts.extensions.remove::<OnUpgrade>();
        let refusal = match (admission, connection) {
            (Ok((request, headers, place)), Some(connection)) => {
                let mut response = Response::default();
                *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
                *response.headers_mut() = headers;
                return (response, Some(Self { server, request, connection, place, deadline }));
            }
            (Ok(_), None) => {
                tracing::error!("the HTTP server that this one is mounted in does not upgrade connections");
                Refusal::new(500, "error")
            }
            (Err(refusal), _) => refusal,
        };
        match refusal.error() {
            Some(error) => tracing::error!(error = %Escaped(error), "the request hook failed"),
            None => tracing::debug!(status = refusal.status(), ?peer, "a request is refused"),
        }
        (refusal.into_response(server.exposes_errors()), None)
    }

    /// Makes a WebSocket of the connection, and greets its client.
    pub(crate) fn greet(self) -> Greeting {
        let Self { server, request, connection, place, deadline } = self;
        Box::pin(async move {
            let mut stopping = server.stopping();
            // Who has not greeted has nothing to finish; but who is about to shall be told.
            let too_late = async {
                stopping.begun().await;
                sleep(LINGER).await;
            };
            let greeted = tokio::select! {
                greeted = greet(&server, connection, place, deadline) => greeted?,
                () = too_late => return None,
            };
            // One that goes on with its session has that one's task.
            let greeted = server.resume(greeted, &request).err()?;
            let life: Life = Box::pin(server.run(*greeted, request));
            Some(life)
        })
    }
}

/// A client that is being greeted. In a box, as all that comes before the packets, which is gone when they flow:
/// the task of a connection is as large as the largest of its parts.
pub(crate) type Greeting = Pin<Box<dyn Future<Output = Option<Life>> + Send>>;

/// The life of a connection, to its end.
pub(crate) type Life = Pin<Box<dyn Future<Output = CloseReason> + Send>>;

/// Greets a client, and serves it to the end of its connection.
pub(crate) async fn serve(greeting: Greeting, mut handshake: Handshake) {
    let life = handshake.run(greeting).await.flatten();
    drop(handshake);
    if let Some(life) = life {
        life.await;
    }
}

/// Makes a WebSocket of the connection, and greets its client.
async fn greet(
    server: &Server,
    connection: OnUpgrade,
    place: Place,
    deadline: Instant,
) -> Option<Greeted<WebSocket<Io>>> {
    let limits = server.limits();
    let (mut io, read) = match timeout_at(deadline, connection).await {
        Ok(Ok(upgraded)) => Io::of(upgraded),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a connection broke off while it became a WebSocket");
            return None;
        }
        Err(_) => {
            tracing::debug!("a connection took too long to become a WebSocket");
            return None;
        }
    };
    io.place = Some(place);
    let config = Some(WebSocket::<Io>::config(&limits));
    // With what the client has sent right after its request; copied, or hyper's whole buffer would be kept for it.
    let io = Wire::new(io, &limits).read_before(&read);
    let stream = WebSocketStream::from_raw_socket(io, Role::Server, config).await;
    let left = deadline.saturating_duration_since(Instant::now());
    server.greet(WebSocket::new(stream, Role::Server), limits.handshake_timeout(left)).await.ok()
}
