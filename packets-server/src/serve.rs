//! Listening for WebSockets, until the signal to shut down.

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::arrival::Entrance;
use crate::bind::Bind;
use crate::error::ServeError;
use crate::handshakes::Handshakes;
use crate::routes::Routes;
use crate::server::Server;

/// A server that listens when awaited, for ever or until its signal to shut down.
#[must_use = "a server listens when this is awaited"]
pub struct Serve {
    entrance: Entrance,
    bind: Bind,
    shutdown: Signal,
}

type Signal = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Serve {
    pub(crate) fn new(routes: Routes, bind: Bind) -> Self {
        let entrance = Entrance {
            handshakes: Handshakes::new(routes.handshakes()),
            routes,
            #[cfg(feature = "tls")]
            tls: None,
        };
        Self { entrance, bind, shutdown: Box::pin(std::future::pending()) }
    }

    /// Shuts down when the signal resolves: no connection is taken any more, and clients are let go as
    /// [`Server::shut_down`] says. Whoever is in a hurry calls that meanwhile.
    pub fn with_graceful_shutdown(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown = Box::pin(signal);
        self
    }

    /// Serves over TLS, of a [`rustls::ServerConfig`] of your own or [from files](crate::tls::from_files).
    /// Clients are told that HTTP/1.1 is spoken here.
    ///
    /// The TLS handshake is part of the [handshake](crate::ConnectionLimits::handshake_timeout).
    #[cfg(feature = "tls")]
    pub fn with_tls(mut self, config: impl Into<Arc<rustls::ServerConfig>>) -> Self {
        let mut config = Arc::unwrap_or_clone(config.into());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        self.entrance.tls = Some(Arc::new(config));
        self
    }

    /// Listens already, and tells where: for port 0, which takes any free one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = packets_server::Server::builder().defaults_only().build()?;
    /// let listening = server.serve("127.0.0.1:0").listen().await?;
    /// println!("ws://{}/", listening.address());
    /// tokio::spawn(listening.into_future());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ServeError`] if the address is taken or is none.
    pub async fn listen(self) -> Result<Listening, ServeError> {
        let listener = self.bind.listener().await?;
        let address = listener
            .local_addr()
            .map_err(|error| ServeError { address: "a listener without an address".to_owned(), error })?;
        for server in self.entrance.routes.servers() {
            server.listeners().add(&self.entrance.handshakes);
        }
        Ok(Listening { entrance: self.entrance, listener, address, shutdown: self.shutdown })
    }
}

impl IntoFuture for Serve {
    type Output = Result<(), ServeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async {
            self.listen().await?.await;
            Ok(())
        })
    }
}

/// A server that listens at a known address, and takes its clients in when awaited.
#[must_use = "clients are taken in when this is awaited"]
pub struct Listening {
    entrance: Entrance,
    listener: TcpListener,
    address: SocketAddr,
    shutdown: Signal,
}

impl Listening {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    async fn run(mut self) {
        let entrance = Arc::new(self.entrance);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = &mut self.shutdown => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                (stream, peer) = accept(&self.listener) => {
                    if let Some(handshake) = entrance.enter() {
                        connections.spawn(entrance.clone().serve(stream, peer, handshake));
                    } else if let Err(error) = entrance.refuse(stream) {
                        tracing::debug!(%error, "a client that was refused had gone");
                    }
                }
            }
        }
        drop(self.listener);
        // What has not become a WebSocket by then is dropped with the set.
        join_all(entrance.routes.servers().map(Server::shut_down)).await;
    }
}

impl IntoFuture for Listening {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// The next connection. Errors of accepting (one that was reset, no file descriptors left) end nothing.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut pause = Duration::from_millis(50);
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections; trying again");
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
        }
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

impl std::fmt::Debug for Serve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serve")
            .field("routes", &self.entrance.routes)
            .field("bind", &self.bind)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listening")
            .field("routes", &self.entrance.routes)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
