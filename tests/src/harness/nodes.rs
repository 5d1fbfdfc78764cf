//! Servers that are nodes of one cluster.

use packets_server::{Engine, Server, ServerBuilder};
use tokio::task::yield_now;

use super::server;

/// A server of the tests' protocol on this engine.
pub fn node(engine: impl Engine) -> ServerBuilder {
    server().engine(engine)
}

/// Waits until each of these nodes knows all others, and what each publishes comes round.
pub async fn together(servers: &[&Server]) {
    for server in servers {
        server.engine_up().await;
    }
    for server in servers {
        while !servers.iter().all(|other| knows(server, other)) {
            yield_now().await;
        }
    }
}

/// Waits until a node knows no other.
pub async fn alone(server: &Server) {
    while !server.nodes().is_empty() {
        yield_now().await;
    }
}

fn knows(server: &Server, other: &Server) -> bool {
    let id = other.node_id();
    server.node_id() == id || server.nodes().contains(&id)
}
