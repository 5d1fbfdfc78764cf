//! Ours.

use bytes::Bytes;
use packets_server::{Packet, Schema, Server, Socket};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// The packet of 32 bytes, with which it is answered.
#[derive(Schema, Serialize, Deserialize, Clone, Copy, Default, Debug)]
pub(crate) struct Position {
    pub(crate) id: u64,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) z: f64,
}

#[derive(Packet)]
#[packet(response = Position)]
pub(crate) struct Move(Position);

/// Asks nothing.
#[derive(Packet)]
pub(crate) struct Moved(Position);

/// Goes to everybody.
#[derive(Packet)]
pub(crate) struct Shout(Position);

#[derive(Packet)]
#[packet(response = Bytes)]
pub(crate) struct Blob(Bytes);

pub(crate) async fn serve(listener: TcpListener) {
    let server = Server::builder()
        .connect(|socket: Socket| async move { socket.join("room").expect("the first of 128") })
        .accept(|packet: Move, _: Socket| async move { packet.0 })
        .accept(|_: Moved, _: Socket| async move {})
        .accept(|packet: Shout, socket: Socket| async move {
            // The one who says so gets it, too, as with the peers.
            let _ = socket.to("room").to(socket.id()).emit(&Moved(packet.0));
        })
        .accept(|packet: Blob, _: Socket| async move { packet.0 })
        .build()
        .expect("the packets have acceptors");
    server.serve(listener).await.expect("it serves for ever");
}
