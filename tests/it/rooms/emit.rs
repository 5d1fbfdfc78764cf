//! What is emitted to several sockets at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use packets_client::SendError;
use packets_core::net::pair;
use packets_server::{Delivery, Server, Target};
use packets_tests::harness::{
    Blob, Echo, Stray, Tap, Tapped, client, echo_server, paused_time, server, socket_of,
};
use serde_json::json;

use super::{LAST, count, guest, plain_server, seen};

#[test]
fn a_union_of_rooms_reaches_each_socket_once() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &["a"]).await;
        let mut b = guest(&server, &["b"]).await;
        let mut both = guest(&server, &["a", "b"]).await;
        let mut none = guest(&server, &[]).await;
        let delivery = server.to("a").to("b").to("a").to(both.id()).emit(&count(1)).expect("sent");
        assert_eq!(delivery.queued, 3);
        assert_eq!(seen([&mut a, &mut b, &mut both, &mut none]).await, [vec![1], vec![1], vec![1], vec![]]);
    });
}

#[test]
fn who_is_named_beside_its_room_or_twice_is_reached_once() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &["a"]).await;
        let mut b = guest(&server, &["b"]).await;
        let emit = |target: Target<'_>, value| target.emit(&count(value)).expect("sent").queued;
        assert_eq!(emit(server.to("a").to(a.id()), 1), 1);
        assert_eq!(emit(server.to(a.id()).to("a"), 2), 1);
        assert_eq!(emit(server.to("a").to(b.id()), 3), 2);
        assert_eq!(emit(server.to(b.id()).to(b.id()), 4), 1);
        assert_eq!(emit(a.socket.to("a").to(a.id()), 5), 0, "not itself");
        assert_eq!(emit(server.to("nowhere").to(b.id()), 6), 1);
        assert_eq!(seen([&mut a, &mut b]).await, [vec![1, 2, 3], vec![3, 4, 6]]);
    });
}

#[test]
fn who_is_excepted_is_not_reached_by_any_way() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &["a"]).await;
        let mut b = guest(&server, &["b"]).await;
        let mut both = guest(&server, &["a", "b"]).await;
        let room = String::from("b");
        server.to("a").to("b").except(a.id()).emit(&count(1)).expect("sent");
        server.to("a").except(&room).emit(&count(2)).expect("sent");
        server.to("a").to("b").except("b").except(&a.socket).emit(&count(3)).expect("sent");
        server.all().except(room).emit(&count(4)).expect("sent");
        server.to(both.id()).except("a").emit(&count(5)).expect("sent");
        server.to("a").except("nowhere").emit(&count(6)).expect("sent");
        assert_eq!(seen([&mut a, &mut b, &mut both]).await, [vec![2, 4, 6], vec![1], vec![1, 6]]);
    });
}

#[test]
fn all_are_all_whatever_is_added() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &["a"]).await;
        let mut none = guest(&server, &[]).await;
        assert_eq!(server.emit(&count(1)).expect("sent").queued, 2);
        assert_eq!(server.all().to("a").emit(&count(2)).expect("sent").queued, 2);
        assert_eq!(seen([&mut a, &mut none]).await, [vec![1, 2], vec![1, 2]]);
    });
}

#[test]
fn one_socket_is_reached_by_its_id() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &[]).await;
        let mut b = guest(&server, &[]).await;
        server.to(a.id()).emit(&count(1)).expect("sent");
        server.socket(b.id()).expect("connected").emit(&count(2)).expect("room");
        drop(b.client.clone());
        assert_eq!(seen([&mut a, &mut b]).await, [vec![1], vec![2]]);
        let id = b.id();
        drop(b.client);
        b.end.await.expect("no panic");
        assert!(server.socket(id).is_none());
        assert_eq!(server.to(id).emit(&count(3)), Ok(Delivery::default()));
    });
}

#[test]
fn a_socket_reaches_the_others() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &["room"]).await;
        let mut b = guest(&server, &["room"]).await;
        let mut c = guest(&server, &[]).await;
        a.socket.to("room").emit(&count(1)).expect("sent");
        c.socket.to("room").emit(&count(2)).expect("sent");
        a.socket.others().emit(&count(3)).expect("sent");
        assert_eq!(seen([&mut a, &mut b, &mut c]).await, [vec![2], vec![1, 2, 3], vec![3]]);
    });
}

