//! Packets that are answered.

use super::Server;
use crate::figure::{self, Figures};
use crate::generator::{self, Load};
use crate::protocol::Operation;

/// One call in flight.
pub(crate) async fn ping(server: &Server<'_>) -> Figures {
    run(server, Operation::Call, 1, 1).await
}

/// 50 connections with 16 calls in flight each.
pub(crate) async fn pipelined(server: &Server<'_>) -> Figures {
    run(server, Operation::Call, 50, 16).await
}

/// As many, with one type of packet after the other.
pub(crate) async fn each(server: &Server<'_>) -> Figures {
    run(server, Operation::Each, 50, 16).await
}

/// 50 connections from which as much comes as is taken.
pub(crate) async fn emit(server: &Server<'_>) -> Figures {
    run(server, Operation::Emit, 50, 2).await
}

/// 4 connections with 4 large calls in flight each.
pub(crate) async fn large(server: &Server<'_>) -> Figures {
    run(server, Operation::Large, 4, 4).await
}

/// 10 connections with one bundle in flight each.
pub(crate) async fn bundle(server: &Server<'_>) -> Figures {
    run(server, Operation::Bundle, 10, 1).await
}

async fn run(server: &Server<'_>, operation: Operation, connections: usize, in_flight: usize) -> Figures {
    figure::load(generator::run(server, Load { operation, connections, in_flight }).await)
}
