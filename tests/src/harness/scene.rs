//! A server under attack, beside a client that does nothing wrong.

use std::net::SocketAddr;
use std::time::Duration;

use packets_client::Client;
use packets_core::net::WebSocket;
use packets_server::Server;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::{Echo, Raw, Wire, client, frames, id, listen};

/// A server with a client that does nothing wrong.
#[derive(Debug)]
pub struct Scene {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The client that does nothing wrong.
    pub good: Client,
}

impl Scene {
    /// Serves on a free port. The server has to answer [`Echo`].
    pub async fn new(server: &Server) -> Self {
        Self::at(listen(server).await).await
    }

    /// A server that listens already.
    ///
    /// # Panics
    /// If it does not take the client.
    pub async fn at(address: SocketAddr) -> Self {
        let good = client().connect(&format!("ws://{address}/")).await.expect("a connection");
        Self { address, good }
    }

    /// Another client, which says what it wants.
    pub async fn raw(&self) -> Raw<WebSocket<TcpStream>> {
        Raw::connect(self.address).await
    }

    /// Another client, which sends the bytes it wants.
    pub async fn wire(&self) -> Wire {
        Wire::connect(self.address).await
    }

    /// The good client still is served.
    ///
    /// # Panics
    /// If it is not.
    pub async fn goes_on(&self) {
        let answer = self.good.send(Echo("still here".to_owned())).await;
        assert_eq!(answer.as_deref(), Ok("still here"));
    }

    /// Lets the good client ask all the while.
    pub fn watch(&self) -> Watch {
        let good = self.good.clone();
        Watch(tokio::spawn(async move {
            let mut worst = Duration::ZERO;
            loop {
                let begin = Instant::now();
                let answer = good.send(Echo("still here".to_owned())).await;
                assert_eq!(answer.as_deref(), Ok("still here"));
                worst = worst.max(begin.elapsed());
                assert!(worst < WORST, "the good client waited for {worst:?}");
                sleep(Duration::from_millis(5)).await;
            }
        }))
    }
}

/// How long a good client may have to wait while a server is attacked.
const WORST: Duration = Duration::from_secs(1);

/// A good client that asks all the while.
#[derive(Debug)]
#[must_use = "it has to be asked how it went"]
pub struct Watch(JoinHandle<()>);

impl Watch {
    /// The good client was answered all the time, each time in less than a second.
    ///
    /// # Panics
    /// If it was not.
    pub async fn was_served(self) {
        self.0.abort();
        let error = self.0.await.expect_err("it asks for ever");
        assert!(error.is_cancelled(), "{error}");
    }
}

/// The connection still is served.
///
/// # Panics
/// If it is not.
pub async fn lives(raw: &mut Raw<WebSocket<TcpStream>>) {
    raw.send(frames::call(id::<Echo>(), 1_000, &frames::string("alive"))).await;
    assert_eq!(raw.reply(1_000).await, frames::string("alive"));
}
