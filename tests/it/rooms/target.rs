//! What can be done with several sockets but sending.

use packets_core::CloseReason;
use packets_tests::harness::{paused_time, server};

use super::{count, guest, ids, plain_server, rooms, sorted};

#[test]
fn all_of_a_room_join_and_leave_another() {
    paused_time(async {
        let server = plain_server();
        let a = guest(&server, &["lobby"]).await;
        let b = guest(&server, &["lobby", "game"]).await;
        let c = guest(&server, &[]).await;
        assert_eq!(server.to("lobby").to(c.id()).join("game"), Ok(3));
        assert_eq!(server.to("lobby").except(a.id()).leave("lobby"), 1);
        assert_eq!(rooms(&server), [("game".to_owned(), 3), ("lobby".to_owned(), 1)]);
        assert_eq!(server.all().leave("lobby"), 1);
        assert_eq!(ids(&server.to("game").sockets()), sorted([a.id(), b.id(), c.id()]));
        assert_eq!(rooms(&server), [("game".to_owned(), 3)]);
    });
}

#[test]
fn who_cannot_join_is_not_counted() {
    paused_time(async {
        let server = server().rooms_per_socket(1).build().expect("a server");
        let _a = guest(&server, &["lobby"]).await;
        let b = guest(&server, &[]).await;
        assert_eq!(server.all().join("game"), Ok(1));
        assert_eq!(ids(&server.to("game").sockets()), [b.id()]);
    });
}

#[test]
fn all_of_a_room_are_closed_after_what_they_were_sent() {
    paused_time(async {
        let server = plain_server();
        let mut a = guest(&server, &["lobby"]).await;
        let mut b = guest(&server, &["lobby"]).await;
        let mut stays = guest(&server, &[]).await;
        server.to("lobby").emit(&count(1)).expect("sent");
        server.to("lobby").close_as(4321, "the lobby closes").expect("a code of ours");
        for guest in [&mut a, &mut b] {
            assert_eq!(guest.counts.next().await, Some(count(1)));
            let reason = CloseReason::Remote { code: 4321, reason: "the lobby closes".into() };
            assert_eq!(guest.client.closed().await, reason);
        }
        assert_eq!(stays.seen().await, [0; 0]);
        server.all().close_as(1008, "no").expect_err("not a code of ours");
        assert_eq!(stays.seen().await, [0; 0]);
        server.all().close();
        assert!(matches!(stays.client.closed().await, CloseReason::Remote { code: 1000, .. }));
    });
}
