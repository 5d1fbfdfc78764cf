//! Clients that do not behave, over real sockets, each beside a good one that goes on being served.

mod acceptor;
mod bytes;
mod greeting;
mod http;

use std::net::SocketAddr;

use packets_client::Client;
use packets_core::net::WebSocket;
use packets_server::Server;
use packets_tests::harness::{Echo, Raw, client, frames, id, listen};
use tokio::net::TcpStream;

/// A server with a client that does nothing wrong.
struct Scene {
    address: SocketAddr,
    good: Client,
}

impl Scene {
    async fn new(server: &Server) -> Self {
        let address = listen(server).await;
        let good = client().connect(&format!("ws://{address}/")).await.expect("a connection");
        Self { address, good }
    }

    async fn raw(&self) -> Raw<WebSocket<TcpStream>> {
        Raw::connect(self.address).await
    }

    /// The good client still is served.
    async fn goes_on(&self) {
        assert_eq!(self.good.send(Echo("still here".to_owned())).await, Ok("still here".to_owned()));
    }
}

/// The connection still is served.
async fn lives(raw: &mut Raw<WebSocket<TcpStream>>) {
    raw.send(frames::call(id::<Echo>(), 1_000, &frames::string("alive"))).await;
    assert_eq!(raw.reply(1_000).await, frames::string("alive"));
}
