//! WebSockets by tokio-tungstenite as a transport.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message as WsMessage};

use super::limits::ConnectionLimits;
use super::meter::Meter;
use super::transport::{Message, TransportError};

/// A WebSocket over any byte stream.
///
/// Who sends more pings and pongs than the [limits](ConnectionLimits) allow, or bytes that become no message,
/// is cut off with [`TransportError::Flood`].
#[derive(Debug)]
pub struct WebSocket<S>(WebSocketStream<Meter<S>>);

/// Small, as every connection has one. A larger message gets room of its own while it is read.
const READ_BUFFER: usize = 1 << 10;

/// How much is gathered before it is written without a flush.
const WRITE_BUFFER: usize = 16 << 10;

/// Room for a server's manifest, which is sent however little else may be.
const MANIFEST: usize = 1 << 20;

/// Room for the frames' heads and for control frames.
const WRITE_SLACK: usize = 1 << 10;

impl<S> WebSocket<S> {
    /// A WebSocket whose handshake is done.
    pub const fn new(stream: WebSocketStream<Meter<S>>) -> Self {
        Self(stream)
    }

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

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.0.get_ref().excess().is_some() {
            return Poll::Ready(None);
        }
        let message = ready!(Pin::new(&mut self.0).poll_next(cx));
        let meter = self.0.get_mut();
        match &message {
            Some(Ok(WsMessage::Binary(_) | WsMessage::Text(_))) => meter.message(),
            Some(Ok(WsMessage::Ping(content) | WsMessage::Pong(content))) => meter.control(content.len()),
            _ => {}
        }
        if let Some(excess) = meter.excess() {
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
                Message::Close(frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())))
            }
            // tungstenite gives out none when it reads.
            WsMessage::Frame(_) => Message::Close(None),
        })))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<Message> for WebSocket<S> {
    type Error = TransportError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Pin::new(&mut self.0).poll_ready(cx).map_err(error)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        let message = match message {
            Message::Binary(bytes) => WsMessage::Binary(bytes),
            Message::Text(text) => WsMessage::text(text),
            Message::Ping(content) => WsMessage::Ping(content),
            Message::Pong(content) => WsMessage::Pong(content),
            Message::Close(close) => WsMessage::Close(close.map(|(code, reason)| CloseFrame {
                code: CloseCode::from(code),
                reason: reason[..reason.floor_char_boundary(MAX_CLOSE_REASON)].into(),
            })),
        };
        Pin::new(&mut self.0).start_send(message).map_err(error)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Pin::new(&mut self.0).poll_flush(cx).map_err(error)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Pin::new(&mut self.0).poll_close(cx).map_err(error)
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
