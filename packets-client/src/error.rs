//! Why a client cannot connect.

use std::time::Duration;

use packets_core::net::UnregisteredPacket;
use packets_core::{CloseReason, RegistryError};

/// Why a client cannot connect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The program's packets do not make a registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A packet has an acceptor or a policy, but is not in the registry.
    #[error(transparent)]
    Unregistered(#[from] UnregisteredPacket),
    /// Not a URL such as `ws://127.0.0.1:3000/`.
    #[error("`{0}` is no URL such as ws://127.0.0.1:3000/")]
    Url(String),
    /// A header or subprotocol that cannot be sent, or is the WebSocket's own.
    #[error("`{0}` is no header that can be set")]
    Header(String),
    /// The URL begins with `wss`, and this program was built without TLS.
    #[error(
        "wss:// needs TLS: switch on the feature `tls-webpki-roots` or `tls-native-roots` of packets-client"
    )]
    NoTls,
    /// The server cannot be reached.
    #[error("cannot reach {address}: {error}")]
    Unreachable {
        /// The host and port.
        address: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is no TLS with the server, because of its certificate for example.
    #[error("no TLS with the server: {0}")]
    Tls(String),
    /// The server answered the request for a WebSocket with something else.
    #[error("the server refuses the connection: {status} {text}")]
    Refused {
        /// HTTP's status code.
        status: u16,
        /// What of the answer's body came along with its head; at most 1 KiB.
        text: String,
        /// After what time the server wants to be asked again, if it says so.
        retry_after: Option<Duration>,
    },
    /// What answers is no WebSocket server for packets.
    #[error("the server does not take a WebSocket: {0}")]
    Handshake(String),
    /// The server did not answer in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// The connection ended before the two ends knew each other.
    #[error("closed while connecting: {0}")]
    Closed(CloseReason),
    /// There was no token to connect with.
    #[error("no token: {0}")]
    Token(Box<dyn std::error::Error + Send + Sync>),
    /// What a [`Connector`](crate::Connector) of the application's own says.
    #[error("{0}")]
    Other(Box<dyn std::error::Error + Send + Sync>),
}
