//! A transport that breaks off.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use packets_core::net::{Message, Pair, Transport, TransportError};

/// A transport that is gone after so many messages in either direction. The next one is lost.
#[derive(Debug)]
pub struct Fuse<T = Pair> {
    /// None when it has blown.
    transport: Option<T>,
    messages: usize,
}

impl<T> Fuse<T> {
    /// A transport that lasts for so many messages.
    pub const fn new(transport: T, messages: usize) -> Self {
        Self { transport: Some(transport), messages }
    }

    fn burn(&mut self) {
        match self.messages.checked_sub(1) {
            Some(left) => self.messages = left,
            None => self.transport = None,
        }
    }

    fn live(&mut self) -> Result<&mut T, TransportError> {
        self.transport.as_mut().ok_or_else(|| TransportError::Lost("the fuse has blown".to_owned()))
    }
}

impl<T: Transport> Stream for Fuse<T> {
    type Item = Result<Message, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(transport) = &mut self.transport else { return Poll::Ready(None) };
        let message = std::task::ready!(transport.poll_next_unpin(cx));
        self.burn();
        Poll::Ready(message.filter(|_| self.transport.is_some()))
    }
}

impl<T: Transport> Transport for Fuse<T> {}

impl<T: Transport> Sink<Message> for Fuse<T> {
    type Error = TransportError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.live()?.poll_ready_unpin(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        self.burn();
        self.live()?.start_send_unpin(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.live()?.poll_flush_unpin(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        match &mut self.transport {
            Some(transport) => transport.poll_close_unpin(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}
