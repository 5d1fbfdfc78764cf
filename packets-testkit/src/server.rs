//! An application's server, without a network.

use std::time::Duration;

use packets_client::{Client, ClientBuilder, ConnectError};
use packets_server::{Server, Socket};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::cable::Cable;

/// An application's server, with clients in memory. Cheap to clone.
///
/// ```
/// use packets_client::{Client, ConnectError};
/// use packets_server::{Refusal, Request, Server};
/// use packets_testkit::TestServer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder().defaults_only().request(|request: Request| async {
///     if request.cookie("session") == Some("7") { Ok(request) } else { Err(Refusal::new(401, "who are you?")) }
/// });
/// let server = TestServer::new(server.build()?);
///
/// let known = Client::builder().defaults_only().header("Cookie", "session=7");
/// let client = server.connect_with(known).await?;
/// assert_eq!(server.socket_of(&client).await.request().path(), "/");
///
/// let unknown = server.connect_with(Client::builder().defaults_only()).await;
/// assert!(matches!(unknown, Err(ConnectError::Refused { status: 401, .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestServer {
    host: watch::Sender<Host>,
}

/// Where servers run, one after the other.
#[derive(Debug)]
pub(crate) struct Host {
    /// None while it is down.
    pub(crate) server: Option<Server>,
    pub(crate) kills: u64,
}

impl TestServer {
    /// Serves by this server. What is asked of it otherwise, such as
    /// [`Server::sockets`] or [`Server::shut_down`], is asked of a clone of it.
    #[must_use]
    pub fn new(server: Server) -> Self {
        Self { host: watch::Sender::new(Host { server: Some(server), kills: 0 }) }
    }

    /// A cable to it, without faults yet.
    #[must_use]
    pub fn cable(&self) -> Cable {
        Cable::new(self.host.subscribe())
    }

    /// Connects a client of all packets that the program gathers, by a cable of its own, to `ws://localhost/`. The
    /// server may not have heard of it yet: see [`socket_of`](Self::socket_of).
    ///
    /// # Errors
    /// [`ConnectError`] says why there is no connection.
    pub async fn connect(&self) -> Result<Client, ConnectError> {
        self.connect_with(Client::builder()).await
    }

    /// Connects a client with acceptors, headers or limits of its own, in the same way.
    ///
    /// # Errors
    /// [`ConnectError`] says why there is no connection.
    pub async fn connect_with(&self, builder: ClientBuilder) -> Result<Client, ConnectError> {
        builder.connector(self.cable()).connect("ws://localhost/").await
    }

    /// A client's socket, as soon as the server has heard the client's greeting. It never resolves if the client
    /// is not connected with this server.
    ///
    /// A client is connected before that: what it sends first goes with its greeting. A test that cuts a
    /// [`Cable`] at once, or counts the server's sockets, waits for this first.
    pub async fn socket_of(&self, client: &Client) -> Socket {
        loop {
            let socket = self.host.borrow().server.as_ref().and_then(|server| server.socket(client.id()));
            match socket {
                Some(socket) => return socket,
                // Its greeting may take a while, and with paused time nothing arrives while somebody is busy.
                None => sleep(Duration::from_millis(1)).await,
            }
        }
    }

    /// Breaks all connections, as when the server's process is killed. Until [`start`](Self::start) there is no
    /// server, and attempts fail at once with [`ConnectError::Unreachable`].
    ///
    /// The server itself sees its connections break: its disconnect hook runs, which a killed process's would
    /// not.
    pub fn kill(&self) {
        self.host.send_modify(|host| {
            host.server = None;
            host.kills += 1;
        });
    }

    /// Serves by this server from now on. One that runs is [killed](Self::kill).
    pub fn start(&self, server: Server) {
        self.host.send_modify(|host| {
            host.kills += u64::from(host.server.is_some());
            host.server = Some(server);
        });
    }
}
