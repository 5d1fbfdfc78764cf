//! How a client gets to its server.

use std::future::Future;

use packets_core::net::{ConnectionLimits, Transport};

use crate::error::ConnectError;

/// What a connector is asked for: the server's URL, with the headers to send. It holds those of the
/// application, the token and the subprotocols, but none of the WebSocket's own.
pub type Request = http::Request<()>;

/// Makes a client's connections, one at a time. The default one is
/// [`WebSocketConnector`](crate::WebSocketConnector).
///
/// Any `FnMut(Request) -> impl Future` whose output is a `Result` of a transport is a connector too, so that
/// a client can connect over anything, such as a pair in memory. An attempt is dropped when it has taken the
/// limits' handshake timeout.
pub trait Connector: Send + 'static {
    /// What it connects by.
    type Transport: Transport;

    /// Connects once.
    ///
    /// # Errors
    /// [`ConnectError`] says why it cannot; [`ConnectError::Other`] is for errors of its own. Which of them
    /// end the client is said at [`Backoff`](crate::Backoff).
    fn connect(
        &mut self,
        request: Request,
        limits: ConnectionLimits,
    ) -> impl Future<Output = Result<Self::Transport, ConnectError>> + Send;
}

impl<F, R, T> Connector for F
where
    F: FnMut(Request) -> R + Send + 'static,
    R: Future<Output = Result<T, ConnectError>> + Send,
    T: Transport,
{
    type Transport = T;

    fn connect(
        &mut self,
        request: Request,
        _: ConnectionLimits,
    ) -> impl Future<Output = Result<T, ConnectError>> + Send {
        self(request)
    }
}

/// Gives out a transport that is there already.
pub(crate) struct Once<T>(pub(crate) Option<T>);

impl<T: Transport> Connector for Once<T> {
    type Transport = T;

    async fn connect(&mut self, _: Request, _: ConnectionLimits) -> Result<T, ConnectError> {
        self.0.take().ok_or_else(|| ConnectError::Other("the only transport was used already".into()))
    }
}
