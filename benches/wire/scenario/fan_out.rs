//! Packets that go to everybody.

use super::Server;
use crate::figure::{self, Figures};
use crate::generator;

/// So many broadcasts in flight, to so many members.
pub(crate) async fn run(server: &Server<'_>, members: usize, in_flight: usize) -> Figures {
    figure::load(generator::fan_out(server, members, in_flight).await)
}
