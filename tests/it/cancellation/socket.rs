//! The futures of a socket: calls, and waiting for room, for the end and for packets.

use std::time::Duration;

use packets_core::CloseReason;
use packets_core::frame::Frame;
use packets_core::net::ConnectionLimits;
use packets_server::SendError;
use packets_testkit::TestServer;
use packets_tests::harness::{
    Count, Slap, calls_made, client, echo_server, greeted, paused_time, polled, server,
};
use tokio::time::timeout;

use super::{counting, tapped};

#[test]
fn send() {
    paused_time(async {
        for turns in 0..6 {
            let server = TestServer::new(echo_server());
            let (_client, socket, tapped) = tapped(&server, counting()).await;
            let (mut answered, mut sent) = (0, Vec::new());
            for times in 0..100 {
                let value = times as u8;
                let answer = polled(times, turns, socket.send(Count { value: value.into() })).await;
                if let Some(answer) = answer {
                    assert_eq!(answer, Ok(value.into()));
                    answered += 1;
                }
                if times > 0 {
                    sent.push(value);
                }
                assert_eq!(socket.calls(), 0, "after {times} polls");
                if answered == 2 {
                    break;
                }
            }
            assert_eq!(answered, if turns == 0 { 0 } else { 2 });
            assert_eq!(socket.send(Count { value: 100 }).await, Ok(100));
            sent.push(100);
            assert_eq!(calls_made(&tapped.received(), &tapped.sent()), sent);
        }
    });
}

#[test]
fn a_call_that_waits_for_its_place() {
    paused_time(async {
        let limits = ConnectionLimits::server().calls(1);
        for times in 0..10 {
            let server = TestServer::new(server().limits(limits).build().expect("a server"));
            // The client never answers zero.
            let builder = client().accept(|packet: Count, _: packets_client::Client| async move {
                if packet.value == 0 {
                    std::future::pending::<()>().await;
                }
                packet.value
            });
            let (_client, socket, tapped) = tapped(&server, builder).await;
            let first = tokio::spawn(socket.send(Count { value: 0 }));
            while socket.calls() == 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(polled(times, 2, socket.send(Count { value: 1 })).await, None);
            let next = tokio::spawn(socket.send(Count { value: 2 }));
            tokio::task::yield_now().await;
            first.abort();
            assert_eq!(next.await.expect("no panic"), Ok(2), "it has the place");
            assert_eq!(socket.calls(), 0);
            assert_eq!(calls_made(&tapped.received(), &tapped.sent()), [0, 2]);
        }
    });
}

#[test]
fn ready() {
    paused_time(async {
        let limits = ConnectionLimits::server().queue_frames(4);
        for times in 0..10 {
            let server = server().limits(limits).build().expect("a server");
            let (mut raw, socket, _) = greeted(&server).await;
            let mut emitted = 0_u8;
            loop {
                match socket.emit(&Count { value: emitted.into() }) {
                    Ok(()) => emitted += 1,
                    Err(error) => {
                        assert_eq!(error, SendError::Full);
                        // What the transport takes makes room.
                        match timeout(Duration::from_millis(1), socket.ready()).await {
                            Ok(ready) => assert_eq!(ready, Ok(())),
                            Err(_) => break,
                        }
                    }
                }
            }
            // Who leaves the line does not keep the others from their turn.
            let (before, after) = (tokio::spawn(socket.ready()), socket.ready());
            assert_eq!(polled(times, 2, socket.ready()).await, None);
            let after = tokio::spawn(after);
            for value in 0..emitted {
                match raw.frame().await {
                    Frame::Packet { body, .. } => assert_eq!(*body, [value]),
                    other => panic!("nobody sent {other:?}"),
                }
            }
            assert_eq!(before.await.expect("no panic"), Ok(()));
            assert_eq!(after.await.expect("no panic"), Ok(()));
            assert_eq!(socket.emit(&Slap), Ok(()));
        }
    });
}

#[test]
fn closed() {
    paused_time(async {
        for times in 0..10 {
            let server = TestServer::new(echo_server());
            let (client, socket, _) = tapped(&server, client().no_reconnect()).await;
            let before = tokio::spawn(socket.closed());
            assert_eq!(polled(times, 2, socket.closed()).await, None);
            let after = tokio::spawn(socket.closed());
            assert_eq!(client.send(Slap).await, Ok(()));
            client.close();
            for closed in [before, after] {
                let reason = closed.await.expect("no panic");
                assert!(matches!(reason, CloseReason::Remote { code: 1000, .. }), "{reason:?}");
            }
            assert!(polled(1, 0, socket.closed()).await.is_some());
        }
    });
}

#[test]
fn packets() {
    paused_time(async {
        let server = TestServer::new(echo_server());
        let (client, socket, _) = tapped(&server, client()).await;
        let mut counts = socket.packets::<Count>();
        for times in 0..20 {
            let value = times as u32;
            assert_eq!(polled(times, 2, counts.next()).await, None);
            client.emit(&Count { value }).expect("room");
            let next = match polled(times, 2, counts.next()).await {
                Some(next) => next,
                None => counts.next().await,
            };
            assert_eq!(next, Some(Count { value }));
        }
        assert_eq!(counts.lost(), 0);
    });
}
