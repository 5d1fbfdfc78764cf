//! Where to listen.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::error::ServeError;

/// Where to listen: an address, or a listener.
#[derive(Debug)]
pub enum Bind {
    /// An address such as `127.0.0.1:3000`; port 0 takes any free one.
    Address(String),
    /// A listener that is there already.
    Listener(TcpListener),
}

impl Bind {
    pub(crate) async fn listener(self) -> Result<TcpListener, ServeError> {
        match self {
            Self::Listener(listener) => Ok(listener),
            Self::Address(address) => {
                TcpListener::bind(&address).await.map_err(|error| ServeError { address, error })
            }
        }
    }
}

impl From<&str> for Bind {
    fn from(address: &str) -> Self {
        Self::Address(address.to_owned())
    }
}

impl From<String> for Bind {
    fn from(address: String) -> Self {
        Self::Address(address)
    }
}

impl From<SocketAddr> for Bind {
    fn from(address: SocketAddr) -> Self {
        Self::Address(address.to_string())
    }
}

impl From<TcpListener> for Bind {
    fn from(listener: TcpListener) -> Self {
        Self::Listener(listener)
    }
}
