//! Joining, leaving, and what is left of both.

use packets_core::CloseReason;
use packets_server::{JoinError, Socket};
use packets_tests::harness::{
    Count, Slap, Witness, client, connect, greeted, paused_time, server, socket_of,
};

use super::{count, guest, ids, names, plain_server, rooms, seen, sorted};

#[test]
fn a_room_is_who_has_joined_and_not_left() {
    paused_time(async {
        let server = plain_server();
        let mut ada = guest(&server, &["lobby"]).await;
        let mut bob = guest(&server, &["lobby", "kitchen"]).await;
        let mut eve = guest(&server, &[]).await;
        assert_eq!(rooms(&server), [("kitchen".to_owned(), 1), ("lobby".to_owned(), 2)]);
        assert_eq!(names(&bob.socket.rooms()), ["kitchen", "lobby"]);
        assert_eq!(ids(&server.to("lobby").sockets()), sorted([ada.id(), bob.id()]));
        server.to("lobby").emit(&count(1)).expect("sent");
        assert!(bob.socket.leave("lobby"));
        assert!(!bob.socket.leave("lobby"), "it is not in it any more");
        assert!(!eve.socket.leave("lobby"), "it never was");
        server.to("lobby").emit(&count(2)).expect("sent");
        server.to("nowhere").emit(&count(3)).expect("sent");
        assert_eq!(names(&bob.socket.rooms()), ["kitchen"]);
        assert_eq!(seen([&mut ada, &mut bob, &mut eve]).await, [vec![1, 2], vec![1], vec![]]);
    });
}

#[test]
fn joining_twice_is_one_membership() {
    paused_time(async {
        let server = plain_server();
        let mut ada = guest(&server, &["lobby", "lobby"]).await;
        assert_eq!(rooms(&server), [("lobby".to_owned(), 1)]);
        assert_eq!(server.to("lobby").emit(&count(1)).expect("sent").queued, 1);
        assert_eq!(ada.seen().await, [1]);
        assert!(ada.socket.leave("lobby"));
        assert_eq!(server.to("lobby").emit(&count(2)).expect("sent").queued, 0);
        assert_eq!(ada.seen().await, [0; 0]);
    });
}

#[test]
fn a_room_vanishes_with_its_last_member() {
    paused_time(async {
        let server = plain_server();
        let ada = guest(&server, &["lobby", "kitchen"]).await;
        let bob = guest(&server, &["lobby"]).await;
        ada.socket.leave("kitchen");
        assert_eq!(rooms(&server), [("lobby".to_owned(), 2)]);
        ada.socket.leave("lobby");
        assert_eq!(rooms(&server), [("lobby".to_owned(), 1)]);
        drop(bob.client);
        bob.end.await.expect("no panic");
        assert_eq!(rooms(&server), []);
    });
}

#[test]
fn memberships_vanish_with_the_socket_however_it_ends() {
    paused_time(async {
        let server = plain_server();
        let mut stays = guest(&server, &["lobby"]).await;
        let leaves = guest(&server, &["lobby", "of one"]).await;
        leaves.client.close();
        leaves.end.await.expect("no panic");
        let closed = guest(&server, &["lobby", "of one"]).await;
        closed.socket.close();
        closed.end.await.expect("no panic");
        let dropped = guest(&server, &["lobby", "of one"]).await;
        dropped.end.abort();
        dropped.end.await.expect_err("aborted");
        assert_eq!(rooms(&server), [("lobby".to_owned(), 1)]);
        assert_eq!(ids(&server.sockets()), [stays.id()]);
        assert!(server.socket(dropped.socket.id()).is_none());
        assert_eq!(server.to("lobby").emit(&count(1)).expect("sent").queued, 1);
        assert_eq!(stays.seen().await, [1]);
    });
}

