//! What a connection is driven over.

use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;

/// A message of the transport: WebSocket's, whatever carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// One frame of the protocol.
    Binary(Bytes),
    /// Never right here: packets are binary.
    Text(String),
    /// Asks for a [`Pong`](Self::Pong), which the transport sends by itself.
    Ping(Bytes),
    /// Answers a ping, with its content.
    Pong(Bytes),
    /// Ends the connection, with the code and a text of at most 123 bytes.
    Close(Option<(u16, String)>),
}

/// Why a transport failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// A message beyond the limit arrived.
    #[error("a message is beyond the limit")]
    TooLarge,
    /// What arrived is not what the transport speaks.
    #[error("{0}")]
    Protocol(String),
    /// So much of something arrived that it can only be meant as harm.
    #[error("{0}")]
    Flood(&'static str),
    /// The connection under it failed.
    #[error("{0}")]
    Lost(String),
}

/// A stream and sink of messages: a WebSocket, or one end of a [`pair`](super::pair()) in memory.
pub trait Transport:
    Stream<Item = Result<Message, TransportError>>
    + Sink<Message, Error = TransportError>
    + Send
    + Unpin
    + 'static
{
    /// [Sends](Sink::start_send) a binary message that is copied: for transports that do so anyway.
    ///
    /// # Errors
    /// As sending has.
    fn start_send_slice(&mut self, message: &[u8]) -> Result<(), TransportError> {
        Pin::new(self).start_send(Message::Binary(Bytes::copy_from_slice(message)))
    }
}
