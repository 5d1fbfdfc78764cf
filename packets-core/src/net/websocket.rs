//! WebSockets by tokio-tungstenite as a transport.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message as WsMessage};

use super::limits::ConnectionLimits;
use super::transport::{Message, Transport, TransportError};
use super::wire::Wire;

/// A WebSocket over any byte stream.
///
/// Who sends more pings and pongs than the [limits](ConnectionLimits) allow, or bytes that become no message,
/// is cut off with [`TransportError::Flood`].
// The flags lie beside what a write touches before them.
#[derive(Debug)]
#[repr(C)]
pub struct WebSocket<S> {
    role: Role,
    /// Whether tungstenite may have something to write.
    owes: bool,
    /// Whether one of the ends has said goodbye.
    is_closing: bool,
    tungstenite: WebSocketStream<Wire<S>>,
}

/// Of tungstenite's own, which every connection has. What it is given is read by the wire.
const READ_BUFFER: usize = 1 << 8;

/// How much tungstenite gathers before it writes without a flush.
const WRITE_BUFFER: usize = 16 << 10;

/// Room for a server's manifest, which is sent however little else may be.
const MANIFEST: usize = 1 << 20;

/// Room for the frames' heads and for control frames.
const WRITE_SLACK: usize = 1 << 10;

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// A WebSocket whose handshake is done.
    pub fn new(mut tungstenite: WebSocketStream<Wire<S>>, role: Role) -> Self {
        tungstenite.get_mut().begin(role == Role::Server);
        Self { tungstenite, role, owes: false, is_closing: false }
    }
}

impl<S> WebSocket<S> {
    /// The settings that hold a WebSocket to the limits. tungstenite's own leave the write buffer unbounded
    /// and allocate 128 KiB a connection for reading.
    #[must_use]
    pub fn config(limits: &ConnectionLimits) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_write_buffer_size(WRITE_BUFFER + (limits.max_send as usize).max(MANIFEST) + WRITE_SLACK)
            .max_message_size(Some(limits.max_message as usize))
            .max_frame_size(Some(limits.max_message as usize))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WebSocket<S> {
    type Item = Result<Message, TransportError>;

    #[inline(always)]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let wire = this.tungstenite.get_mut();
            if wire.is_between() {
                match ready!(wire.poll_message(cx)) {
                    Ok(Some(message)) => return Poll::Ready(Some(Ok(Message::Binary(message)))),
                    Ok(None) => {}
                    Err(error) => return Poll::Ready(Some(Err(this.failure(error.into())))),
                }
            }
            let message = this.poll_tungstenite(cx);
            if message.is_ready() || !this.tungstenite.get_ref().is_between() {
                return message;
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// The next message, of those that tungstenite sees to.
    #[cold]
    fn poll_tungstenite(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, TransportError>>> {
        if self.tungstenite.get_ref().meter.excess().is_some() {
            return Poll::Ready(None);
        }
        self.owes = true;
        let message = ready!(Pin::new(&mut self.tungstenite).poll_next(cx));
        let wire = self.tungstenite.get_mut();
        match &message {
            Some(Ok(WsMessage::Binary(_) | WsMessage::Text(_))) => wire.message(),
            Some(Ok(WsMessage::Ping(content) | WsMessage::Pong(content))) => {
                wire.meter.control(content.len());
            }
            _ => {}
        }
        if let Some(excess) = wire.meter.excess() {
            return Poll::Ready(Some(Err(TransportError::Flood(excess))));
        }
        let message = match message {
            None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => return Poll::Ready(None),
            Some(message) => message,
        };
        Poll::Ready(Some(message.map_err(error).map(|message| match message {
            WsMessage::Binary(bytes) => Message::Binary(bytes),
            WsMessage::Text(text) => Message::Text(text.as_str().to_owned()),
            WsMessage::Ping(content) => Message::Ping(content),
            WsMessage::Pong(content) => Message::Pong(content),
            WsMessage::Close(frame) => {
                self.is_closing = true;
                Message::Close(frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())))
            }
            // tungstenite gives out none when it reads.
            WsMessage::Frame(_) => Message::Close(None),
        })))
    }

    /// Whether binary messages are written here. A client's are masked, by tungstenite.
    const fn writes_itself(&self) -> bool {
        matches!(self.role, Role::Server) && !self.is_closing
    }

    #[cold]
    fn failure(&self, failure: Error) -> TransportError {
        self.tungstenite.get_ref().meter.excess().map_or_else(|| error(failure), TransportError::Flood)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<Message> for WebSocket<S> {
    type Error = TransportError;

    #[inline]
    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if self.owes {
            ready!(Pin::new(&mut self.tungstenite).poll_ready(cx)).map_err(error)?;
        }
        self.tungstenite.get_mut().poll_room(cx).map_err(|io| error(io.into()))
    }

    #[inline]
    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        let message = match message {
            Message::Binary(bytes) if self.writes_itself() => {
                self.tungstenite.get_mut().put(&bytes);
                return Ok(());
            }
            Message::Binary(bytes) => WsMessage::Binary(bytes),
            Message::Text(text) => WsMessage::text(text),
            Message::Ping(content) => WsMessage::Ping(content),
            Message::Pong(content) => WsMessage::Pong(content),
            Message::Close(close) => {
                self.is_closing = true;
                WsMessage::Close(close.map(|(code, reason)| CloseFrame {
                    code: CloseCode::from(code),
                    reason: reason[..reason.floor_char_boundary(MAX_CLOSE_REASON)].into(),
                }))
            }
        };
        self.owes = true;
        Pin::new(&mut self.tungstenite).start_send(message).map_err(error)
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        if self.owes {
            ready!(Pin::new(&mut self.tungstenite).poll_flush(cx)).map_err(error)?;
            self.owes = false;
        }
        Pin::new(self.tungstenite.get_mut()).poll_flush(cx).map_err(|io| error(io.into()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.is_closing = true;
        ready!(Pin::new(&mut self.tungstenite).poll_close(cx)).map_err(error)?;
        // With a close that was asked for tungstenite does not flush.
        Pin::new(self.tungstenite.get_mut()).poll_flush(cx).map_err(|io| error(io.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Transport for WebSocket<S> {
    #[inline]
    fn start_send_slice(&mut self, message: &[u8]) -> Result<(), TransportError> {
        if self.writes_itself() {
            self.tungstenite.get_mut().put(message);
            return Ok(());
        }
        Pin::new(self).start_send(Message::Binary(Bytes::copy_from_slice(message)))
    }
}

/// A control frame has 125 bytes, two of them the code. tungstenite does not check.
const MAX_CLOSE_REASON: usize = 123;

#[expect(clippy::needless_pass_by_value, reason = "it goes into map_err")]
fn error(error: Error) -> TransportError {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => TransportError::TooLarge,
        // A process that ends and a cable that is pulled say no goodbye either.
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            TransportError::Lost(error.to_string())
        }
        Error::Protocol(_) | Error::Utf8(_) | Error::Capacity(_) => {
            TransportError::Protocol(error.to_string())
        }
        _ => TransportError::Lost(error.to_string()),
    }
}
