//! Sizes of messages and queues.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use packets_client::SendError;
use packets_core::net::{ConnectionLimits, Wire, pair};
use packets_core::{CloseReason, Refresh};
use packets_server::Socket;
use packets_tests::harness::{
    Blob, Echo, Raw, Slap, attach, client, connect, echo_server, frames, greeted, id, only_socket,
    paused_time, registry, server,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::Instant;

#[test]
fn a_message_beyond_the_limit_closes_whatever_the_transport_is() {
    paused_time(async {
        let limits = ConnectionLimits::server().max_message(100);
        let (transport, end) = attach(&server().limits(limits).build().expect("a server"));
        let mut raw = Raw(transport);
        raw.greet().await;
        raw.send(frames::packet(id::<Slap>(), &[0; 99])).await;
        raw.send(frames::packet(id::<Slap>(), &[0; 100])).await;
        assert_eq!(raw.close_code().await, 1009);
        drop(raw);
        assert_eq!(end.await.expect("no panic"), CloseReason::TooLarge);
    });
}

#[test]
fn a_client_closes_on_a_message_beyond_its_limit() {
    paused_time(async {
        let limits = ConnectionLimits::client().max_message(100);
        let (here, there) = pair();
        let client = tokio::spawn(client().limits(limits).connect_transport(here));
        let mut raw = Raw(there);
        raw.send(frames::welcome(1, &registry())).await;
        let client = client.await.expect("no panic").expect("a connection");
        raw.send(frames::packet(id::<Slap>(), &[0; 100])).await;
        assert_eq!(client.closed().await, CloseReason::TooLarge);
        assert_eq!(raw.close_code().await, 1009);
    });
}

#[test]
fn an_end_sends_no_more_than_its_own_limit_though_the_other_takes_more() {
    paused_time(async {
        let server = server()
            .limits(ConnectionLimits::server().max_send(500))
            .accept(|packet: Blob, _: Socket| async move { Bytes::from(vec![0; packet.answer as usize]) });
        let server = server.build().expect("a server");
        let limits = ConnectionLimits::client().max_send(200);
        let (client, _end) = connect(&server, client().limits(limits)).await;
        let blob = |content: usize, answer| Blob { answer, content: vec![0; content].into() };
        let too_large = client.send(blob(200, 0)).await;
        assert!(matches!(too_large, Err(SendError::TooLarge { limit: 200, .. })), "{too_large:?}");
        assert_eq!(client.send(blob(100, 400)).await.map(|answer| answer.len()), Ok(400));
        assert!(matches!(client.send(blob(100, 500)).await, Err(SendError::Rejected(_))));
        let socket = only_socket(&server).await;
        let too_large = socket.emit(&blob(500, 0));
        assert!(matches!(too_large, Err(SendError::TooLarge { limit: 500, .. })), "{too_large:?}");
    });
}

#[test]
fn the_queue_is_full_by_its_bytes_too() {
    paused_time(async {
        let limits = ConnectionLimits::client().queue_bytes(1_100);
        let server = echo_server();
        let (client, _end) = connect(&server, client().limits(limits)).await;
        let echo = Echo("x".repeat(400));
        assert_eq!([(); 3].map(|()| client.emit(&echo)), [Ok(()), Ok(()), Ok(())]);
        assert_eq!(client.emit(&Refresh), Err(SendError::Full));
        assert_eq!(client.ready().await, Ok(()));
        assert_eq!(client.emit(&Refresh), Ok(()));
    });
}

#[test]
fn a_close_that_is_not_answered_ends_after_the_close_timeout() {
    paused_time(async {
        let limits = ConnectionLimits::server().close_timeout(Duration::from_secs(2));
        let server = server().limits(limits).build().expect("a server");
        let (_raw, socket, end) = greeted(&server).await;
        let begin = Instant::now();
        socket.close();
        assert_eq!(socket.closed().await, CloseReason::Local);
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(end.await.expect("no panic"), CloseReason::Local);
        assert_eq!(begin.elapsed(), Duration::from_secs(2));
    });
}

#[test]
fn a_close_behind_packets_that_nobody_reads_ends_after_the_close_timeout() {
    paused_time(async {
        let server = server().build().expect("a server");
        let (raw, socket, end) = greeted(&server).await;
        for _ in 0..200 {
            socket.emit(&Slap).expect("room");
        }
        let begin = Instant::now();
        socket.close();
        assert_eq!(socket.closed().await, CloseReason::Local);
        assert_eq!(end.await.expect("no panic"), CloseReason::Local);
        assert_eq!(begin.elapsed(), ConnectionLimits::server().close_timeout);
        drop(raw);
    });
}

#[test]
fn no_more_is_read_ahead_than_16_kib() {
    paused_time(async {
        // What has room for no more than is read ahead: the writer's next byte goes in only when that is taken.
        let (mut there, here) = duplex(16 << 10);
        let mut meter = Wire::new(here, &ConnectionLimits::server());
        there.write_all(&[7; 16 << 10]).await.expect("room");
        assert_eq!(meter.read_u8().await.expect("a byte"), 7);

        there.write_all(&[8; 16 << 10]).await.expect("room where all was read");
        let mut rest = vec![0; (16 << 10) - 1];
        meter.read_exact(&mut rest).await.expect("what was read ahead");
        assert!(rest.iter().all(|byte| *byte == 7));
        assert!(there.write(&[9]).now_or_never().is_none(), "nothing more was read yet");
        assert_eq!(meter.read_u8().await.expect("a byte"), 8);
        assert!(there.write(&[9]).now_or_never().is_some());
    });
}
