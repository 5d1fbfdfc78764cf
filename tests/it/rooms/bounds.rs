//! How many rooms a socket may be in, and how long their names may be.

use packets_server::JoinError;
use packets_tests::harness::{paused_time, server};

use super::{guest, plain_server, rooms};

#[test]
fn a_socket_is_in_128_rooms_at_most() {
    paused_time(async {
        let server = plain_server();
        let ada = guest(&server, &[]).await;
        for room in 0..128 {
            ada.socket.join(room.to_string()).expect("room");
        }
        assert_eq!(ada.socket.join("one more"), Err(JoinError::TooManyRooms { limit: 128 }));
        assert_eq!(server.rooms().len(), 128);
        assert_eq!(ada.socket.join("7"), Ok(()), "it is in it already");
        ada.socket.leave("7");
        assert_eq!(ada.socket.join("one more"), Ok(()));
        assert_eq!(server.rooms().len(), 128);
    });
}

#[test]
fn in_how_many_rooms_a_socket_may_be_can_be_set() {
    paused_time(async {
        let server = server().rooms_per_socket(1).build().expect("a server");
        let ada = guest(&server, &["lobby"]).await;
        let error = ada.socket.join("kitchen").expect_err("too many");
        assert_eq!(error, JoinError::TooManyRooms { limit: 1 });
        assert_eq!(error.to_string(), "a socket may be in 1 rooms; it has to leave one first");
        assert_eq!(rooms(&server), [("lobby".to_owned(), 1)]);
    });
}

#[test]
fn a_rooms_name_has_255_bytes_at_most() {
    paused_time(async {
        let server = plain_server();
        let ada = guest(&server, &[]).await;
        let longest = "ä".repeat(127) + "b";
        assert_eq!(ada.socket.join(&longest), Ok(()));
        let error = ada.socket.join("ä".repeat(128)).expect_err("too long");
        assert_eq!(error, JoinError::NameTooLong { size: 256 });
        assert_eq!(server.to("nobody").join("ä".repeat(128)), Err(error));
        assert_eq!(rooms(&server), [(longest, 1)]);
    });
}

#[test]
fn any_text_is_a_name() {
    paused_time(async {
        let server = plain_server();
        let mut ada = guest(&server, &["", "a*b>c. \r\n\0"]).await;
        server.to("").emit(&super::count(1)).expect("sent");
        server.to("a*b>c. \r\n\0").emit(&super::count(2)).expect("sent");
        assert_eq!(ada.seen().await, [1, 2]);
    });
}
