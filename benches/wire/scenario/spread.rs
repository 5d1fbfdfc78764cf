//! The same calls spread over few or many connections.

use super::Server;
use crate::figure::{self, Figures};
use crate::generator;

/// So many calls at a time, by one connection after the other.
pub(crate) async fn run(server: &Server<'_>, connections: usize, calls: u32) -> Figures {
    figure::load(generator::rotate(server, connections, calls).await)
}
