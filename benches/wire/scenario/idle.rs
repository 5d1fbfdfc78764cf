//! Connections that are there.

use std::time::Duration;

use tokio::time::sleep;

use super::Server;
use crate::figure::{Figure, Figures};
use crate::generator::open_all;

/// The memory of so many connections, which have asked once.
pub(crate) async fn run(server: &Server<'_>, count: usize) -> Figures {
    let before = server.process.memory();
    let connections = open_all(server.process.address, server.peer.protocol, count).await;
    // What is done after the answer is done by then.
    sleep(Duration::from_millis(100)).await;
    let bytes = server.process.memory().saturating_sub(before) as f64 / connections.len() as f64;
    vec![(Figure::Bytes, bytes)]
}
