//! Peers and acceptors of which nothing is heard any more.

use std::time::Duration;

use packets_core::net::{self, ConnectionLimits, WebSocket};
use packets_core::{CloseReason, RejectKind};
use packets_server::{Server, Socket};
use packets_tests::harness::{
    Blob, Echo, Scene, Slap, Wire, echo_server, frames, id, lives, only_socket, paused_time, real_time,
    server,
};
use tokio::io::{DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

const LIMITS: ConnectionLimits = ConnectionLimits::server();

/// A client whose link swallows all from now on: nothing is read, written or closed.
async fn half_open(server: &Server) -> (Wire<DuplexStream>, JoinHandle<CloseReason>) {
    let (here, there) = duplex(4 << 10);
    let server = server.clone();
    let end = tokio::spawn(async move {
        let config = Some(WebSocket::<DuplexStream>::config(&LIMITS));
        let stream = WebSocketStream::from_raw_socket(net::Wire::new(there, &LIMITS), Role::Server, config);
        server.serve_transport(WebSocket::new(stream.await, Role::Server)).await
    });
    (Wire::over(here).await, end)
}

#[test]
fn a_half_open_peer_is_found_by_its_silence() {
    paused_time(async {
        let server = echo_server();
        let (link, end) = half_open(&server).await;
        let socket = only_socket(&server).await;
        let begin = Instant::now();
        assert_eq!(socket.closed().await, CloseReason::HeartbeatTimeout);
        assert_eq!(begin.elapsed(), LIMITS.heartbeat_timeout);
        end.await.expect("no panic");
        assert!(begin.elapsed() <= LIMITS.heartbeat_timeout + LIMITS.close_timeout);
        assert!(server.sockets().is_empty());
        drop(link);
    });
}

#[test]
fn a_half_open_peer_is_found_sooner_when_it_is_sent_something() {
    paused_time(async {
        let server = echo_server();
        let (link, end) = half_open(&server).await;
        let socket = only_socket(&server).await;
        let begin = Instant::now();
        socket.emit(&Blob { answer: 0, content: vec![0; 100_000].into() }).expect("room");
        assert_eq!(socket.closed().await, CloseReason::SlowConsumer);
        assert_eq!(begin.elapsed(), LIMITS.write_timeout);
        end.await.expect("no panic");
        assert!(begin.elapsed() <= LIMITS.write_timeout + LIMITS.close_timeout);
        assert!(server.sockets().is_empty());
        drop(link);
    });
}

#[test]
fn acceptors_that_never_end_hold_up_nobody_else() {
    real_time(async {
        let limits = LIMITS.acceptors(32).acceptor_timeout(Duration::from_millis(300));
        let server = server()
            .limits(limits)
            .accept(|echo: Echo, _: Socket| async { echo.0 })
            .accept(|_: Slap, _: Socket| std::future::pending::<()>());
        let scene = Scene::new(&server.build().expect("a server")).await;
        let watch = scene.watch();
        let mut raw = scene.raw().await;
        for call in 1..=32 {
            raw.send(frames::call(id::<Slap>(), call, &[])).await;
        }
        // There is no room for one more of this client, until the time of the others is up.
        raw.send(frames::call(id::<Echo>(), 33, &frames::string("on"))).await;
        assert_eq!(raw.reject(33).await.0, RejectKind::Overloaded);
        let mut late: Vec<_> = (1..=32).collect();
        while !late.is_empty() {
            let frame = raw.frame().await;
            let packets_core::frame::Frame::Reject { call, reject } = frame else { panic!("{frame:?}") };
            assert_eq!(reject.kind, RejectKind::DeadlinePassed);
            late.retain(|number| number.to_string() != call.to_string());
        }
        lives(&mut raw).await;
        watch.was_served().await;
    });
}
