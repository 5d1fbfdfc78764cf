//! WebSocket frames that are no messages.

use std::time::Duration;

use packets_core::CloseReason;
use packets_core::net::{self, ConnectionLimits, WebSocket};
use packets_server::Server;
use packets_tests::harness::{
    BINARY, CONTINUATION, Echo, FIN, PING, PONG, Scene, Wire, echo_server, frames, id, only_socket,
    paused_time, real_time, websocket_frame,
};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

const LIMITS: ConnectionLimits = ConnectionLimits::server();

/// More than the server and the kernel may take before the client is cut off.
const MOST: usize = 64 << 20;

/// Floods the server with this, and is closed with 1008 before it has sent much.
async fn is_cut(opening: &[u8], flood: &[u8]) {
    let scene = Scene::new(&echo_server()).await;
    let mut wire = scene.wire().await;
    let watch = scene.watch();
    wire.0.write_all(opening).await.expect("written");
    let begin = Instant::now();
    let sent = wire.flood(flood, MOST).await;
    assert!(sent < MOST, "the server takes it for ever");
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    watch.was_served().await;
    // The close may be lost in the reset that follows it, as nothing was read.
    assert!(matches!(wire.close_code().await, Some(1008) | None));
}

#[test]
fn a_flood_of_pings_is_cut_off_although_nothing_is_read() {
    real_time(is_cut(&[], &websocket_frame(FIN | PING, &[7; 125])));
}

#[test]
fn a_flood_of_pongs_is_cut_off() {
    real_time(is_cut(&[], &websocket_frame(FIN | PONG, &[0, 0, 0, 1])));
}

#[test]
fn a_flood_of_continuations_of_no_bytes_is_cut_off() {
    real_time(async {
        is_cut(&websocket_frame(BINARY, &[]), &websocket_frame(CONTINUATION, &[])).await;
    });
}

#[test]
fn a_flood_of_fragments_of_one_byte_is_cut_off() {
    real_time(async {
        is_cut(&websocket_frame(BINARY, &[]), &websocket_frame(CONTINUATION, &[1])).await;
    });
}

#[test]
fn a_frame_that_claims_to_be_huge_is_refused_before_it_comes() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        for length in [u64::from(LIMITS.max_message) + 1, 16 << 20, u64::MAX >> 1, u64::MAX] {
            let mut wire = scene.wire().await;
            let mut head = vec![FIN | BINARY, 0xff];
            head.extend(length.to_be_bytes());
            head.extend([0; 4]);
            wire.0.write_all(&head).await.expect("written");
            assert_eq!(wire.close_code().await, Some(1009), "{length}");
        }
        scene.goes_on().await;
    });
}

// ---- exactly, by a clock that stands still ----

/// A client in memory that is served through a WebSocket.
async fn wire(server: &Server, limits: ConnectionLimits) -> (Wire<DuplexStream>, JoinHandle<CloseReason>) {
    let (here, there) = duplex(4 << 10);
    let server = server.clone();
    let end = tokio::spawn(async move {
        let config = Some(WebSocket::<DuplexStream>::config(&limits));
        let stream = WebSocketStream::from_raw_socket(net::Wire::new(there, &limits), Role::Server, config);
        server.serve_transport(WebSocket::new(stream.await, Role::Server)).await
    });
    (Wire::over(here).await, end)
}

/// The connection answers a call.
async fn lives(wire: &mut Wire<DuplexStream>) {
    wire.message(&frames::call(id::<Echo>(), 1, &frames::string("on"))).await.expect("written");
    loop {
        let (first, payload) = wire.read_frame().await.expect("an answer");
        if first == FIN | BINARY {
            assert_eq!(payload, frames::reply(1, &frames::string("on")));
            return;
        }
    }
}

#[test]
fn ten_control_frames_a_second_are_fine_and_twenty_at_once_but_no_more() {
    paused_time(async {
        let server = echo_server();
        for opcode in [PING, PONG] {
            let (mut wire, end) = wire(&server, LIMITS).await;
            let frame = websocket_frame(FIN | opcode, b"control");
            for _ in 0..100 {
                for _ in 0..10 {
                    wire.0.write_all(&frame).await.expect("written");
                }
                lives(&mut wire).await;
                sleep(Duration::from_secs(1)).await;
            }
            sleep(Duration::from_secs(1)).await;
            for _ in 0..20 {
                wire.0.write_all(&frame).await.expect("written");
            }
            lives(&mut wire).await;
            wire.0.write_all(&frame).await.expect("written");
            assert_eq!(wire.close_code().await, Some(1008));
            drop(wire);
            assert_eq!(end.await.expect("no panic"), CloseReason::Flood("too many control frames"));
        }
    });
}

