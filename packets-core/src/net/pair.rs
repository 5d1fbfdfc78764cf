//! A transport in memory, for tests without sockets.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use futures_sink::Sink;

use super::transport::{Message, Transport, TransportError};

/// So many messages may be on their way in each direction; then the sender waits.
const CAPACITY: usize = 64;

/// One end of a transport in memory.
#[derive(Debug)]
pub struct Pair {
    incoming: Arc<Mutex<Lane>>,
    outgoing: Arc<Mutex<Lane>>,
}

#[derive(Debug, Default)]
struct Lane {
    messages: VecDeque<Message>,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Two ends that are connected with each other, in order and without loss.
///
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// use packets_core::net::{Message, pair};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (mut here, mut there) = pair();
/// here.send(Message::Ping("?".into())).await?;
/// assert_eq!(there.next().await, Some(Ok(Message::Ping("?".into()))));
/// drop(here);
/// assert_eq!(there.next().await, None);
/// # Ok::<(), packets_core::net::TransportError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn pair() -> (Pair, Pair) {
    let lanes: [Arc<Mutex<Lane>>; 2] = Default::default();
    let [a, b] = lanes;
    (Pair { incoming: a.clone(), outgoing: b.clone() }, Pair { incoming: b, outgoing: a })
}

fn with<T>(lane: &Mutex<Lane>, act: impl FnOnce(&mut Lane) -> T) -> T {
    act(&mut lane.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Lane {
    fn push(&mut self, message: Message) {
        self.messages.push_back(message);
        wake(&mut self.reader);
    }

    fn close(&mut self) {
        self.closed = true;
        wake(&mut self.reader);
        wake(&mut self.writer);
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl Stream for Pair {
    type Item = Result<Message, TransportError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let message = with(&self.incoming, |lane| match lane.messages.pop_front() {
            Some(message) => {
                wake(&mut lane.writer);
                Poll::Ready(Some(message))
            }
            None if lane.closed => Poll::Ready(None),
            None => {
                lane.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        });
        if let Poll::Ready(Some(Message::Ping(content))) = &message {
            with(&self.outgoing, |lane| lane.push(Message::Pong(content.clone())));
        }
        message.map(|message| message.map(Ok))
    }
}

impl Transport for Pair {}

impl Sink<Message> for Pair {
    type Error = TransportError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        with(&self.outgoing, |lane| {
            if lane.closed {
                Poll::Ready(Err(TransportError::Lost("the other end is gone".to_owned())))
            } else if lane.messages.len() < CAPACITY {
                Poll::Ready(Ok(()))
            } else {
                lane.writer = Some(cx.waker().clone());
                Poll::Pending
            }
        })
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        with(&self.outgoing, |lane| lane.push(message));
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        with(&self.outgoing, Lane::close);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        with(&self.outgoing, Lane::close);
        with(&self.incoming, Lane::close);
    }
}
