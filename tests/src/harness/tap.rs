//! A transport that keeps what passes through it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use packets_core::net::{Message, Transport, TransportError};

/// A transport around another one.
#[derive(Debug)]
pub struct Tap<T> {
    transport: T,
    tapped: Tapped,
}

/// The frames that passed, to look at from outside.
#[derive(Clone, Debug, Default)]
pub struct Tapped {
    sent: Arc<Mutex<Vec<Bytes>>>,
    received: Arc<Mutex<Vec<Bytes>>>,
}

impl<T> Tap<T> {
    /// Taps a transport.
    pub fn new(transport: T) -> (Self, Tapped) {
        let tapped = Tapped::default();
        (Self::with(transport, tapped.clone()), tapped)
    }

    /// Taps one transport more.
    pub const fn with(transport: T, tapped: Tapped) -> Self {
        Self { transport, tapped }
    }
}

impl Tapped {
    /// What went out so far.
    #[must_use]
    pub fn sent(&self) -> Vec<Bytes> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What came in so far.
    #[must_use]
    pub fn received(&self) -> Vec<Bytes> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn keep(frames: &Mutex<Vec<Bytes>>, message: &Message) {
    if let Message::Binary(frame) = message {
        frames.lock().unwrap_or_else(PoisonError::into_inner).push(frame.clone());
    }
}

impl<T: Transport> Stream for Tap<T> {
    type Item = Result<Message, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let message = self.transport.poll_next_unpin(cx);
        if let Poll::Ready(Some(Ok(message))) = &message {
            keep(&self.tapped.received, message);
        }
        message
    }
}

impl<T: Transport> Transport for Tap<T> {}

impl<T: Transport> Sink<Message> for Tap<T> {
    type Error = TransportError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.transport.poll_ready_unpin(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        keep(&self.tapped.sent, &message);
        self.transport.start_send_unpin(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.transport.poll_flush_unpin(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.transport.poll_close_unpin(cx)
    }
}
