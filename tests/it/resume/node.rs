//! A session is one node's: what a client hears that comes back to another.

use packets_client::{Recovered, SendError};
use packets_core::CloseReason;
use packets_server::{Local, Resume, Server, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{Count, Echo, connected, paused_time, together};

use super::{client, server};

fn node(local: &Local) -> Server {
    server(Resume::default())
        .engine(local.clone())
        .accept(|_: Echo, _: Socket| std::future::pending::<String>())
        .connect(|socket: Socket| async move { socket.join("room").expect("a room") })
        .build()
        .expect("a node")
}

#[test]
fn a_client_that_comes_to_another_node_is_told_that_its_session_is_new() {
    paused_time(async {
        let local = Local::default();
        let (one, other) = (node(&local), node(&local));
        together(&[&one, &other]).await;
        let test = TestServer::new(one.clone());
        let client = client().connector(test.cable()).connect("ws://test/").await.expect("a connection");
        let (id, mut events, mut counts) = (client.id(), client.events(), client.packets::<Count>());
        let first = test.socket_of(&client).await;
        let call = tokio::spawn(client.send(Echo("never answered".to_owned())));
        test.kill();
        while first.is_connected() {
            tokio::task::yield_now().await;
        }
        // The first node keeps it, for the session that would go on.
        first.emit(&Count { value: 1 }).expect("kept");
        test.start(other.clone());
        assert_eq!(connected(&mut events).await, Recovered::New);
        let lost = call.await.expect("no panic");
        assert!(matches!(lost, Err(SendError::Disconnected(CloseReason::Lost(_)))), "{lost:?}");
        assert_ne!(client.id(), id);
        // The first node's session is not disturbed by it.
        assert!(one.socket(id).is_some() && other.socket(id).is_none());
        let second = test.socket_of(&client).await;
        second.emit(&Count { value: 2 }).expect("sent");
        assert_eq!(counts.next().await, Some(Count { value: 2 }), "nothing of the old session comes");
        // Back at the first node, its session is not this client's any more.
        test.kill();
        test.start(one.clone());
        assert_eq!(connected(&mut events).await, Recovered::New);
    });
}
