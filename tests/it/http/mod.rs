//! The way from an HTTP request to a socket.

mod answers;
mod axum;
mod forwarded;
mod origin;
mod paths;
mod request;
mod service;
mod tls;

use std::net::SocketAddr;

use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use packets_core::control::VERSION;
use packets_core::net::{ConnectionLimits, WebSocket, Wire};
use packets_server::Server;
use packets_tests::harness::{Echo, Raw, frames, id, registry};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

/// A request for a WebSocket at a path, with these headers too: lines that end with CR LF.
fn upgrade(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// What a server answered.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: String,
}

impl Answer {
    /// # Panics
    /// If it is not HTTP.
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.strip_prefix("HTTP/1.").and_then(|head| head.get(2..5));
        let status = status.and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{text:?}"));
        Self { status, head: format!("{}\r\n", head.to_lowercase()), body: body.to_owned() }
    }

    fn has(&self, header: &str) -> bool {
        self.head.contains(&format!("\r\n{header}\r\n"))
    }
}

/// Asks, and takes the answer: all of a refusal, until the server hangs up; the head of what is no refusal.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, request: &str) -> Answer {
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut text = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        text.push(byte);
        if text.starts_with(b"HTTP/1.1 101") && text.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    Answer::parse(&String::from_utf8_lossy(&text))
}

async fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("a TCP connection");
    stream.set_nodelay(true).expect("no delay");
    stream
}

/// Asks a server that listens.
async fn ask(address: SocketAddr, request: &str) -> Answer {
    answer(&mut tcp(address).await, request).await
}

/// Asks a server in memory, as if from an address.
async fn knock(server: &Server, peer: SocketAddr, request: &str) -> Answer {
    let (mut here, there) = duplex(64 << 10);
    let server = server.clone();
    tokio::spawn(async move {
        let service = service_fn(|mut request| {
            request.extensions_mut().insert(peer);
            Service::call(&server, request)
        });
        http1::Builder::new().serve_connection(TokioIo::new(there), service).with_upgrades().await
    });
    answer(&mut here, request).await
}

/// Asks for a WebSocket, greets, and is served.
async fn is_served<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(mut stream: S, request: &str) {
    let answer = answer(&mut stream, request).await;
    assert_eq!(answer.status, 101, "{answer:?}");
    let limits = ConnectionLimits::client();
    let config = Some(WebSocket::<S>::config(&limits));
    let stream = WebSocketStream::from_raw_socket(Wire::new(stream, &limits), Role::Client, config).await;
    let mut raw = Raw(WebSocket::new(stream, Role::Client));
    raw.welcomed().await;
    raw.send(frames::hello(VERSION, &registry(), 1 << 20)).await;
    raw.send(frames::call(id::<Echo>(), 1, &frames::string("hello"))).await;
    assert_eq!(raw.reply(1).await, frames::string("hello"));
}
