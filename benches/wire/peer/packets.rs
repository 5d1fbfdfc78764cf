//! Ours.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use packets_core::Registry;
use packets_core::packet::Descriptor;
use packets_server::{Packet, Schema, Server, Socket};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::numbered;

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
pub(crate) struct Move(pub(crate) Position);

/// Asks nothing.
#[derive(Packet)]
pub(crate) struct Moved(Position);

/// Goes to everybody.
#[derive(Packet)]
pub(crate) struct Shout(Position);

#[derive(Packet)]
#[packet(response = Bytes)]
pub(crate) struct Blob(Bytes);

/// The packets that are called, emitted and so on.
fn used() -> [Descriptor; 4] {
    [Descriptor::of::<Move>(), Descriptor::of::<Moved>(), Descriptor::of::<Shout>(), Descriptor::of::<Blob>()]
}

/// So many packets, the default ones and those that are used among them.
pub(crate) fn registry(packets: usize) -> Registry {
    let more = numbered::first(more(packets)).iter().map(|descriptor| descriptor());
    Registry::of(used().into_iter().chain(more)).expect("their names differ")
}

/// The numbered packets among so many that are called.
pub(crate) fn called(packets: usize) -> &'static [numbered::Called] {
    numbered::called(more(packets))
}

/// How many numbered packets are among so many.
fn more(packets: usize) -> usize {
    packets - Registry::defaults_only().len() - used().len()
}

/// Serves with so many packets registered.
pub(crate) async fn serve(listener: TcpListener, packets: usize) {
    let itself = Arc::new(OnceLock::<Server>::new());
    let everybody = itself.clone();
    let server = Server::builder()
        .registry(registry(packets))
        .connect(|socket: Socket| async move { socket.join("room").expect("the first of 128") })
        .accept(|packet: Move, _: Socket| async move { packet.0 })
        .accept(|_: Moved, _: Socket| async move {})
        .accept(move |packet: Shout, _: Socket| {
            let everybody = everybody.clone();
            async move {
                // The one who says so gets it, too, as with the peers.
                let server = everybody.get().expect("it serves");
                let _ = server.to("room").emit(&Moved(packet.0));
            }
        })
        .accept(|packet: Blob, _: Socket| async move { packet.0 });
    let server = called(packets)
        .iter()
        .fold(server, |server, called| (called.accept)(server))
        .build()
        .expect("the packets have acceptors");
    itself.get_or_init(|| server.clone());
    server.serve(listener).await.expect("it serves for ever");
}
