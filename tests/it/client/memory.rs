//! Attacks on the memory of a client in a process of its own, of 256 MiB.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use packets_core::Registry;
use packets_core::frame::Frame;
use packets_core::net::{ConnectionLimits, Message, WebSocket, Wire};
use packets_tests::harness::{
    BINARY, Count, Echo, FIN, PING, Raw, Victim, frames, id, real_time, registry, server_frame,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// So long each attack goes on.
const TIME: Duration = Duration::from_secs(1);

/// A server that says what it wants to a client in another process, which always comes back.
struct Host {
    listener: TcpListener,
    victim: Victim,
}

impl Host {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        Self { listener, victim: Victim::start(env!("CARGO_BIN_EXE_visitor"), &[&address]) }
    }

    /// A client that has asked for a WebSocket, and its key.
    async fn asked(&self) -> (TcpStream, String) {
        loop {
            let (mut stream, _) = self.listener.accept().await.expect("a client");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => request.push(byte),
                    Err(_) => break,
                }
            }
            let request = String::from_utf8(request).expect("text");
            let mut lines = request.lines().filter_map(|line| line.split_once(": "));
            if let Some((_, key)) = lines.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key")) {
                return (stream, key.to_owned());
            }
        }
    }

    /// A WebSocket that nothing was said on yet.
    async fn socket(&self) -> TcpStream {
        let (mut stream, key) = self.asked().await;
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Protocol: packets.v1\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        );
        // It may have gone.
        let _ = stream.write_all(answer.as_bytes()).await;
        stream
    }

    /// A client that is welcome.
    async fn guest(&self) -> TcpStream {
        let mut stream = self.socket().await;
        let _ = stream.write_all(&server_frame(FIN | BINARY, &frames::welcome(1, &registry()))).await;
        stream
    }

    /// A client that is welcome, to say and hear frames.
    async fn raw(&self) -> Raw<WebSocket<TcpStream>> {
        raw(self.guest().await).await
    }

    /// The client still does what it is there for.
    async fn goes_on(&self) {
        let mut raw = self.raw().await;
        raw.frame().await;
        raw.send(frames::call(id::<Echo>(), 1, &frames::string("still there?"))).await;
        assert_eq!(raw.reply(1).await, frames::string("still there?"));
    }
}

async fn raw(stream: TcpStream) -> Raw<WebSocket<TcpStream>> {
    let limits = ConnectionLimits::server();
    let stream = Wire::new(stream, &limits);
    Raw(WebSocket::new(WebSocketStream::from_raw_socket(stream, Role::Server, None).await, Role::Server))
}

/// Attacks again and again. The client has taken so many bytes more for it at most.
async fn takes(most: u64, attack: impl AsyncFn(&Host)) {
    let host = Host::new().await;
    host.goes_on().await;
    let before = host.victim.memory();
    let begin = Instant::now();
    while begin.elapsed() < TIME {
        attack(&host).await;
    }
    host.goes_on().await;
    let took = host.victim.peak().saturating_sub(before);
    println!("{took} bytes of {most}");
    assert!(took <= most, "{took} bytes");
}

/// Writes the same bytes until the client hangs up, or has taken so many.
async fn flood(stream: &mut TcpStream, bytes: &[u8], most: usize) {
    let chunk = bytes.repeat((64 << 10) / bytes.len() + 1);
    let mut sent = 0;
    let writing = async {
        while sent < most && stream.write_all(&chunk).await.is_ok() {
            sent += chunk.len();
        }
    };
    // It may stop to read.
    let _ = timeout(TIME, writing).await;
}

#[test]
fn answers_to_its_request_without_end() {
    real_time(takes(2 << 20, async |host| {
        let (mut stream, _) = host.asked().await;
        let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nX: ").await;
        flood(&mut stream, b"x", 16 << 20).await;
        let (mut stream, _) = host.asked().await;
        let _ = stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
        flood(&mut stream, b"so sorry ", 16 << 20).await;
    }));
}

#[test]
fn pings_without_end() {
    real_time(takes(4 << 20, async |host| {
        flood(&mut host.guest().await, &server_frame(FIN | PING, &[7; 125]), 16 << 20).await;
    }));
}

#[test]
fn a_message_that_claims_to_be_large() {
    real_time(takes(1 << 20, async |host| {
        let mut stream = host.guest().await;
        let mut head = vec![FIN | BINARY, 127];
        head.extend((4_u64 << 20).to_be_bytes());
        head.extend([0; 1_000]);
        let _ = stream.write_all(&head).await;
        // It reads what there is.
        sleep(TIME / 20).await;
    }));
}

