//! What is done with sockets of all nodes.

use packets_client::CloseReason;
use packets_server::{JoinError, Local, Server};
use packets_tests::harness::{client, connect, node, paused_time, server, socket_of, together};

use super::{guest, numbers, pair};

#[test]
fn sockets_of_all_nodes_are_listed_with_their_nodes() {
    paused_time(async {
        let (a, b, _) = pair().await;
        let (one, two) = (guest(&a, &["x"]).await, guest(&b, &["x"]).await);
        let three = guest(&b, &["y"]).await;
        let of = |server: &Server, id| (server.node_id(), id);
        let sorted = |mut sockets: Vec<_>| {
            sockets.sort();
            sockets
        };
        let found = a.to("x").everywhere().sockets().await;
        assert_eq!(sorted(found.sockets), sorted(vec![of(&a, one.id()), of(&b, two.id())]));
        assert_eq!((numbers(found.tally), found.unpublished), ([2, 0, 0, 0, 0], None));
        let all = b.all().except(two.id()).everywhere().sockets().await;
        assert_eq!(sorted(all.sockets), sorted(vec![of(&a, one.id()), of(&b, three.id())]));
        let here = b.all().sockets();
        assert_eq!(here.len(), 2);
    });
}

#[test]
fn many_sockets_are_listed_in_several_messages() {
    paused_time(async {
        let local = Local::default();
        let small = || packets_server::Cluster::default().max_message(2_000);
        let a = node(local.clone()).cluster(small()).build().expect("a server");
        let b = node(local).cluster(small()).build().expect("a server");
        together(&[&a, &b]).await;
        let mut clients = Vec::new();
        for _ in 0..300 {
            clients.push(connect(&b, client()).await);
        }
        for (client, _) in &clients {
            socket_of(client, &b).await;
        }
        let found = a.all().everywhere().sockets().await;
        assert_eq!((found.sockets.len(), numbers(found.tally)), (300, [2, 0, 0, 0, 0]));
    });
}

#[test]
fn sockets_of_all_nodes_join_and_leave_and_are_closed() {
    paused_time(async {
        let (a, b, _) = pair().await;
        let (one, two) = (guest(&a, &["x"]).await, guest(&b, &["x"]).await);
        let three = guest(&b, &["y"]).await;
        let joined = a.to("x").everywhere().join("z").await.expect("joined");
        assert_eq!((joined.sockets, numbers(joined.tally)), (2, [2, 0, 0, 0, 0]));
        assert_eq!(b.to("z").sockets().len(), 1);
        let too_long = a.to("x").everywhere().join("x".repeat(256)).await;
        assert_eq!(too_long, Err(JoinError::NameTooLong { size: 256 }));
        assert_eq!(b.to("z").everywhere().leave("x").await.sockets, 2);
        assert_eq!(a.to("x").everywhere().sockets().await.sockets, []);
        assert!(a.to("z").everywhere().close_as(1_000, "no").await.is_err());
        let closed = a.to("z").everywhere().close_as(4_001, "bye").await.expect("closed");
        assert_eq!(closed.sockets, 2);
        let reason = CloseReason::Remote { code: 4_001, reason: "bye".into() };
        assert_eq!(one.client.closed().await, reason);
        assert_eq!(two.client.closed().await, reason);
        assert_eq!(a.all().everywhere().close().await.sockets, 1);
        assert!(matches!(three.client.closed().await, CloseReason::Remote { code: 1_000, .. }));
    });
}

#[test]
fn a_server_without_an_engine_is_everywhere_itself() {
    paused_time(async {
        let server = server().build().expect("a server");
        let one = guest(&server, &["x"]).await;
        let found = server.to("x").everywhere().sockets().await;
        assert_eq!(found.sockets, [(server.node_id(), one.id())]);
        assert_eq!(numbers(found.tally), [1, 0, 0, 0, 0]);
        assert_eq!((server.nodes(), server.is_engine_up()), (vec![], false));
        assert_eq!(server.cluster_events().next().await, None);
    });
}

#[test]
fn who_falls_silent_is_missing_and_told() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let _there = guest(&b, &["x"]).await;
        breakable.lose_all(true);
        let found = a.to("x").everywhere().sockets().await;
        assert_eq!((found.sockets.len(), numbers(found.tally)), (0, [1, 0, 0, 1, 0]));
    });
}
