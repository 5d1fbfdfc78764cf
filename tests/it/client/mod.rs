//! A client over many connections.

mod backoff;
mod builds;
mod cancel;
mod credential;
mod crowd;
mod hostile;
mod leaving;
#[cfg(target_os = "linux")]
mod memory;
mod observed;
mod offline;
mod policy;
mod reconnect;
mod redirect;
mod renew;
mod settle;
mod table;
mod threads;
mod tls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets_client::{Backoff, Client, ClientBuilder, ConnectError, Event, Events, Request};
use packets_core::net::{Message, Pair, pair};
use packets_core::packet::Descriptor;
use packets_core::{CloseReason, Packet, Registry};
use packets_server::Server;
use packets_tests::harness::{Count, Echo, Raw, Slap, frames};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// May be answered twice; answered with its number.
#[derive(Packet, Clone, Copy, Debug, PartialEq, Eq)]
#[packet(gather = false, response = u32, idempotent)]
pub(crate) struct Ask(#[packet(varuint)] pub(crate) u32);

pub(crate) fn registry() -> Registry {
    Registry::of([
        Descriptor::of::<Ask>(),
        Descriptor::of::<Count>(),
        Descriptor::of::<Echo>(),
        Descriptor::of::<Slap>(),
    ])
    .expect("a registry")
}

fn client() -> ClientBuilder {
    Client::builder().registry(registry()).backoff(Backoff::default().seed(1))
}

const URL: &str = "ws://example.org/packets";

/// Where clients connect to in memory. It keeps the attempts, and decides what becomes of each.
#[derive(Clone)]
struct Network {
    attempts: Arc<Mutex<Vec<(Instant, Request)>>>,
    serve: Arc<dyn Fn(usize, Pair) -> Result<(), ConnectError> + Send + Sync>,
}

impl Network {
    /// `serve` has the number of the attempt, from 0, and the server's end.
    fn new(serve: impl Fn(usize, Pair) -> Result<(), ConnectError> + Send + Sync + 'static) -> Self {
        Self { attempts: Arc::default(), serve: Arc::new(serve) }
    }

    /// One that leads to this server, and can be cut.
    fn to(server: &Server) -> (Self, Scissors) {
        let scissors = Scissors::default();
        let (cuts, server) = (scissors.clone(), server.clone());
        let network = Self::new(move |_, there| {
            cuts.serve(&server, there);
            Ok(())
        });
        (network, scissors)
    }

    /// Connects a client.
    async fn connect(&self, builder: ClientBuilder) -> Client {
        self.try_connect(builder).await.expect("a connection")
    }

    async fn try_connect(&self, builder: ClientBuilder) -> Result<Client, ConnectError> {
        let network = self.clone();
        let connector = move |request: Request| {
            let (here, there) = pair();
            let number = {
                let mut attempts = network.attempts.lock().expect("no panic");
                attempts.push((Instant::now(), request));
                attempts.len() - 1
            };
            let served = (network.serve)(number, there);
            async move { served.map(|()| here) }
        };
        builder.connector(connector).connect(URL).await
    }

    /// When the attempts were made.
    fn times(&self) -> Vec<Instant> {
        self.attempts.lock().expect("no panic").iter().map(|(time, _)| *time).collect()
    }

    /// Where they went.
    fn urls(&self) -> Vec<String> {
        self.attempts.lock().expect("no panic").iter().map(|(_, request)| request.uri().to_string()).collect()
    }

    /// A header of each of them.
    fn headers(&self, name: &str) -> Vec<String> {
        let attempts = self.attempts.lock().expect("no panic");
        let header = |request: &Request| {
            request
                .headers()
                .get(name)
                .map(|value| value.to_str().expect("ASCII").to_owned())
                .unwrap_or_default()
        };
        attempts.iter().map(|(_, request)| header(request)).collect()
    }
}

/// What ends connections.
#[derive(Clone, Default)]
struct Scissors(Arc<Mutex<Vec<AbortHandle>>>);

impl Scissors {
    fn serve(&self, server: &Server, there: Pair) {
        let server = server.clone();
        let served = tokio::spawn(async move { server.serve_transport(there).await });
        self.0.lock().expect("no panic").push(served.abort_handle());
    }

    /// Ends all connections without a word.
    fn cut(&self) {
        self.0.lock().expect("no panic").drain(..).for_each(|served| served.abort());
    }
}

/// Greets a client of this topic's protocol by hand.
async fn welcome(there: Pair) -> Raw<Pair> {
    let mut raw = Raw(there);
    raw.send(frames::welcome(1, &registry())).await;
    raw.frame().await;
    raw
}

/// Greets a client, and listens until it leaves.
async fn linger(there: Pair) {
    let mut raw = welcome(there).await;
    while raw.message().await.is_some() {}
}

/// Greets a client, and closes with this code.
async fn close_with(there: Pair, code: u16) {
    close(welcome(there).await, code).await;
}

/// Closes with this code.
async fn close(mut raw: Raw<Pair>, code: u16) {
    let close = Message::Close(Some((code, "so be it".to_owned())));
    futures_util::SinkExt::send(&mut raw.0, close).await.expect("sent");
    while raw.message().await.is_some() {}
}

fn unreachable() -> ConnectError {
    let error = std::io::ErrorKind::ConnectionRefused.into();
    ConnectError::Unreachable { address: "example.org:80".to_owned(), error }
}

fn refused(status: u16, retry_after: Option<Duration>) -> ConnectError {
    ConnectError::Refused { status, text: "no".to_owned(), retry_after }
}

/// The reason for which the client gave up, as its last event says.
async fn gave_up(events: &mut Events) -> CloseReason {
    let mut last = None;
    while let Some(event) = events.next().await {
        last = Some(event);
    }
    match last {
        Some(Event::GaveUp(reason)) => reason,
        other => panic!("the last event is {other:?}"),
    }
}
