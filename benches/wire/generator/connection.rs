//! A connection of the generator.

use std::net::SocketAddr;

use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bounded;
use super::frames::{Frames, Framing};
use crate::protocol::{Operation, Protocol};

/// So many are opened at a time.
const AT_A_TIME: usize = 32;

/// How much is read at once.
const READ: usize = 64 << 10;

pub(crate) struct Connection {
    stream: TcpStream,
    protocol: &'static dyn Protocol,
    frames: Frames,
    /// What was read, up to `filled`; what is before `done` was looked at.
    input: Vec<u8>,
    done: usize,
    filled: usize,
    /// The last request's number.
    last: u32,
}

impl Connection {
    /// A connection on which packets can flow.
    pub(crate) async fn open(address: SocketAddr, protocol: &'static dyn Protocol) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("TCP");
        // It ends by a reset: so many ports there are not that they could wait a minute each.
        stream.set_zero_linger().expect("TCP");
        let mut connection = Self {
            stream,
            protocol,
            frames: Frames::new(protocol.framing()),
            input: Vec::new(),
            done: 0,
            filled: 0,
            last: 0,
        };
        if protocol.framing() == Framing::WebSocket {
            connection.upgrade(address).await;
        }
        for _ in 0..protocol.greetings() {
            connection.read_greeting().await;
        }
        connection
    }

    /// Makes a WebSocket of it. What the server sends right behind its answer stays in the input.
    async fn upgrade(&mut self, address: SocketAddr) {
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.protocol.path(),
        );
        self.stream.write_all(request.as_bytes()).await.expect("the server reads");
        let size = loop {
            self.read().await;
            let end = self.input[..self.filled].windows(4).position(|bytes| bytes == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let head = &self.input[..size];
        assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", head.escape_ascii());
        self.done = size;
    }

    async fn read_greeting(&mut self) {
        let mut is_greeted = false;
        while !is_greeted {
            match self.protocol.framing().next(&self.input[self.done..self.filled]) {
                Some((message, size)) => {
                    is_greeted = message.is_some_and(|it| self.protocol.greet(it, &mut self.frames));
                    self.done += size;
                }
                None => self.read().await,
            }
        }
        self.write().await;
    }

    /// Adds a request to what is to be written, and says how many answers there will be.
    pub(crate) fn request(&mut self, operation: Operation) -> u32 {
        self.last += 1;
        self.protocol.request(operation, &mut self.last, &mut self.frames)
    }

    /// Writes all requests that were added.
    pub(crate) async fn write(&mut self) {
        if !self.frames.bytes().is_empty() {
            self.stream.write_all(self.frames.bytes()).await.expect("the server reads");
            self.frames.clear();
        }
    }

    /// Waits for answers, and says how many have come.
    pub(crate) async fn answers(&mut self) -> u32 {
        let mut answers = 0;
        while answers == 0 {
            self.read().await;
            while let Some((message, size)) =
                self.protocol.framing().next(&self.input[self.done..self.filled])
            {
                self.done += size;
                answers += message.map_or(0, |message| u32::from(self.protocol.is_answer(message)));
            }
        }
        answers
    }

    async fn read(&mut self) {
        self.input.copy_within(self.done..self.filled, 0);
        self.filled -= self.done;
        self.done = 0;
        if self.filled + READ > self.input.len() {
            self.input.resize(self.filled + READ, 0);
        }
        let read = self.stream.read(&mut self.input[self.filled..]).await.expect("the server writes");
        assert!(read > 0, "the server has hung up");
        self.filled += read;
    }

    /// Throws away what has come so far, unseen.
    pub(crate) fn discard(&mut self) {
        let mut input = [0; 4 << 10];
        while self.stream.try_read(&mut input).is_ok_and(|read| read > 0) {}
    }

    /// Asks once, and waits for the answer.
    pub(crate) async fn call(&mut self) {
        self.request(Operation::Call);
        self.write().await;
        self.answers().await;
    }

    /// Is idle from now on: it keeps no more than it has to.
    pub(crate) fn rest(&mut self) {
        self.frames = Frames::new(self.protocol.framing());
        self.input.drain(self.filled..);
        self.input.drain(..self.done);
        self.input.shrink_to_fit();
        (self.done, self.filled) = (0, self.input.len());
    }
}

/// Opens so many connections. Each asks once, so that the server has them all.
pub(crate) async fn open_all(
    address: SocketAddr,
    protocol: &'static dyn Protocol,
    count: usize,
) -> Vec<Connection> {
    let connections = stream::iter(0..count)
        .map(|_| async move {
            let mut connection = Connection::open(address, protocol).await;
            connection.call().await;
            connection.rest();
            connection
        })
        .buffer_unordered(AT_A_TIME);
    bounded("connecting", connections.collect()).await
}