#[test]
fn a_large_message_may_come_in_small_fragments_with_pings_between_them() {
    paused_time(async {
        let server = echo_server();
        let (mut wire, _end) = wire(&server, LIMITS).await;
        let text = "x".repeat(60_000);
        for _ in 0..10 {
            let call = frames::call(id::<Echo>(), 1, &frames::string(&text));
            wire.0.write_all(&websocket_frame(BINARY, &[])).await.expect("written");
            for (number, fragment) in call.chunks(16).enumerate() {
                if number % 512 == 0 {
                    wire.0.write_all(&websocket_frame(FIN | PING, b"?")).await.expect("written");
                }
                wire.0.write_all(&websocket_frame(CONTINUATION, fragment)).await.expect("written");
            }
            wire.0.write_all(&websocket_frame(FIN | CONTINUATION, &[])).await.expect("written");
            loop {
                let (first, payload) = wire.read_frame().await.expect("an answer");
                if first == FIN | BINARY {
                    assert_eq!(payload, frames::reply(1, &frames::string(&text)));
                    break;
                }
            }
            sleep(Duration::from_secs(1)).await;
        }
    });
}

#[test]
fn fragments_that_make_no_message_are_cut_off_at_twice_its_limit_and_64_kib() {
    paused_time(async {
        let server = echo_server();
        let (mut wire, end) = wire(&server, LIMITS).await;
        let most = 2 * LIMITS.max_message as usize + (64 << 10);
        wire.0.write_all(&websocket_frame(BINARY, &[])).await.expect("written");
        let mut sent = 6;
        while sent < 2 * most && wire.0.write_all(&websocket_frame(CONTINUATION, &[])).await.is_ok() {
            sent += 6;
        }
        // What is on its way comes on top.
        assert!((most..most + (8 << 10)).contains(&sent), "{sent}");
        let reason = CloseReason::Flood("too many fragments without a message");
        assert_eq!(end.await.expect("no panic"), reason);
    });
}

#[test]
fn a_message_that_does_not_end_is_cut_off_although_pongs_are_sent_between_its_fragments() {
    paused_time(async {
        let server = echo_server();
        let (mut wire, end) = wire(&server, LIMITS).await;
        let begin = Instant::now();
        wire.0.write_all(&websocket_frame(BINARY, &[1])).await.expect("written");
        loop {
            sleep(Duration::from_secs(1)).await;
            let fragment = websocket_frame(CONTINUATION, &[1]);
            let pong = websocket_frame(FIN | PONG, &[0, 0, 0, 1]);
            if wire.0.write_all(&[fragment, pong].concat()).await.is_err() {
                break;
            }
        }
        assert_eq!(end.await.expect("no panic"), CloseReason::Flood("a message takes too long"));
        let late = begin.elapsed() - LIMITS.message_timeout;
        assert!(late < Duration::from_secs(3) + LIMITS.close_timeout, "{late:?}");
    });
}

#[test]
fn a_client_that_dribbles_a_frame_and_answers_no_ping_is_silent() {
    paused_time(async {
        let server = echo_server();
        let (mut wire, end) = wire(&server, LIMITS.message_timeout(Duration::MAX)).await;
        let socket = only_socket(&server).await;
        let begin = Instant::now();
        wire.0.write_all(&websocket_frame(FIN | BINARY, &[0; 1_000])[..100]).await.expect("written");
        let dribble = async {
            while wire.0.write_all(&[0]).await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        };
        let (reason, ()) = tokio::join!(socket.closed(), dribble);
        assert_eq!(reason, CloseReason::HeartbeatTimeout);
        assert!(begin.elapsed() <= LIMITS.heartbeat_timeout + LIMITS.close_timeout + Duration::from_secs(1));
        end.await.expect("no panic");
    });
}
