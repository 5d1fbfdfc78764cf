//! Ends that fall silent.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use packets_client::SendError;
use packets_core::CloseReason;
use packets_core::net::{ConnectionLimits, Message, Pair, pair};
use packets_server::Socket;
use packets_tests::harness::{
    Count, Echo, Raw, Slap, Tap, attach, client, connect, echo_server, frames, greeted, only_socket,
    paused_time, registry, server,
};
use tokio::time::{Instant, sleep, timeout};

const LIMITS: ConnectionLimits = ConnectionLimits::server();

#[test]
fn a_client_that_falls_silent_is_closed_after_the_heartbeat_timeout() {
    paused_time(async {
        let server = echo_server();
        let (transport, end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        let begin = Instant::now();
        let socket = only_socket(&server).await;
        let call = tokio::spawn(socket.send(Slap).timeout(Duration::from_secs(100)));
        // Nothing is read any more, so nothing is answered.
        let reason = socket.closed().await;
        assert_eq!(reason, CloseReason::HeartbeatTimeout);
        assert_eq!(begin.elapsed(), LIMITS.heartbeat_timeout);
        assert_eq!(call.await.expect("no panic"), Err(SendError::Disconnected(reason.clone())));
        assert_eq!(end.await.expect("no panic"), reason);
        assert_eq!(begin.elapsed(), LIMITS.heartbeat_timeout + LIMITS.close_timeout);
        assert_eq!(raw.close_code().await, 4409);
    });
}

#[test]
fn a_server_that_falls_silent_is_closed_by_the_client() {
    paused_time(async {
        let (here, there) = pair();
        let client = tokio::spawn(client().connect_transport(here));
        let mut raw = Raw(there);
        raw.send(frames::welcome(1, &registry())).await;
        let client = client.await.expect("no panic").expect("a connection");
        let begin = Instant::now();
        let call = tokio::spawn(client.send(Slap).timeout(Duration::from_secs(1_000)));
        assert_eq!(client.closed().await, CloseReason::HeartbeatTimeout);
        call.await.expect("no panic").expect_err("closed");
        // A client leaves the first word to the server, and so waits a little longer.
        assert!(begin.elapsed() > LIMITS.heartbeat_timeout);
        assert!(begin.elapsed() < LIMITS.heartbeat_timeout * 2);
    });
}

#[test]
fn a_quiet_connection_lives_as_long_as_pings_are_answered() {
    paused_time(async {
        let server = echo_server();
        let (here, there) = pair();
        let (here, tapped) = Tap::new(here);
        tokio::spawn(async move { server.serve_transport(there).await });
        let client = client().connect_transport(here).await.expect("a connection");
        let day = Duration::from_secs(24 * 60 * 60);
        assert!(timeout(day, client.closed()).await.is_err());
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        assert_eq!((tapped.sent().len(), tapped.received().len()), (2, 2), "pings are no frames");
    });
}

#[test]
fn a_pong_that_answers_no_ping_does_not_keep_a_connection_alive() {
    paused_time(async {
        let server = echo_server();
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        let begin = Instant::now();
        let socket = only_socket(&server).await;
        let pongs = tokio::spawn(async move {
            loop {
                let pong = Message::Pong(vec![0, 0, 0, 9].into());
                if raw.0.send(pong).await.is_err() {
                    return;
                }
                sleep(Duration::from_secs(1)).await;
            }
        });
        assert_eq!(socket.closed().await, CloseReason::HeartbeatTimeout);
        assert_eq!(begin.elapsed(), LIMITS.heartbeat_timeout);
        pongs.abort();
    });
}

#[test]
fn pings_of_the_client_do_not_keep_it_alive_but_packets_do() {
    paused_time(async {
        let server = echo_server();
        let (mut raw, socket, _end) = greeted(&server).await;
        for _ in 0..10 {
            sleep(LIMITS.heartbeat_timeout - Duration::from_secs(1)).await;
            raw.send(frames::packet(9_999, &[])).await;
        }
        let begin = Instant::now();
        for _ in 0..4 {
            sleep(Duration::from_secs(10)).await;
            raw.0.send(Message::Ping(vec![1].into())).await.expect("sent");
        }
        assert_eq!(socket.closed().await, CloseReason::HeartbeatTimeout);
        assert_eq!(begin.elapsed(), LIMITS.heartbeat_timeout);
    });
}

#[test]
fn a_ping_that_finds_no_room_is_sent_when_there_is_some() {
    paused_time(async {
        let limits = LIMITS.write_timeout(Duration::from_secs(60));
        let server = server().limits(limits).build().expect("a server");
        let (transport, _end) = attach(&server);
        let mut raw: Raw<Pair> = Raw(transport);
        raw.greet().await;
        let socket = only_socket(&server).await;
        for value in 0..200 {
            socket.emit(&Count { value }).expect("room");
        }
        // The ping is due while the client does not read, but it comes back in time.
        sleep(limits.heartbeat_interval + Duration::from_secs(5)).await;
        let (mut frames, mut pings) = (0, 0);
        while frames < 200 || pings < 1 {
            match timeout(Duration::from_secs(10), raw.0.next()).await {
                Ok(Some(Ok(Message::Binary(_)))) => frames += 1,
                Ok(Some(Ok(Message::Ping(_)))) => pings += 1,
                other => panic!("{other:?} after {frames} frames and {pings} pings"),
            }
        }
        assert!(timeout(limits.heartbeat_interval, socket.closed()).await.is_err(), "it lives");
    });
}

#[test]
fn who_sends_nothing_for_the_idle_timeout_is_closed_although_it_lives() {
    paused_time(async {
        let idle = Duration::from_secs(600);
        let server = server().limits(LIMITS.idle_timeout(idle)).accept(|_: Slap, _: Socket| async {});
        let (client, end) = connect(&server.build().expect("a server"), client()).await;
        for _ in 0..3 {
            sleep(idle - Duration::from_secs(1)).await;
            client.emit(&Slap).expect("room");
        }
        let begin = Instant::now();
        let remote = CloseReason::Remote { code: 4410, reason: "idle for too long".into() };
        assert_eq!(client.closed().await, remote);
        assert_eq!(begin.elapsed(), idle);
        assert_eq!(end.await.expect("no panic"), CloseReason::Idle);
    });
}

#[test]
fn both_ends_of_a_quiet_connection_stay_connected_by_their_defaults() {
    paused_time(async {
        let server = echo_server();
        let (client, end) = connect(&server, client()).await;
        sleep(Duration::from_secs(3_600)).await;
        assert!(!end.is_finished());
        assert_eq!(only_socket(&server).await.id(), client.id());
    });
}
