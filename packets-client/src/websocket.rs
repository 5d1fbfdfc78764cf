//! WebSockets over TCP, with or without TLS.

use std::time::Duration;

use http::header::{HeaderValue, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL};
use packets_core::control::SUBPROTOCOL;
use packets_core::net::{ConnectionLimits, WebSocket, Wire};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::connector::{Connector, Request};
use crate::error::ConnectError;
use crate::location;
use crate::tls::{self, Stream};

/// Connects by WebSocket to `ws` URLs and, with one of the TLS features, to `wss` ones.
///
/// The server's answer to the request has at most 64 KiB; a redirect by HTTP is not followed, but an error.
#[derive(Clone, Debug, Default)]
pub struct WebSocketConnector {
    pub(crate) tls: tls::Config,
}

impl Connector for WebSocketConnector {
    type Transport = WebSocket<Stream>;

    async fn connect(
        &mut self,
        request: Request,
        limits: ConnectionLimits,
    ) -> Result<WebSocket<Stream>, ConnectError> {
        let stream = self.reach(&request).await?;
        Self::over(stream, request, limits).await
    }
}

impl WebSocketConnector {
    /// Makes a WebSocket of a stream that leads to the server already, such as a Unix socket or a proxy's:
    /// for a [`Connector`] of the application's own.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use packets_client::{Client, ConnectError, ConnectionLimits, Request, WebSocketConnector};
    /// use tokio::net::UnixStream;
    ///
    /// let builder = Client::builder().connector(|request: Request| async move {
    ///     let stream = UnixStream::connect("/run/game.sock").await;
    ///     let stream = stream.map_err(|error| ConnectError::Other(error.into()))?;
    ///     WebSocketConnector::over(stream, request, ConnectionLimits::client()).await
    /// });
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ConnectError::Refused`] or [`ConnectError::Handshake`] if the server does not make it one.
    pub async fn over<S: AsyncRead + AsyncWrite + Unpin>(
        stream: S,
        request: Request,
        limits: ConnectionLimits,
    ) -> Result<WebSocket<S>, ConnectError> {
        let uri = request.uri();
        // It has the WebSocket's own headers; ours come on top.
        let upgrade = uri.clone().into_client_request().map_err(|_| ConnectError::Url(uri.to_string()));
        let mut upgrade = upgrade?;
        upgrade.headers_mut().extend(request.into_parts().0.headers);
        let config = Some(WebSocket::<S>::config(&limits));
        let stream = Wire::new(stream, &limits);
        let (stream, response) = client_async_with_config(upgrade, stream, config).await.map_err(refusal)?;
        // Others may have been offered, but those are not spoken here.
        if response.headers().get(SEC_WEBSOCKET_PROTOCOL).is_none_or(|chosen| chosen != SUBPROTOCOL) {
            return Err(ConnectError::Handshake(format!("it does not speak {SUBPROTOCOL}")));
        }
        Ok(WebSocket::new(stream, Role::Client))
    }

    async fn reach(&mut self, request: &Request) -> Result<Stream, ConnectError> {
        let secure = location::is_secure(request.uri());
        let connector = if secure { Some(self.tls.connector()?) } else { None };
        let host = request.uri().host().unwrap_or_default();
        let port = request.uri().port_u16().unwrap_or(if secure { 443 } else { 80 });
        let unreachable = |error| ConnectError::Unreachable { address: format!("{host}:{port}"), error };
        // The URL has an IPv6 address in brackets, the resolver wants it without.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((name, port)).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        match connector {
            Some(connector) => connector.secure(name, stream).await,
            None => Ok(Stream::from(stream)),
        }
    }
}

fn refusal(error: Error) -> ConnectError {
    match error {
        Error::Http(response) => refused(&response),
        error => ConnectError::Handshake(error.to_string()),
    }
}

/// More of a refusal's text is of no use.
const MAX_TEXT: usize = 1 << 10;

fn refused(response: &Response) -> ConnectError {
    let body = response.body().as_deref().unwrap_or_default();
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_TEXT)]);
    let text = text[..text.floor_char_boundary(MAX_TEXT)].trim().to_owned();
    ConnectError::Refused {
        status: response.status().as_u16(),
        text,
        retry_after: response.headers().get(RETRY_AFTER).and_then(seconds),
    }
}

/// `Retry-After` in seconds; as a date it is left out of account.
fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
