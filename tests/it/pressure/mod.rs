//! More packets than one end takes.

mod inbox;
mod items;
mod lane;
mod overflow;

use packets_core::frame::Frame;
use packets_server::{Server, Socket};
use packets_tests::harness::{Raw, Slap, attach, only_socket};

/// So many frames fit into the transport.
const TRANSPORT: usize = 64;

/// A client that does not read, after as much as its transport takes.
pub(crate) async fn stalled(server: &Server) -> (Raw, Socket) {
    let (transport, _) = attach(server);
    let mut raw = Raw(transport);
    raw.greet().await;
    let socket = only_socket(server).await;
    for _ in 0..TRANSPORT {
        socket.emit(&Slap).expect("room");
        tokio::task::yield_now().await;
    }
    (raw, socket)
}

/// What comes next once it reads again, behind what fills its transport.
async fn reads_again(raw: &mut Raw, frames: usize) -> Vec<Frame> {
    for _ in 0..TRANSPORT {
        raw.frame().await;
    }
    let mut read = Vec::new();
    for _ in 0..frames {
        read.push(raw.frame().await);
    }
    read
}
