//! What a session keeps without a connection, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use packets_client::{Client, Event, Recovered, SendError};
use packets_core::CloseReason;
use packets_server::{Resume, Server, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{Count, Echo, Witness, connected, paused_time};
use tokio::time::{Instant, sleep};

use super::{client, server};

/// What an application keeps with a socket.
struct Score(u32);

/// Waits until the socket has lost its connection.
async fn lost(socket: &Socket) {
    while socket.is_connected() {
        sleep(Duration::from_millis(1)).await;
    }
}

/// A client of the server over a cable.
async fn connect(test: &TestServer) -> (packets_testkit::Cable, Client, Socket) {
    let cable = test.cable();
    let client = client().connector(cable.clone()).connect("ws://test/").await.expect("a connection");
    let socket = test.socket_of(&client).await;
    (cable, client, socket)
}

#[test]
fn a_client_comes_back_to_its_socket_with_its_rooms_and_extensions_and_calls() {
    paused_time(async {
        let hooks: Arc<[AtomicUsize; 3]> = Arc::default();
        let (connects, disconnects, resumes) = (hooks.clone(), hooks.clone(), hooks.clone());
        let count = |counter: &AtomicUsize| {
            counter.fetch_add(1, Ordering::Relaxed);
        };
        let server = server(Resume::default())
            .accept(|packet: Echo, _: Socket| async move {
                sleep(Duration::from_secs(5)).await;
                packet.0
            })
            .connect(move |socket: Socket| {
                count(&connects[0]);
                socket.join("room").expect("room");
                socket.extensions().insert(Score(7));
                async {}
            })
            .resumed(move |_: Socket, recovered| {
                count(&resumes[1]);
                assert_eq!(recovered, Recovered::Full);
                async {}
            })
            .disconnect(move |_: Socket, _| {
                count(&disconnects[2]);
                async {}
            })
            .build()
            .expect("a server");
        let test = TestServer::new(server.clone());
        let (cable, client, socket) = connect(&test).await;
        let (id, mut events, mut counts) = (client.id(), client.events(), client.packets::<Count>());
        let call = tokio::spawn(client.send(Echo("slow".to_owned())));
        sleep(Duration::from_secs(1)).await;
        cable.cut();
        lost(&socket).await;
        assert!(server.sockets().len() == 1 && !server.inspect().sockets[0].is_connected);
        // It is in its room, though there is no connection.
        let delivery = server.to("room").emit(&Count { value: 1 }).expect("sent");
        assert_eq!(delivery.queued, 1);
        socket.emit(&Count { value: 2 }).expect("sent");
        cable.restore();
        assert_eq!(connected(&mut events).await, Recovered::Full);
        assert_eq!(counts.next().await, Some(Count { value: 1 }));
        assert_eq!(counts.next().await, Some(Count { value: 2 }));
        assert_eq!(call.await.expect("no panic"), Ok("slow".to_owned()));
        assert_eq!((client.id(), socket.is_connected(), socket.rooms().len()), (id, true, 1));
        assert_eq!(socket.user::<Score>().expect("it is there").0, 7);
        client.close();
        client.closed().await;
        socket.closed().await;
        sleep(Duration::from_millis(1)).await;
        let ran = hooks.each_ref().map(|counter| counter.load(Ordering::Relaxed));
        assert_eq!((ran, server.sockets().len()), ([1, 1, 1], 0));
    });
}

#[test]
fn a_session_that_is_not_resumed_in_time_ends_for_the_reason_of_its_loss() {
    paused_time(async {
        let (witness, mut ended) = Witness::new();
        let keep = Duration::from_secs(30);
        let server = server(Resume::default().keep(keep))
            .disconnect(move |socket: Socket, reason| {
                witness.tell((socket.rooms().len(), reason));
                async {}
            })
            .build()
            .expect("a server");
        let test = TestServer::new(server.clone());
        let (cable, client, socket) = connect(&test).await;
        let (old, mut events) = (client.id(), client.events());
        socket.join("room").expect("room");
        let asked = tokio::spawn(socket.send(Count { value: 1 }).timeout(Duration::MAX));
        let asks = tokio::spawn(client.send(Echo("?".to_owned())).timeout(Duration::MAX));
        cable.cut();
        lost(&socket).await;
        let begin = Instant::now();
        let Some((1, CloseReason::Lost(_))) = ended.recv().await else { panic!("lost, in a room") };
        assert!(begin.elapsed().abs_diff(keep) < Duration::from_millis(100), "{:?}", begin.elapsed());
        assert!(matches!(asked.await.expect("no panic"), Err(SendError::Disconnected(CloseReason::Lost(_)))));
        assert!(matches!(asks.await.expect("no panic"), Err(SendError::Disconnected(CloseReason::Lost(_)))));
        assert_eq!((socket.rooms().len(), server.sockets().len(), client.calls()), (1, 0, 0));
        cable.restore();
        assert_eq!(connected(&mut events).await, Recovered::New);
        assert_ne!(client.id(), old);
    });
}

#[test]
fn a_server_that_was_restarted_begins_a_new_session_and_says_so() {
    paused_time(async {
        let build = || {
            let accept = |packet: Echo, _: Socket| async move {
                sleep(Duration::from_secs(u64::from(packet.0 == "slow"))).await;
                packet.0
            };
            server(Resume::default()).accept(accept).build().expect("a server")
        };
        let test = TestServer::new(build());
        let (_, client, _) = connect(&test).await;
        let mut events = client.events();
        for _ in 0..3 {
            let id = client.id();
            let call = tokio::spawn(client.send(Echo("slow".to_owned())));
            sleep(Duration::from_millis(10)).await;
            test.kill();
            test.start(build());
            assert_eq!(connected(&mut events).await, Recovered::New);
            assert!(matches!(
                call.await.expect("no panic"),
                Err(SendError::Disconnected(CloseReason::Lost(_)))
            ));
            assert_ne!(client.id(), id);
            assert_eq!(client.send(Echo("new".to_owned())).await, Ok("new".to_owned()));
        }
    });
}

#[test]
fn beyond_the_sessions_the_oldest_loss_ends() {
    paused_time(async {
        let server = server(Resume::default().sessions(2)).build().expect("a server");
        let test = TestServer::new(server.clone());
        let mut ends = Vec::new();
        for _ in 0..4 {
            ends.push(connect(&test).await);
        }
        for (cable, _, socket) in &ends {
            cable.cut();
            lost(socket).await;
        }
        for (place, (_, _, socket)) in ends.iter().enumerate() {
            if place < 2 {
                assert!(matches!(socket.closed().await, CloseReason::Lost(_)));
            }
        }
        assert_eq!(server.sockets().len(), 2);
        for (place, (cable, client, _)) in ends.iter().enumerate() {
            let mut events = client.events();
            cable.restore();
            let expected = if place < 2 { Recovered::New } else { Recovered::Full };
            assert_eq!(connected(&mut events).await, expected, "{place}");
        }
        assert_eq!(server.sockets().len(), 4);
    });
}

#[test]
fn a_socket_that_is_closed_while_its_client_is_gone_ends_at_once() {
    paused_time(async {
        let server = server(Resume::default()).build().expect("a server");
        let test = TestServer::new(server.clone());
        let (cable, client, socket) = connect(&test).await;
        let mut events = client.events();
        cable.cut();
        lost(&socket).await;
        socket.close_as(4001, "banned").expect("a code");
        assert!(matches!(socket.closed().await, CloseReason::Application { code: 4001, .. }));
        cable.restore();
        assert_eq!(connected(&mut events).await, Recovered::New);
    });
}

#[test]
fn a_client_that_is_closed_while_it_is_gone_ends_at_once() {
    paused_time(async {
        let test = TestServer::new(server(Resume::default()).build().expect("a server"));
        let (cable, client, socket) = connect(&test).await;
        let call = tokio::spawn(client.send(Echo("?".to_owned())).timeout(Duration::MAX));
        let mut events = client.events();
        cable.cut();
        let Some(Event::Disconnected(CloseReason::Lost(_))) = events.next().await else { panic!("the cut") };
        lost(&socket).await;
        client.close();
        assert_eq!(client.closed().await, CloseReason::Local);
        assert_eq!(call.await.expect("no panic"), Err(SendError::Disconnected(CloseReason::Local)));
        assert_eq!(client.calls(), 0);
    });
}

#[test]
fn a_server_that_shuts_down_does_not_wait_for_who_is_gone() {
    paused_time(async {
        let server = server(Resume::default()).build().expect("a server");
        let test = TestServer::new(server.clone());
        let (cable, _client, socket) = connect(&test).await;
        cable.cut();
        lost(&socket).await;
        let begin = Instant::now();
        server.shut_down().await;
        assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
        assert_eq!(socket.closed().await, CloseReason::ShuttingDown);
    });
}

#[test]
fn a_reconnection_goes_on_with_the_session_and_a_move_does_not() {
    paused_time(async {
        let server = server(Resume::default())
            .accept(|packet: Echo, _: Socket| async move {
                sleep(Duration::from_secs(1)).await;
                packet.0
            })
            .build()
            .expect("a server");
        let test = TestServer::new(server.clone());
        let (_, client, _) = connect(&test).await;
        let (id, mut events) = (client.id(), client.events());
        let call = tokio::spawn(client.send(Echo("slow".to_owned())));
        tokio::task::yield_now().await;
        client.reconnect();
        assert_eq!(connected(&mut events).await, Recovered::Full);
        assert_eq!(call.await.expect("no panic"), Ok("slow".to_owned()));
        assert_eq!((client.id(), server.sockets().len()), (id, 1));
        client.redirect("/elsewhere").expect("a path");
        assert_eq!(connected(&mut events).await, Recovered::New);
        assert_ne!(client.id(), id);
    });
}

#[test]
fn sessions_end_with_their_connections_if_either_end_says_so() {
    paused_time(async {
        for (server, resume) in
            [(server(Resume::default()), false), (Server::builder().registry(super::registry()), true)]
        {
            let test = TestServer::new(server.build().expect("a server"));
            let cable = test.cable();
            let builder = if resume { client() } else { client().no_resume() };
            let client = builder.connector(cable.clone()).connect("ws://test/").await;
            let client = client.expect("a connection");
            let (socket, mut events) = (test.socket_of(&client).await, client.events());
            cable.cut();
            assert!(matches!(socket.closed().await, CloseReason::Lost(_)));
            cable.restore();
            assert_eq!(connected(&mut events).await, Recovered::New);
        }
    });
}

#[test]
fn a_server_that_falls_silent_is_come_back_to() {
    paused_time(async {
        let test = TestServer::new(server(Resume::default()).build().expect("a server"));
        let (cable, client, socket) = connect(&test).await;
        let (mut events, mut counts) = (client.events(), client.packets::<Count>());
        cable.silence();
        socket.emit(&Count { value: 1 }).expect("sent");
        let Some(Event::Disconnected(CloseReason::HeartbeatTimeout)) = events.next().await else {
            panic!("it is noticed")
        };
        lost(&socket).await;
        cable.restore();
        assert_eq!(connected(&mut events).await, Recovered::Full);
        assert_eq!(counts.next().await, Some(Count { value: 1 }));
        assert!(socket.is_connected());
    });
}

#[test]
fn a_client_retains_so_many_frames_and_bytes_and_the_oldest_go() {
    paused_time(async {
        let resume = packets_client::Resume::default();
        // A count takes two bytes.
        for resume in [resume.frames(3), resume.bytes(3 * 2 + 1)] {
            let (witness, mut seen) = Witness::new();
            let server = server(Resume::default()).accept(move |packet: Count, _: Socket| {
                witness.tell(packet.value);
                async move { packet.value }
            });
            let test = TestServer::new(server.build().expect("a server"));
            let cable = test.cable();
            let client = client().resume(resume).connector(cable.clone()).connect("ws://test/").await;
            let client = client.expect("a connection");
            // The server has heard of the session.
            test.socket_of(&client).await;
            let mut events = client.events();
            cable.silence();
            for value in 1..=10 {
                client.emit(&Count { value }).expect("room");
            }
            let Some(Event::Disconnected(CloseReason::HeartbeatTimeout)) = events.next().await else {
                panic!("it is noticed")
            };
            cable.restore();
            assert_eq!(connected(&mut events).await, Recovered::Gap { missed: 0, lost: 7 });
            for value in 8..=10 {
                assert_eq!(seen.recv().await, Some(value));
            }
        }
    });
}
