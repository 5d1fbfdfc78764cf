//! A server in an axum application, on the port of its pages and routes.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::routing::{self, MethodRouter};

use crate::server::Server;

/// Mounts a server in an axum application.
///
/// ```
/// use axum::Router;
/// use axum::extract::State;
/// use axum::routing::get;
/// use packets_server::Server;
///
/// # fn example(server: Server) -> Router {
/// let app: Router = Router::new()
///     .route("/socket", packets_server::axum::any(server.clone()))
///     .route("/online", get(|State(server): State<Server>| async move { server.sockets().len().to_string() }))
///     .with_state(server);
/// # app
/// # }
/// ```
///
/// The client's address is that of [`ConnectInfo`]: serve the application
/// `.into_make_service_with_connect_info::<SocketAddr>()`, or the server knows none, and trusts no proxy.
/// Browsers are held to the [origins](crate::ServerBuilder::origins), and requests to all else that the
/// server asks for, wherever it is mounted. A handler that knows the user calls [`Server::upgrade_with`]
/// instead.
///
/// The [handshake timeout](crate::ConnectionLimits::handshake_timeout) begins with the request. How long a
/// client may take to send one is up to the application: `axum::serve` of 0.8 waits for ever, so where there
/// is no proxy in front that does not, serve by hyper with a timer and a `header_read_timeout`. It also lets
/// the kernel hold small writes back, unless its listener is given
/// `.tap_io(|stream| { let _ = stream.set_nodelay(true); })`.
pub fn any<S: Clone + Send + Sync + 'static>(server: Server) -> MethodRouter<S> {
    routing::any(move |mut request: Request| {
        if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
            request.extensions_mut().insert(peer);
        }
        server.upgrade(request)
    })
}