#[test]
fn messages_beyond_the_limit() {
    real_time(takes(2 << 20, async |host| {
        let mut stream = host.guest().await;
        let mut head = vec![FIN | BINARY, 127];
        head.extend((1_u64 << 30).to_be_bytes());
        let _ = stream.write_all(&head).await;
        flood(&mut stream, &[0; 1_000], 16 << 20).await;
    }));
}

#[test]
fn a_message_of_fragments_without_end() {
    // At most a message of 4 MiB, in a buffer that doubles.
    real_time(takes(16 << 20, async |host| {
        let mut stream = host.guest().await;
        let _ = stream.write_all(&server_frame(BINARY, &[0])).await;
        flood(&mut stream, &server_frame(0, &[0; 60_000]), 16 << 20).await;
    }));
}

#[test]
fn packets_that_nobody_reads() {
    real_time(takes(4 << 20, async |host| {
        let packet = server_frame(FIN | BINARY, &frames::packet(id::<Count>(), &[7]));
        flood(&mut host.guest().await, &packet, 4 << 20).await;
    }));
}

#[test]
fn packets_of_unknown_ids() {
    real_time(takes(4 << 20, async |host| {
        let packet = server_frame(FIN | BINARY, &frames::packet(9_999, &[7; 8]));
        flood(&mut host.guest().await, &packet, 4 << 20).await;
    }));
}

#[test]
fn calls_whose_answers_are_never_read() {
    real_time(takes(8 << 20, async |host| {
        let mut stream = host.guest().await;
        let text = frames::string(&"x".repeat(10_000));
        let asking = async {
            for call in 1..20_000 {
                let call = server_frame(FIN | BINARY, &frames::call(id::<Echo>(), call, &text));
                if stream.write_all(&call).await.is_err() {
                    break;
                }
            }
        };
        // It stops to read once its answers find no room.
        let _ = timeout(TIME / 2, asking).await;
    }));
}

#[test]
fn packets_before_the_manifest() {
    real_time(takes(8 << 20, async |host| {
        let mut stream = host.socket().await;
        let welcome = frames::welcome(1, &Registry::defaults_only());
        let _ = stream.write_all(&server_frame(FIN | BINARY, &welcome)).await;
        flood(&mut stream, &server_frame(FIN | BINARY, &frames::packet(1, &[7; 10_000])), 16 << 20).await;
    }));
}

/// A server of other packets, which tells of them by this manifest, and then asks something.
async fn manifest(host: &Host, manifest: &[u8]) {
    let mut raw = raw(host.socket().await).await;
    for frame in [frames::welcome(1, &Registry::defaults_only()), manifest.to_vec(), frames::call(1, 1, &[])]
    {
        // It may have hung up.
        let _ = raw.0.send(Message::Binary(frame.into())).await;
    }
    let judged = async {
        while let Some(Ok(message)) = raw.0.next().await {
            if let Message::Binary(frame) = message
                && matches!(Frame::decode(frame), Ok(Frame::Reject { .. }))
            {
                return;
            }
        }
    };
    let _ = timeout(5 * TIME, judged).await;
}

#[test]
fn manifests_that_claim_to_be_large() {
    let claims = frames::manifest(65_535, []);
    real_time(takes(2 << 20, async move |host| manifest(host, &claims).await));
}

#[test]
fn manifests_of_many_packets() {
    let many = frames::manifest(
        65_535,
        (1..65_536).map(|number| frames::entry(&format!("P{number}"), number, "{a:uint8}")),
    );
    real_time(takes(24 << 20, async move |host| manifest(host, &many).await));
}

#[test]
fn manifests_of_large_schemas() {
    for (open, item, close) in [("enum{", "a", "}"), ("{", "a:bool", "}"), ("(", "bool", ")")] {
        let mut items = Vec::new();
        let mut size = 0;
        while size < 3_900_000 {
            let item = if open == "(" {
                item.to_owned()
            } else {
                item.replacen('a', &format!("a{}", items.len()), 1)
            };
            size += item.len() + 1;
            items.push(item);
        }
        let schema = format!("{open}{}{close}", items.join(","));
        let large = frames::manifest(1, [frames::entry("Count", 1, &schema)]);
        real_time(takes(24 << 20, async move |host| manifest(host, &large).await));
    }
}
