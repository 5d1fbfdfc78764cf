//! Futures that are dropped at each of their awaits: nothing on the wire is torn, lost or doubled.

use std::sync::Arc;
use std::time::Duration;

use packets_client::{Client, ConnectError, Offline, Recovered};
use packets_server::{Resume, Server, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{
    Count, Echo, Tap, Tapped, Witness, attach, calls_made, connected, only_socket, paused_time, polled,
};
use tokio::sync::Semaphore;

use super::{Ask, Network, client, registry};

fn server() -> Server {
    Server::builder()
        .registry(registry())
        .accept(|packet: Count, _: Socket| async move {
            tokio::task::yield_now().await;
            packet.value
        })
        .accept(|packet: Ask, _: Socket| async move {
            tokio::task::yield_now().await;
            packet.0
        })
        .accept(|packet: Echo, _: Socket| async move { packet.0 })
        .build()
        .expect("a server")
}

async fn tapped(server: &Server) -> (Client, Tapped) {
    let (transport, _) = attach(server);
    let (transport, tapped) = Tap::new(transport);
    (client().connect_transport(transport).await.expect("a connection"), tapped)
}

/// Sends with one more poll each time, until a call is answered twice.
async fn send_polled(send: impl AsyncFn(&Client, usize, usize, u32) -> Option<u32>) {
    for turns in 0..6 {
        let server = server();
        let (client, tapped) = tapped(&server).await;
        let (mut answered, mut sent) = (0, Vec::new());
        for times in 0..100 {
            let value = times as u8;
            if let Some(answer) = send(&client, times, turns, value.into()).await {
                assert_eq!(answer, u32::from(value));
                answered += 1;
            }
            if times > 0 {
                // Not polled at all, it does not go out; all others do, once.
                sent.push(value);
            }
            assert_eq!(client.calls(), 0, "after {times} polls");
            if answered == 2 {
                break;
            }
        }
        // Without a turn for the others, nothing ever comes of it.
        assert_eq!(answered, if turns == 0 { 0 } else { 2 });
        assert_eq!(client.send(Count { value: 100 }).await, Ok(100));
        sent.push(100);
        assert_eq!(calls_made(&tapped.sent(), &tapped.received()), sent);
    }
}

#[test]
fn send() {
    paused_time(send_polled(async |client, times, turns, value| {
        polled(times, turns, client.send(Count { value })).await.map(|answer| answer.expect("an answer"))
    }));
}

#[test]
fn send_of_an_idempotent_packet() {
    paused_time(send_polled(async |client, times, turns, value| {
        polled(times, turns, client.send(Ask(value))).await.map(|answer| answer.expect("an answer"))
    }));
}

#[test]
fn send_over_two_connections() {
    paused_time(async {
        // Dropped while offline, in whatever state, a call never goes out; nor does it keep its place.
        let wait = Offline::Wait { max_packets: 1, max_bytes: 0, max_age: Duration::from_secs(60) };
        for times in 0..20 {
            let server = server();
            let (network, scissors) = Network::to(&server);
            let client = network.connect(client().offline(wait)).await;
            let mut events = client.events();
            scissors.cut();
            while !matches!(events.next().await, Some(packets_client::Event::ReconnectingIn(_))) {}
            assert_eq!(polled(times, 3, client.send(Count { value: 1 })).await, None);
            let call = tokio::spawn(client.send(Count { value: 2 }));
            connected(&mut events).await;
            assert_eq!(call.await.expect("no panic"), Ok(2), "it had the only place");
            assert_eq!(client.calls(), 0);
        }
    });
}

#[test]
fn send_over_a_session_that_goes_on() {
    paused_time(async {
        // Cut off and dropped, in whatever order, a call is accepted once or not at all, and leaves nothing behind.
        let mut answered = 0;
        for (times, cut_after) in (0..12).flat_map(|times| (0..4).map(move |cut_after| (times, cut_after))) {
            let (witness, mut accepted) = Witness::new();
            let server = Server::builder()
                .registry(registry())
                .resume(Resume::default())
                .accept(move |packet: Count, _: Socket| {
                    witness.tell(packet.value);
                    async move {
                        tokio::task::yield_now().await;
                        packet.value
                    }
                })
                .build()
                .expect("a server");
            let cable = TestServer::new(server.clone()).cable();
            let wait = Offline::Wait { max_packets: 1, max_bytes: 0, max_age: Duration::from_secs(60) };
            let builder = client().offline(wait).connector(cable.clone());
            let client = builder.connect(super::URL).await.expect("a connection");
            let (socket, mut events) = (only_socket(&server).await, client.events());
            let call = tokio::spawn(polled(times, 20, client.send(Count { value: 1 })));
            for _ in 0..cut_after {
                tokio::task::yield_now().await;
            }
            cable.cut();
            cable.restore();
            assert_eq!(connected(&mut events).await, Recovered::Full);
            if let Some(answer) = call.await.expect("no panic") {
                assert_eq!(answer, Ok(1));
                answered += 1;
            }
            assert_eq!(client.send(Count { value: 2 }).await, Ok(2));
            client.close();
            socket.closed().await;
            assert_eq!((client.calls(), socket.accepting()), (0, 0));
            let mut values = Vec::new();
            while let Ok(value) = accepted.try_recv() {
                values.push(value);
            }
            assert!(matches!(values[..], [1, 2] | [2]), "{times} {cut_after} {values:?}");
        }
        println!("{answered} answered");
        assert!(answered > 5);
    });
}

#[test]
fn connect() {
    paused_time(async {
        let mut done = 0;
        for times in 0..100 {
            let (server, ended) = (server(), Arc::new(Semaphore::new(0)));
            let (served, ends) = (server.clone(), ended.clone());
            let network = Network::new(move |_, there| {
                let (server, ends) = (served.clone(), ends.clone());
                tokio::spawn(async move {
                    server.serve_transport(there).await;
                    ends.add_permits(1);
                });
                Ok(())
            });
            let token = async || {
                tokio::task::yield_now().await;
                Ok::<_, ConnectError>("token".to_owned())
            };
            let client = polled(times, times % 4, network.try_connect(client().token(token))).await;
            if let Some(client) = client {
                assert_eq!(client.expect("a connection").send(Count { value: 1 }).await, Ok(1));
                done += 1;
            }
            // Nothing is left of it, in any case.
            let attempts = network.times().len();
            assert!(attempts <= 1);
            let _ = ended.acquire_many(attempts as u32).await.expect("open");
            assert!(server.sockets().is_empty());
            if done == 2 {
                return;
            }
        }
        panic!("it never connects");
    });
}

#[test]
fn ready_and_closed() {
    paused_time(async {
        let server = server();
        let (network, scissors) = Network::to(&server);
        let client = network.connect(client()).await;
        let mut events = client.events();
        scissors.cut();
        while !matches!(events.next().await, Some(packets_client::Event::ReconnectingIn(_))) {}
        for times in 0..20 {
            assert_eq!(polled(times, 3, client.ready()).await, None);
            assert_eq!(polled(times, 3, client.closed()).await, None);
        }
        connected(&mut events).await;
        assert_eq!(client.ready().await, Ok(()));
        assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
    });
}

#[test]
fn streams_lose_nothing() {
    paused_time(async {
        let server = server();
        let (network, scissors) = Network::to(&server);
        let client = network.connect(client()).await;
        let (mut counts, mut events) = (client.packets::<Count>(), client.events());
        for times in 0..20 {
            assert_eq!(polled(times, 3, counts.next()).await, None);
            assert!(polled(times, 3, events.next()).await.is_none());
            only_socket(&server).await.emit(&Count { value: times as u32 }).expect("room");
            assert_eq!(counts.next().await, Some(Count { value: times as u32 }));
            scissors.cut();
            connected(&mut events).await;
        }
        assert_eq!((counts.lost(), events.lost()), (0, 0));
    });
}
