//! Connections that never become a WebSocket.

use std::net::SocketAddr;
use std::time::Duration;

use packets_core::net::ConnectionLimits;
use packets_server::Socket;
use packets_tests::harness::{Echo, Raw, echo_server, real_time, server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Scene, lives};

/// All that the server answers to these bytes, until it hangs up.
async fn answer(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a TCP connection");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    // A reset is a way of hanging up.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn upgrade(subprotocol: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{subprotocol}\r\n"
    )
}

#[test]
fn garbage_instead_of_http_is_hung_up_on() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        for garbage in ["\u{1}\u{2}\u{3}\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n", "GET\r\n\r\n"] {
            assert!(!answer(scene.address, garbage).await.starts_with("HTTP/1.1 101"));
        }
        scene.goes_on().await;
    });
}

#[test]
fn a_request_that_is_no_upgrade_is_hung_up_on() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let page = answer(scene.address, "GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
        assert!(!page.starts_with("HTTP/1.1 101"), "{page}");
        scene.goes_on().await;
    });
}

#[test]
fn an_unknown_subprotocol_is_refused_with_400() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let request = upgrade("Sec-WebSocket-Protocol: chat, packets.v0\r\n");
        let answer = answer(scene.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.contains("packets.v1"), "{answer}");
        scene.goes_on().await;
    });
}

#[test]
fn our_subprotocol_is_found_among_others_and_none_is_fine_too() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut stream = TcpStream::connect(scene.address).await.expect("a TCP connection");
        let request = upgrade("Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: x, packets.v1\r\n");
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut answer = [0; 512];
        let length = stream.read(&mut answer).await.expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
        assert!(answer.starts_with("http/1.1 101 "), "{answer}");
        assert!(answer.contains("sec-websocket-protocol: packets.v1\r\n"), "{answer}");
        lives(&mut Raw::connect(scene.address).await).await;
    });
}

#[test]
fn a_connection_that_says_nothing_is_dropped_in_time() {
    real_time(async {
        let limits = ConnectionLimits::server().handshake_timeout(Duration::from_millis(50));
        let server = server().accept(|echo: Echo, _: Socket| async { echo.0 }).limits(limits);
        let scene = Scene::new(&server.build().expect("a server")).await;
        assert_eq!(answer(scene.address, "").await, "");
        assert_eq!(answer(scene.address, "GET / HTTP/1.1\r\nHost:").await, "");
        scene.goes_on().await;
    });
}
