//! A client that sends the bytes it wants.

use std::net::SocketAddr;

use packets_core::control::VERSION;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;

use super::{frames, registry};

/// Of a WebSocket frame's first byte: it is the last of its message.
pub const FIN: u8 = 0x80;
/// The frame goes on with a message.
pub const CONTINUATION: u8 = 0;
/// The frame begins a binary message.
pub const BINARY: u8 = 2;
/// A ping.
pub const PING: u8 = 9;
/// A pong.
pub const PONG: u8 = 10;

/// A WebSocket frame of a client, masked with zeros.
///
/// # Panics
/// If the payload has more than 65,535 bytes.
#[must_use]
pub fn websocket_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = server_frame(first, payload);
    let head = frame.len() - payload.len();
    frame[1] |= 0x80;
    frame.splice(head..head, [0; 4]);
    frame
}

/// A WebSocket frame of a server.
///
/// # Panics
/// If the payload has more than 65,535 bytes.
#[must_use]
pub fn server_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(length @ ..126) => frame.push(length),
        _ => {
            frame.push(126);
            frame.extend(u16::try_from(payload.len()).expect("a short payload").to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

/// A byte stream on which a client says what it wants, after the handshake and its greeting.
#[derive(Debug)]
pub struct Wire<S = TcpStream>(pub S);

impl Wire {
    /// A client that is welcome.
    ///
    /// # Panics
    /// If the server does not take it.
    pub async fn connect(address: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("a TCP connection");
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("written");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("an answer"));
        }
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
        Self(stream).greeted().await
    }
}

impl Wire<DuplexStream> {
    /// A client in memory that is welcome.
    ///
    /// # Panics
    /// If the server does not take it.
    pub async fn over(stream: DuplexStream) -> Self {
        Self(stream).greeted().await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    async fn greeted(mut self) -> Self {
        let (first, _) = self.read_frame().await.expect("WELCOME");
        assert_eq!(first, FIN | BINARY);
        self.message(&frames::hello(VERSION, &registry(), 1 << 20)).await.expect("written");
        self
    }

    /// Sends a binary message of one frame.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn message(&mut self, payload: &[u8]) -> std::io::Result<()> {
        self.0.write_all(&websocket_frame(FIN | BINARY, payload)).await
    }

    /// The first byte and the payload of the next frame; none at the end.
    ///
    /// # Errors
    /// If the connection is gone.
    pub async fn read_frame(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let first = self.0.read_u8().await?;
        let length = match self.0.read_u8().await? {
            126 => u64::from(self.0.read_u16().await?),
            127 => self.0.read_u64().await?,
            length => length.into(),
        };
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).await?;
        Ok((first, payload))
    }

    /// The code with which the server closes, after whatever else it has to say; none if it hangs up.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.read_frame().await {
                Ok((0x88, payload)) => return Some(u16::from_be_bytes([payload[0], payload[1]])),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Writes the same bytes again and again, until the connection is gone or has taken so many bytes, which
    /// it may never do; how many it took.
    pub async fn flood(&mut self, bytes: &[u8], most: usize) -> usize {
        let chunk = bytes.repeat((64 << 10) / bytes.len());
        let mut sent = 0;
        while sent < most && self.0.write_all(&chunk).await.is_ok() {
            sent += chunk.len();
        }
        sent
    }
}
