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
    /// A packet has an acceptor or a policy, but is not in the registry.
    #[error(transparent)]
    Unregistered(#[from] UnregisteredPacket),
    /// One of the [`Origins`](crate::Origins) is none.
    #[error("`{0}` is no origin; one is a scheme, a host and perhaps a port, such as `https://example.com`")]
    Origin(String),
    /// One of the [hosts](crate::ServerBuilder::hosts) is none.
    #[error("`{0}` is no host; one is such as `example.com`, `127.0.0.1:3000` or `[::1]`")]
    Host(String),
    /// One of the [trusted proxies](crate::ServerBuilder::trusted_proxies) is no range of addresses.
    #[error("`{0}` is no range of addresses; one is such as `10.0.0.0/8`, `127.0.0.1` or `fd00::/8`")]
    Proxy(String),
    /// The cluster's [name](crate::Cluster::name) is longer than 64 bytes.
    #[error("a cluster's name has at most 64 bytes, and not {size}")]
    ClusterName {
        /// The name's size in bytes.
        size: usize,
    },
    /// The cluster's [secret](crate::Cluster::secret) is empty, and so none.
    #[error("the cluster's secret is empty; without one, say nothing of it")]
    EmptySecret,
    /// A server with an engine is built outside of a tokio runtime, in which its node could run.
    #[error("a server with an engine has to be built within a tokio runtime")]
    NoRuntime,
}

/// Why a server cannot serve.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {error}")]
pub struct ServeError {
    /// Where it was to listen.
    pub address: String,
    /// What the system says.
    pub error: std::io::Error,
}
