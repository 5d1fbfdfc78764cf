//! A connection over a cable.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use futures_util::{FutureExt, SinkExt, StreamExt};
use packets_core::net::{Message, Transport, TransportError, WebSocket};
use tokio::io::DuplexStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::cable::{Life, Shared};

pub(crate) type Socket = WebSocket<DuplexStream>;

/// So many messages may be on their way in each direction; then the sender waits.
const MOST: usize = 64;

/// The client's end of a connection over a [`Cable`](crate::Cable).
pub struct Transit {
    /// None once it has broken.
    socket: Option<Socket>,
    shared: Arc<Shared>,
    life: Life,
    broken: Pin<Box<dyn Future<Output = ()> + Send>>,
    outgoing: Lane<Message>,
    incoming: Lane<Option<Result<Message, TransportError>>>,
    timer: Pin<Box<Sleep>>,
}

/// What is on its way in one direction.
#[derive(Debug)]
struct Lane<T>(VecDeque<(Instant, T)>);

impl<T> Lane<T> {
    /// Sends something on its way, behind all that is.
    fn push(&mut self, item: T, arrival: Instant) {
        let last = self.0.back().map_or(arrival, |(last, _)| arrival.max(*last));
        self.0.push_back((last, item));
    }

    fn pop(&mut self, now: Instant) -> Option<T> {
        self.0.pop_front_if(|(arrival, _)| *arrival <= now).map(|(_, item)| item)
    }

    fn next(&self) -> Option<Instant> {
        self.0.front().map(|(arrival, _)| *arrival)
    }

    fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }
}

impl Transit {
    pub(crate) fn new(socket: Socket, shared: Arc<Shared>, life: Life) -> Self {
        Self {
            socket: Some(socket),
            broken: Box::pin(life.broken(&shared)),
            shared,
            life,
            outgoing: Lane(VecDeque::new()),
            incoming: Lane(VecDeque::new()),
            timer: Box::pin(sleep_until(Instant::now())),
        }
    }

    fn is_silent(&self) -> bool {
        self.life.is_silent(&self.shared)
    }

    fn break_off(&mut self) {
        self.socket = None;
        self.outgoing.0.clear();
        self.incoming.0.clear();
    }

    /// Whether the connection has broken; if not, it wakes when it does.
    fn has_broken(&mut self, cx: &mut Context<'_>) -> bool {
        if self.socket.is_some() && self.broken.poll_unpin(cx).is_ready() {
            self.break_off();
        }
        self.socket.is_none()
    }

    /// When a message that sets out now arrives; none if the connection breaks with it.
    fn arrival(&self, message: Option<&Message>) -> Option<Instant> {
        let mut faults = self.shared.faults();
        if matches!(message, Some(Message::Binary(_))) && faults.breaks() {
            return None;
        }
        Some(Instant::now() + faults.delay())
    }

    /// Gives the socket what has arrived there.
    fn pump(&mut self, cx: &mut Context<'_>) -> Result<(), TransportError> {
        let now = Instant::now();
        if let Some(socket) = &mut self.socket {
            while self.outgoing.next().is_some_and(|next| next <= now)
                && socket.poll_ready_unpin(cx)?.is_ready()
                && let Some(message) = self.outgoing.pop(now)
            {
                socket.start_send_unpin(message)?;
            }
            // The rest is flushed when there is room; that wakes us.
            let _ = socket.poll_flush_unpin(cx)?;
        }
        Ok(())
    }

    /// Reads what sets out at the socket.
    fn pull(&mut self, cx: &mut Context<'_>) {
        while let Some(socket) = &mut self.socket
            && !self.incoming.is_full()
            && !self.incoming.0.back().is_some_and(|(_, last)| !matches!(last, Some(Ok(_))))
            && let Poll::Ready(message) = socket.poll_next_unpin(cx)
        {
            let content = message.as_ref().and_then(|message| message.as_ref().ok());
            match self.arrival(content) {
                Some(arrival) => self.incoming.push(message, arrival),
                None => self.break_off(),
            }
        }
    }

    /// Sees to being woken when the next message arrives at either end.
    fn wait(&mut self, cx: &mut Context<'_>) {
        let now = Instant::now();
        let arrivals = [self.outgoing.next(), self.incoming.next()].into_iter().flatten();
        let Some(next) = arrivals.filter(|arrival| *arrival > now).min() else { return };
        if self.timer.deadline() != next {
            self.timer.as_mut().reset(next);
        }
        if self.timer.poll_unpin(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

impl Stream for Transit {
    type Item = Result<Message, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.has_broken(cx) {
            return Poll::Ready(None);
        }
        if this.is_silent() {
            return Poll::Pending;
        }
        // If nothing can be sent any more, reading tells why.
        let _ = this.pump(cx);
        this.pull(cx);
        if this.socket.is_none() {
            return Poll::Ready(None);
        }
        if let Some(message) = this.incoming.pop(Instant::now()) {
            return Poll::Ready(message);
        }
        this.wait(cx);
        Poll::Pending
    }
}

impl Transport for Transit {}

impl Sink<Message> for Transit {
    type Error = TransportError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let this = &mut *self;
        if this.has_broken(cx) {
            return Poll::Ready(Err(lost()));
        }
        if this.is_silent() || !this.outgoing.is_full() {
            return Poll::Ready(Ok(()));
        }
        this.pump(cx)?;
        if this.outgoing.is_full() {
            this.wait(cx);
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        let this = &mut *self;
        if this.socket.is_none() {
            return Err(lost());
        }
        if this.is_silent() {
            return Ok(());
        }
        let Some(arrival) = this.arrival(Some(&message)) else {
            this.break_off();
            return Err(lost());
        };
        this.outgoing.push(message, arrival);
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let this = &mut *self;
        if this.has_broken(cx) {
            return Poll::Ready(Err(lost()));
        }
        if !this.is_silent() {
            this.pump(cx)?;
            this.wait(cx);
        }
        // It is on its way.
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let this = &mut *self;
        if this.has_broken(cx) || this.is_silent() {
            return Poll::Ready(Ok(()));
        }
        this.pump(cx)?;
        if this.outgoing.next().is_some() {
            this.wait(cx);
            return Poll::Pending;
        }
        match &mut this.socket {
            Some(socket) => socket.poll_close_unpin(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

fn lost() -> TransportError {
    TransportError::Lost("the cable broke".to_owned())
}

/// What is silent does not tell the server that the client is gone.
impl Drop for Transit {
    fn drop(&mut self) {
        if self.is_silent()
            && !self.life.is_broken(&self.shared)
            && let Some(socket) = self.socket.take()
        {
            self.shared.buried().push(socket);
        }
    }
}

impl std::fmt::Debug for Transit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transit").field("life", &self.life).finish_non_exhaustive()
    }
}
