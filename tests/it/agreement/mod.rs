//! Two builds whose packets differ: what still travels, and what becomes of the rest.

mod adapted;
mod defaults;
mod held;
mod verdict;

use packets_client::{Client, ClientBuilder};
use packets_core::Registry;
use packets_core::net::pair;
use packets_core::packet::Descriptor;
use packets_server::{Server, ServerBuilder, Socket};
use packets_tests::harness::{Tap, Tapped, only_socket};

/// The server's build.
mod theirs {
    use packets_core::{Packet, Schema};

    /// Sorts before all others, so that every id is another one here.
    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Aardvark;

    #[derive(Packet)]
    #[packet(gather = false, response = u32)]
    pub(super) struct Common(#[packet(varuint)] pub(super) u32);

    #[derive(Schema)]
    pub(super) struct Position {
        pub(super) x: String,
        pub(super) y: f32,
    }

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Move {
        #[packet(varuint)]
        pub(super) id: u32,
        pub(super) path: Vec<Position>,
    }

    #[derive(Packet)]
    #[packet(gather = false, response = String)]
    pub(super) struct Who;

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Zebra;
}

/// The client's build.
mod ours {
    use packets_core::{Packet, Schema};

    #[derive(Packet)]
    #[packet(gather = false, response = u32)]
    pub(super) struct Common(#[packet(varuint)] pub(super) u32);

    #[derive(Schema)]
    pub(super) struct Position {
        pub(super) x: f32,
        pub(super) y: f32,
    }

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Move {
        #[packet(varuint)]
        pub(super) id: u32,
        pub(super) path: Vec<Position>,
    }

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct New;

    #[derive(Packet)]
    #[packet(gather = false, response = u8)]
    pub(super) struct Who;
}

fn their_registry() -> Registry {
    Registry::of([
        Descriptor::of::<theirs::Aardvark>(),
        Descriptor::of::<theirs::Common>(),
        Descriptor::of::<theirs::Move>(),
        Descriptor::of::<theirs::Who>(),
        Descriptor::of::<theirs::Zebra>(),
    ])
    .expect("a registry")
}

fn our_registry() -> Registry {
    Registry::of([
        Descriptor::of::<ours::Common>(),
        Descriptor::of::<ours::Move>(),
        Descriptor::of::<ours::New>(),
        Descriptor::of::<ours::Who>(),
    ])
    .expect("a registry")
}

fn server() -> ServerBuilder {
    Server::builder()
        .registry(their_registry())
        .accept(|packet: theirs::Common, _: Socket| async move { packet.0 * 2 })
}

fn client() -> ClientBuilder {
    Client::builder()
        .registry(our_registry())
        .accept(|packet: ours::Common, _: Client| async move { packet.0 * 3 })
}

/// Client and server of different builds, and the frames between them as the client sees them.
async fn different() -> (Client, Socket, Tapped) {
    let server = server().build().expect("a server");
    let (here, there) = pair();
    let (here, tapped) = Tap::new(here);
    let serving = server.clone();
    tokio::spawn(async move { serving.serve_transport(there).await });
    let client = client().connect_transport(here).await.expect("a connection");
    let socket = only_socket(&server).await;
    (client, socket, tapped)
}
