//! Who waits, and for how long.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use packets_client::{ConnectError, SendError};
use packets_core::net::{ConnectionLimits, Message, pair};
use packets_server::{Socket, ValidationError};
use packets_tests::harness::{Slap, client, connect, paused_time, real_time, server};
use tokio::net::TcpListener;

#[test]
fn a_server_that_does_not_answer_in_time_is_given_up_on() {
    real_time(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/", listener.local_addr().expect("its address"));
        let limits = ConnectionLimits::client().handshake_timeout(Duration::from_millis(100));
        let error = client().limits(limits).connect(&url).await.expect_err("no answer");
        assert!(matches!(error, ConnectError::Timeout), "{error}");
    });
}

#[test]
fn a_pair_holds_64_messages_each_way_and_then_its_sender_waits() {
    paused_time(async {
        let (mut here, mut there) = pair();
        let message = || Message::Binary(Bytes::from_static(b"x"));
        for _ in 0..64 {
            assert_eq!(here.send(message()).now_or_never(), Some(Ok(())));
            assert_eq!(there.send(message()).now_or_never(), Some(Ok(())));
        }
        assert_eq!(here.send(message()).now_or_never(), None);
        assert_eq!(there.next().now_or_never(), Some(Some(Ok(message()))));
        assert_eq!(here.send(message()).now_or_never(), Some(Ok(())));
    });
}

#[test]
fn a_code_beyond_the_largest_is_sent_as_the_largest() {
    paused_time(async {
        let server = server().accept(|_: Slap, _: Socket| async {
            Err::<(), _>(ValidationError::new(u32::MAX, "too much of a code"))
        });
        let (client, _end) = connect(&server.build().expect("a server"), client()).await;
        let error = ValidationError::new(u32::MAX >> 1, "too much of a code");
        assert_eq!(client.send(Slap).await, Err(SendError::Validation(error)));
    });
}
