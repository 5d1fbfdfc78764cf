//! Why a server cannot be built, or cannot serve.

use packets_core::RegistryError;
use packets_core::net::UnregisteredPacket;

/// Why a server cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The program's packets do not make a registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A packet has an acceptor, but is not in the registry.
    #[error(transparent)]
    Unregistered(#[from] UnregisteredPacket),
}

/// Why a server cannot serve.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ServeError {
    /// Where it was to listen.
    pub address: String,
    /// What the system says.
    pub source: std::io::Error,
}
