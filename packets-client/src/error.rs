//! Why a client cannot connect.

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
    /// The server cannot be reached.
    #[error("cannot reach {address}: {error}")]
    Unreachable {
        /// The host and port.
        address: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// What answers is no WebSocket server for packets, or refuses this client.
    #[error("the server does not take a WebSocket: {0}")]
    Refused(String),
    /// The server did not answer in time.
    #[error("the server did not answer in time")]
    Timeout,
    /// The connection ended before the two ends knew each other.
    #[error("closed while connecting: {0}")]
    Closed(CloseReason),
}
