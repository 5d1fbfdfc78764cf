//! How servers end.

use std::time::Duration;

use packets_client::{ConnectError, SendError};
use packets_core::CloseReason;
use packets_core::frame::Frame;
use packets_server::{Drain, Server, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{Count, client, paused_time, polled, server};
use tokio::time::{Instant, sleep};

use super::tapped;

/// Answers counts a second later.
fn slow() -> Server {
    let drain = Drain::default().spread(Duration::from_secs(3)).grace(Duration::from_secs(2));
    server()
        .drain(drain)
        .accept(|packet: Count, _: Socket| async move {
            sleep(Duration::from_secs(1)).await;
            packet.value
        })
        .build()
        .expect("a server")
}

#[test]
fn shut_down() {
    paused_time(async {
        for times in 0..10 {
            let server = slow();
            let test = TestServer::new(server.clone());
            let mut members = Vec::new();
            for _ in 0..3 {
                members.push(tapped(&test, client().no_reconnect()).await);
            }
            let calls: Vec<_> =
                members.iter().map(|(client, ..)| tokio::spawn(client.send(Count { value: 7 }))).collect();
            while server.inspect().sockets.iter().any(|socket| socket.accepting == 0) {
                sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(polled(times, 3, server.shut_down()).await, None, "calls are running");
            assert_eq!(server.inspect().is_shutting_down, times > 0);
            if times == 0 {
                server.shut_down().await;
                for call in calls {
                    assert_eq!(call.await.expect("no panic"), Ok(7), "there was time");
                }
            } else {
                // All who were not told are let go at once, and all who were in time.
                let begin = Instant::now();
                server.shut_down().await;
                assert!(begin.elapsed() <= Duration::from_secs(2), "{:?}", begin.elapsed());
                for call in calls {
                    let outcome = call.await.expect("no panic");
                    assert!(matches!(outcome, Ok(7) | Err(SendError::Disconnected(_))), "{outcome:?}");
                }
            }
            for (client, socket, tapped) in &members {
                assert!(matches!(client.closed().await, CloseReason::Remote { code: 1001, .. }));
                assert_eq!(socket.closed().await, CloseReason::ShuttingDown);
                for frame in tapped.sent().iter().chain(&tapped.received()) {
                    Frame::decode(frame.clone()).expect("a whole frame");
                }
            }
            assert_eq!(server.inspect().places, 0);
            let late = test.connect_with(client()).await;
            assert!(matches!(late, Err(ConnectError::Refused { status: 503, .. })), "{late:?}");
        }
    });
}
