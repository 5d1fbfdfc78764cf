//! Connections that come and go.

use std::time::Instant;

use super::Server;
use crate::figure::{self, Figures};
use crate::generator::{SPAN, open_all};

/// So many between two looks at the clock.
const BATCH: usize = 64;

/// Opens connections, up to their first answer, and leaves them, as fast as the server takes them.
pub(crate) async fn run(server: &Server<'_>) -> Figures {
    let open = async || drop(open_all(server.process.address, server.peer.protocol, BATCH).await);
    open().await;
    let (since, cpu) = (Instant::now(), server.process.cpu());
    let mut count = 0;
    while since.elapsed() < SPAN {
        open().await;
        count += BATCH as u64;
    }
    figure::rate(count, since.elapsed(), server.process.cpu() - cpu)
}
