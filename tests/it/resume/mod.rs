//! Sessions that go on over connections.

mod ack;
mod credential;
mod cut;
mod cuts;
mod ended;
mod gaps;
mod kept;
mod node;
mod room;
mod token;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets_client::{Backoff, Client, ClientBuilder, ConnectError, Offline, Request};
use packets_core::net::pair;
use packets_server::{Resume, Server, ServerBuilder};
use packets_tests::harness::Fuse;

use crate::client::{Ask, registry};

fn server(resume: Resume) -> ServerBuilder {
    Server::builder().registry(registry()).resume(resume)
}

/// A client that comes back at once, and whose packets wait meanwhile.
fn client() -> ClientBuilder {
    let backoff = Backoff::default().first(Duration::from_millis(10)).most(Duration::from_millis(50)).seed(1);
    let wait = Offline::Wait { max_packets: 10_000, max_bytes: 1 << 20, max_age: Duration::from_secs(60) };
    Client::builder().registry(registry()).backoff(backoff).offline(wait)
}

/// The way to a server, which breaks off as it is told.
#[derive(Clone)]
struct Network {
    server: Arc<Mutex<Server>>,
    connections: Arc<AtomicUsize>,
    /// How many messages the next connections last.
    fuses: Arc<dyn Fn(usize) -> usize + Send + Sync>,
}

impl Network {
    /// `fuses` is given the number of the connection, from 0, and says how many messages it lasts.
    fn new(server: &Server, fuses: impl Fn(usize) -> usize + Send + Sync + 'static) -> Self {
        let server = Arc::new(Mutex::new(server.clone()));
        Self { server, connections: Arc::default(), fuses: Arc::new(fuses) }
    }

    async fn connect(&self, builder: ClientBuilder) -> Client {
        let network = self.clone();
        let connector = move |_: Request| {
            let (here, there) = pair();
            let number = network.connections.fetch_add(1, Ordering::Relaxed);
            let server = network.server.lock().expect("no panic").clone();
            tokio::spawn(async move { server.serve_transport(there).await });
            let fuse = Fuse::new(here, (network.fuses)(number));
            async move { Ok::<_, ConnectError>(fuse) }
        };
        builder.connector(connector).connect("ws://example.org/").await.expect("a connection")
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}
