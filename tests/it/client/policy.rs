//! What a client's builder says holds for all of its connections.

use std::time::Duration;

use packets_client::{ConnectError, Event, Inbound, Next, Offline, Overflow, Policy, SendError};
use packets_core::CloseReason;
use packets_core::net::ConnectionLimits;
use packets_server::{Server, Socket};
use packets_tests::harness::{Count, Echo, Stray, Witness, connected, only_socket, paused_time};

use super::{Network, client, registry};

/// A server that tells what it sees.
fn server(witness: Witness<u32>) -> Server {
    let accept = move |packet: Count, _: Socket| {
        witness.tell(packet.value);
        async move { packet.value }
    };
    Server::builder().registry(registry()).accept(accept).build().expect("a server")
}

#[test]
fn layers_stand_around_the_packets_of_every_connection() {
    paused_time(async {
        let server = server(Witness::new().0);
        let (network, scissors) = Network::to(&server);
        let (witness, mut seen) = Witness::new();
        let builder = client()
            .layer(move |packet: Inbound<_>, next: Next<_>| {
                witness.tell(packet.name().to_owned());
                next.run()
            })
            .accept(|packet: Echo, _| async move { packet.0 });
        let client = network.connect(builder).await;
        let mut events = client.events();
        for _ in 0..3 {
            let answer = only_socket(&server).await.send(Echo("on".to_owned())).await;
            assert_eq!(answer, Ok("on".to_owned()));
            assert_eq!(seen.recv().await.as_deref(), Some("Echo"));
            scissors.cut();
            connected(&mut events).await;
        }
    });
}

#[test]
fn the_policy_of_a_packet_holds_on_every_connection() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let (network, scissors) = Network::to(&server(witness));
        let policy = Policy::new().overflow(Overflow::KeepLatest);
        let client = network.connect(client().policy::<Count>(policy)).await;
        let mut events = client.events();
        for round in 0..3 {
            // Nothing is written before the test waits.
            for value in 0..10 {
                assert_eq!(client.emit(&Count { value: round * 10 + value }), Ok(()));
            }
            assert_eq!(client.dropped().replaced, 9);
            assert_eq!(seen.recv().await, Some(round * 10 + 9));
            scissors.cut();
            connected(&mut events).await;
        }
        assert_eq!(seen.try_recv().ok(), None);
    });
}

#[test]
fn what_waited_for_a_connection_waits_for_room_whatever_its_policy() {
    paused_time(async {
        for overflow in [Overflow::RejectNewest, Overflow::DropOldest, Overflow::Disconnect] {
            let (witness, mut seen) = Witness::new();
            let (network, scissors) = Network::to(&server(witness));
            let max_age = Duration::from_secs(60);
            let builder = client()
                .limits(ConnectionLimits::client().queue_frames(5))
                .policy::<Count>(Policy::new().overflow(overflow))
                .offline(Offline::Wait { max_packets: 100, max_bytes: 1_000, max_age });
            let client = network.connect(builder).await;
            let mut events = client.events();
            scissors.cut();
            while !matches!(events.next().await, Some(Event::ReconnectingIn(_))) {}
            for value in 0..100 {
                assert_eq!(client.emit(&Count { value }), Ok(()));
            }
            for value in 0..100 {
                assert_eq!(seen.recv().await, Some(value), "{overflow:?}");
            }
            assert_eq!(network.times().len(), 2);
        }
    });
}

#[test]
fn a_policy_of_a_packet_that_is_not_registered_is_an_error() {
    paused_time(async {
        let (network, _) = Network::to(&server(Witness::new().0));
        let error = network.try_connect(client().policy::<Stray>(Policy::new())).await.expect_err("unknown");
        assert!(matches!(error, ConnectError::Unregistered(_)), "{error:?}");
        assert_eq!(network.times().len(), 0);
    });
}

#[test]
fn a_client_ends_with_a_code_of_its_application_s() {
    paused_time(async {
        let server = server(Witness::new().0);
        let (network, _) = Network::to(&server);
        let client = network.connect(client()).await;
        let mut events = client.events();
        let closed = only_socket(&server).await.closed();
        client.close_as(1001, "not mine").expect_err("a code of the protocol's");
        client.close_as(4001, "enough").expect("a code of ours");
        let reason = CloseReason::Application { code: 4001, reason: "enough".into() };
        assert_eq!(client.send(Echo(String::new())).await, Err(SendError::Disconnected(reason.clone())));
        assert_eq!(client.closed().await, reason);
        assert_eq!(closed.await, CloseReason::Remote { code: 4001, reason: "enough".into() });
        let Some(Event::Disconnected(_)) = events.next().await else { panic!("the end") };
        assert!(events.next().await.is_none(), "the application knows");
    });
}