#[test]
fn emits_to_rooms_and_to_one_arrive_in_their_order() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &["a", "b"]).await;
        let mut b = guest(&server, &["a"]).await;
        for value in (0..120).step_by(4) {
            server.to("a").emit(&count(value)).expect("sent");
            a.socket.emit(&count(value + 1)).expect("room");
            server.emit(&("Count", json!({"value": value + 2}))).expect("sent");
            server.to("b").to("a").emit(&count(value + 3)).expect("sent");
        }
        let all: Vec<_> = (0..120).collect();
        let some: Vec<_> = (0..120).filter(|value| value % 4 != 1).collect();
        assert_eq!(seen([&mut a, &mut b]).await, [all, some]);
    });
}

#[test]
fn a_packet_that_cannot_be_sent_is_an_error_and_reaches_nobody() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &["a"]).await;
        for target in [server.to("a"), server.to("nowhere"), server.all()] {
            assert_eq!(target.emit(&Stray), Err(SendError::Unregistered("Stray".into())));
            assert_eq!(target.emit(&("Nothing",)), Err(SendError::Unregistered("Nothing".into())));
            assert!(matches!(target.emit(&("Count", json!({"value": "x"}))), Err(SendError::Data(_))));
            assert!(matches!(target.emit(&count(u32::MAX)), Err(SendError::Encode { .. })));
            assert!(matches!(target.send(Stray), Err(SendError::Unregistered(_))));
        }
        assert_eq!(a.seen().await, [0; 0]);
    });
}

/// Data that counts how often it is written.
struct Counting<'a>(&'a AtomicUsize);

impl serde::Serialize for Counting<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        serializer.serialize_str("once")
    }
}

#[test]
fn a_packet_is_encoded_once_for_all() {
    paused_time(async {
        let server = echo_server();
        let mut guests = Vec::new();
        for _ in 0..5 {
            let echo = client().accept(|packet: Echo, _: packets_client::Client| async move { packet.0 });
            guests.push(super::guest_with(&server, echo, &["a"]).await);
        }
        let written = AtomicUsize::new(0);
        assert_eq!(server.to("a").emit(&("Echo", Counting(&written))).expect("sent").queued, 5);
        assert_eq!(written.load(Ordering::Relaxed), 1);
        let answers: Vec<_> =
            server.to("a").send(("Echo", Counting(&written))).expect("encoded").collect().await;
        assert_eq!(written.load(Ordering::Relaxed), 2);
        assert_eq!(answers.len(), 5);
        assert!(
            answers.iter().all(|(_, answer)| answer.as_ref().is_ok_and(|it| it.as_str() == Some("once")))
        );
    });
}

/// A client whose frames can be looked at.
async fn tapped(server: &Server) -> (packets_client::Client, Tapped) {
    let (here, there) = pair();
    let (here, tapped) = Tap::new(here);
    let serving = server.clone();
    tokio::spawn(async move { serving.serve_transport(there).await });
    let client = client().connect_transport(here).await.expect("a connection");
    socket_of(&client, server).await;
    (client, tapped)
}

#[test]
fn all_clients_are_sent_the_same_bytes_and_not_copies_of_them() {
    paused_time(async {
        let server = plain_server();
        let [(a, of_a), (b, of_b)] = [tapped(&server).await, tapped(&server).await];
        let mut last = [a.packets::<Blob>(), b.packets::<Blob>()];
        server.emit(&Blob { answer: 1, content: vec![9; 100].into() }).expect("sent");
        for last in &mut last {
            last.next().await.expect("arrives");
        }
        let frames = [of_a, of_b].map(|tapped| tapped.received().pop().expect("a frame"));
        assert_eq!(frames[0], frames[1]);
        assert_eq!(frames[0].as_ptr(), frames[1].as_ptr());
    });
}

#[test]
fn nobody_is_nobody() {
    paused_time(async {
        let server = server().build().expect("a server");
        assert_eq!(server.emit(&count(LAST)), Ok(Delivery::default()));
        assert!(server.all().sockets().is_empty());
        assert!(server.to("a").sockets().is_empty());
    });
}
