//! Servers that are nodes of one cluster.

use packets_server::{Engine, Server, ServerBuilder};

use super::server;

/// A server of the tests' protocol on this engine.
pub fn node(engine: impl Engine) -> ServerBuilder {
    server().engine(engine)
}

/// Waits until each of these nodes knows all others, and what each publishes comes round.
///
/// # Panics
/// If one of them ends before.
pub async fn together(servers: &[&Server]) {
    for server in servers {
        server.engine_up().await;
    }
    for server in servers {
        let mut events = server.cluster_events();
        while !servers.iter().all(|other| knows(server, other)) {
            events.next().await.expect("a node");
        }
    }
}

/// Waits until a node knows no other.
///
/// # Panics
/// If it ends before.
pub async fn alone(server: &Server) {
    let mut events = server.cluster_events();
    while !server.nodes().is_empty() {
        events.next().await.expect("a node");
    }
}

fn knows(server: &Server, other: &Server) -> bool {
    let id = other.node_id();
    server.node_id() == id || server.nodes().contains(&id)
}
