//! A client that meets servers of other builds, one after the other.

use std::time::Duration;

use packets_client::{Backoff, Client, ClientBuilder, Event, Offline, bundle};
use packets_core::packet::Descriptor;
use packets_core::{Registry, Verdict};
use packets_server::{Server, ServerBuilder, Socket};
use packets_tests::harness::{Witness, connected, only_socket, paused_time};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Network, Scissors};

/// The client's build.
mod ours {
    use packets_core::Packet;

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Move {
        #[packet(varuint)]
        pub(super) id: u32,
    }

    #[derive(Packet)]
    #[packet(gather = false, response = u32, idempotent)]
    pub(super) struct Score(pub(super) u8);
}

/// A server's, which is ahead.
mod theirs {
    use packets_core::Packet;

    /// Sorts before all others, so that every id is another one here.
    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Aardvark;

    #[derive(Packet, Debug, PartialEq)]
    #[packet(gather = false)]
    pub(super) struct Move {
        #[packet(varuint)]
        pub(super) id: u32,
        #[packet(default)]
        pub(super) note: String,
    }

    #[derive(Packet)]
    #[packet(gather = false, response = u8)]
    pub(super) struct Score(pub(super) u32);
}

fn our_registry() -> Registry {
    Registry::of([Descriptor::of::<ours::Move>(), Descriptor::of::<ours::Score>()]).expect("a registry")
}

/// A server that tells the ids of moves and doubles scores.
fn same(witness: Witness<u32>) -> ServerBuilder {
    Server::builder()
        .registry(our_registry())
        .accept(move |packet: ours::Move, _: Socket| {
            witness.tell(packet.id);
            async {}
        })
        .accept(|packet: ours::Score, _: Socket| async move { u32::from(packet.0) * 2 })
}

fn ahead(witness: Witness<u32>) -> ServerBuilder {
    let packets = [
        Descriptor::of::<theirs::Aardvark>(),
        Descriptor::of::<theirs::Move>(),
        Descriptor::of::<theirs::Score>(),
    ];
    Server::builder()
        .registry(Registry::of(packets).expect("a registry"))
        .accept(move |packet: theirs::Move, _: Socket| {
            assert_eq!(packet.note, "", "what it is by default");
            witness.tell(packet.id);
            async {}
        })
        .accept(|packet: theirs::Score, _: Socket| async move { u8::try_from(packet.0 * 2).expect("small") })
}

/// Two servers that a client is connected to in turns, and the ids of the moves that they saw.
fn two() -> (Network, Scissors, [Server; 2], UnboundedReceiver<u32>) {
    let (witness, seen) = Witness::new();
    let servers = [same(witness.clone()), ahead(witness)].map(|server| server.build().expect("a server"));
    let scissors = Scissors::default();
    let (cuts, served) = (scissors.clone(), servers.clone());
    let network = Network::new(move |attempt, there| {
        cuts.serve(&served[attempt % 2], there);
        Ok(())
    });
    (network, scissors, servers, seen)
}

fn client() -> ClientBuilder {
    Client::builder().registry(our_registry()).backoff(Backoff::default().seed(1))
}

#[test]
fn packets_are_adapted_to_the_server_of_each_connection() {
    paused_time(async {
        let (network, scissors, servers, mut seen) = two();
        let builder =
            client().accept(|packet: ours::Score, _: Client| async move { u32::from(packet.0) + 1 });
        let client = network.connect(builder).await;
        let (mut events, mut moves) = (client.events(), client.packets::<ours::Move>());
        for round in 0..6 {
            let is_same = round % 2 == 0;
            assert_eq!(matches!(client.verdict::<ours::Move>(), Verdict::Identical { .. }), is_same);
            assert_eq!(matches!(client.verdict::<ours::Move>(), Verdict::Adapted { .. }), !is_same);
            client.emit(&ours::Move { id: round }).expect("room");
            client.emit(&bundle![("Move", json!({"id": round + 10}))]).expect("room");
            assert_eq!(client.send(ours::Score(20)).await, Ok(40));
            assert_eq!(seen.recv().await, Some(round));
            assert_eq!(seen.recv().await, Some(round + 10));
            if is_same {
                let socket = only_socket(&servers[0]).await;
                socket.emit(&ours::Move { id: round }).expect("room");
                assert_eq!(socket.send(ours::Score(7)).await, Ok(8));
            } else {
                let socket = only_socket(&servers[1]).await;
                socket.emit(&theirs::Move { id: round, note: "left out".to_owned() }).expect("room");
                assert_eq!(socket.send(theirs::Score(7)).await, Ok(8));
            }
            assert_eq!(moves.next().await.map(|packet| packet.id), Some(round));
            scissors.cut();
            connected(&mut events).await;
        }
    });
}

#[test]
fn what_waited_for_a_connection_is_adapted_to_it() {
    paused_time(async {
        let (network, scissors, _servers, mut seen) = two();
        let max_age = Duration::from_secs(60);
        let wait = Offline::Wait { max_packets: 10, max_bytes: 1_000, max_age };
        let client = network.connect(client().offline(wait)).await;
        let mut events = client.events();
        for round in 0..4 {
            scissors.cut();
            while !matches!(events.next().await, Some(Event::ReconnectingIn(_))) {}
            let score = tokio::spawn(client.send(ours::Score(round)));
            let items = bundle![ours::Move { id: 2 }, bundle![("Move", json!({"id": 3}))]];
            client.emit(&ours::Move { id: 1 }).expect("room");
            client.emit(&items).expect("room");
            connected(&mut events).await;
            assert_eq!(score.await.expect("no panic"), Ok(u32::from(round) * 2));
            for id in 1..=3 {
                assert_eq!(seen.recv().await, Some(id));
            }
        }
    });
}
