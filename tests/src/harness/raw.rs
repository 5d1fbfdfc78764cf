//! An end that says what it wants, when it wants.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use packets_core::RejectKind;
use packets_core::control::{Control, VERSION};
use packets_core::frame::Frame;
use packets_core::net::{ConnectionLimits, Message, Pair, Transport, WebSocket, Wire};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{frames, registry};

/// One end of a transport, to send and receive frames by hand.
#[derive(Debug)]
pub struct Raw<T = Pair>(pub T);

impl Raw<WebSocket<TcpStream>> {
    /// A WebSocket that has not greeted.
    ///
    /// # Panics
    /// If the server does not take it.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a TCP connection");
        let stream = Wire::new(stream, &ConnectionLimits::client());
        let (socket, _) = client_async(format!("ws://{address}/"), stream).await.expect("a WebSocket");
        Self(WebSocket::new(socket, Role::Client))
    }

    /// A WebSocket of a client that is welcome.
    ///
    /// # Panics
    /// If the server does not take it.
    pub async fn connect(address: SocketAddr) -> Self {
        let mut raw = Self::open(address).await;
        raw.greet().await;
        raw
    }
}

impl<T: Transport> Raw<T> {
    /// Greets as a client of the tests' protocol.
    pub async fn greet(&mut self) {
        self.welcomed().await;
        self.send(frames::hello(VERSION, &registry(), 1 << 20)).await;
    }

    /// Awaits the server's greeting.
    ///
    /// # Panics
    /// If something else comes.
    pub async fn welcomed(&mut self) {
        let frame = self.frame().await;
        assert!(matches!(frame, Frame::Control(Control::Welcome(_))), "{frame:?}");
    }

    /// Sends one message.
    ///
    /// # Panics
    /// If the transport is gone.
    pub async fn send(&mut self, frame: Vec<u8>) {
        self.0.send(Message::Binary(frame.into())).await.expect("sent");
    }

    /// The next message that is no ping or pong; none at the end of the transport.
    ///
    /// # Panics
    /// If the transport fails.
    pub async fn message(&mut self) -> Option<Message> {
        loop {
            match self.0.next().await?.expect("received") {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return Some(message),
            }
        }
    }

    /// The next frame.
    ///
    /// # Panics
    /// If something else comes.
    pub async fn frame(&mut self) -> Frame {
        match self.message().await {
            Some(Message::Binary(bytes)) => Frame::decode(bytes).expect("a frame"),
            other => panic!("no frame, but {other:?}"),
        }
    }

    /// The body of the next frame, which is the reply to the call.
    ///
    /// # Panics
    /// If something else comes.
    pub async fn reply(&mut self, to: u32) -> Bytes {
        match self.frame().await {
            Frame::Reply { call, body } if call.to_string() == to.to_string() => body,
            other => panic!("no reply to {to}, but {other:?}"),
        }
    }

    /// Kind and reason of the next frame, which is the reject of the call.
    ///
    /// # Panics
    /// If something else comes.
    pub async fn reject(&mut self, of: u32) -> (RejectKind, String) {
        match self.frame().await {
            Frame::Reject { call, reject } if call.to_string() == of.to_string() => {
                (reject.kind, reject.reason)
            }
            other => panic!("no reject of {of}, but {other:?}"),
        }
    }

    /// The code with which the other end closes, after whatever else it has to say.
    ///
    /// # Panics
    /// If it does not.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match self.message().await {
                Some(Message::Close(close)) => return close.expect("a code").0,
                Some(_) => {}
                None => panic!("hung up without a close"),
            }
        }
    }
}