#[test]
fn a_socket_is_gone_before_its_client_has_answered_the_close() {
    paused_time(async {
        let server = plain_server();
        let (_raw, socket, end) = greeted(&server).await;
        socket.join("lobby").expect("joined");
        socket.close();
        assert_eq!(socket.closed().await, CloseReason::Local);
        tokio::task::yield_now().await;
        assert!(server.sockets().is_empty());
        assert_eq!(rooms(&server), []);
        assert!(!end.is_finished(), "it waits for the answer");
    });
}

#[test]
fn a_socket_that_has_ended_joins_nothing_and_keeps_the_names_of_its_rooms() {
    paused_time(async {
        let server = plain_server();
        let ada = guest(&server, &["lobby", "kitchen"]).await;
        drop(ada.client);
        ada.end.await.expect("no panic");
        assert_eq!(ada.socket.join("cellar"), Err(JoinError::Ended));
        assert_eq!(ada.socket.join("lobby"), Err(JoinError::Ended));
        assert!(!ada.socket.leave("lobby"));
        assert_eq!(names(&ada.socket.rooms()), ["kitchen", "lobby"]);
        assert_eq!(rooms(&server), []);
    });
}

#[test]
fn an_acceptor_that_outlives_its_connection_joins_nothing() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |_: Slap, socket: Socket| {
            let witness = witness.clone();
            async move {
                witness.tell(Ok(()));
                socket.closed().await;
                tokio::task::yield_now().await;
                witness.tell(socket.join("lobby"));
            }
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, end) = connect(&server, client()).await;
        client.emit(&Slap).expect("room");
        assert_eq!(seen.recv().await, Some(Ok(())));
        drop(client);
        end.await.expect("no panic");
        assert_eq!(seen.recv().await, Some(Err(JoinError::Ended)));
        assert_eq!(rooms(&server), []);
    });
}

#[test]
fn the_connect_hook_joins_before_the_first_packet_is_looked_at() {
    paused_time(async {
        let server = server()
            .connect(|socket: Socket| async move { socket.join("lobby").expect("joined") })
            .accept(|_: Count, socket: Socket| async move { socket.rooms().len() as u32 })
            .build()
            .expect("a server");
        let (client, _end) = connect(&server, client()).await;
        assert_eq!(client.send(count(0)).await, Ok(1));
    });
}

#[test]
fn a_panic_while_joining_leaves_the_rooms_in_order() {
    paused_time(async {
        let server = server()
            .connect(|socket: Socket| async move {
                socket.join("lobby").expect("joined");
                panic!("in the connect hook");
            })
            .accept(|_: Slap, socket: Socket| async move {
                socket.join("kitchen").expect("joined");
                assert!(socket.rooms().is_empty(), "a panic");
            })
            .build()
            .expect("a server");
        let (ada, end) = connect(&server, client()).await;
        ada.send(Slap).await.expect_err("it panicked");
        socket_of(&ada, &server).await.join("cellar").expect("joined");
        assert_eq!(rooms(&server), ["cellar", "kitchen", "lobby"].map(|room| (room.to_owned(), 1)));
        drop(ada);
        end.await.expect("no panic");
        assert_eq!(rooms(&server), []);
    });
}

#[test]
fn nothing_is_left_of_sockets_that_came_joined_and_went() {
    paused_time(async {
        let server = server()
            .connect(|socket: Socket| async move {
                socket.join("lobby").expect("joined");
                socket.join(socket.id().to_string()).expect("joined");
            })
            .accept(|packet: Count, _: Socket| async move { packet.value })
            .build()
            .expect("a server");
        for cycle in 0..500 {
            let (client, end) = connect(&server, client()).await;
            assert_eq!(client.send(count(cycle)).await, Ok(cycle));
            assert_eq!(server.rooms().len(), 2);
            drop(client);
            end.await.expect("no panic");
        }
        assert!(format!("{server:?}").contains("Rooms { sockets: 0, rooms: 0, .. }"), "{server:?}");
    });
}
