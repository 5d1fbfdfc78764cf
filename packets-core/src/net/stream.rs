//! Received packets as a stream.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_core::Stream;

use super::call::now;
use crate::log_limit::LogLimit;
use crate::packet::Packet;
use crate::registry::PacketId;
use crate::schema;

/// The packets of type `P` that arrive from now on, in order, beside what acceptors do with them.
///
/// It ends with the connection; a client's goes on over its connections, and ends with the client. A reader
/// that falls behind loses the oldest packets; [`lost`](Self::lost) counts them. [`next`](Self::next) takes
/// them one by one; it is a [`Stream`] for all that `futures` and `tokio-stream` do with one.
#[must_use = "streams do nothing unless polled"]
pub struct Packets<P> {
    buffer: Option<Arc<Mutex<Buffer>>>,
    log: LogLimit,
    packet: PhantomData<fn() -> P>,
}

#[derive(Debug)]
struct Buffer {
    bodies: VecDeque<Bytes>,
    capacity: usize,
    lost: u64,
    ended: bool,
    reader: Option<Waker>,
}

/// All streams of one connection, or of a client over many. Cheap to clone.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Streams {
    shared: Arc<Shared>,
    /// Whether they go on when a connection ends.
    lasting: bool,
}

#[derive(Debug, Default)]
struct Shared {
    /// False as long as nobody ever asked for a stream, so that most connections never lock.
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    buffers: HashMap<PacketId, Vec<Weak<Mutex<Buffer>>>>,
    ended: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Streams {
    /// Streams that go on over connections, until [`end`](Self::end).
    #[must_use]
    pub fn lasting() -> Self {
        Self { shared: Arc::default(), lasting: true }
    }

    /// A new stream. Without an id (the packet is not registered, so never arrives) it is at its end.
    pub fn open<P: Packet>(&self, id: Option<PacketId>, capacity: usize) -> Packets<P> {
        let mut state = lock(&self.shared.state);
        let Some(id) = id.filter(|_| !state.ended) else {
            return Packets { buffer: None, log: LogLimit::default(), packet: PhantomData };
        };
        let buffer = Buffer { bodies: VecDeque::new(), capacity, lost: 0, ended: false, reader: None };
        let buffer = Arc::new(Mutex::new(buffer));
        let buffers = state.buffers.entry(id).or_default();
        buffers.retain(|buffer| buffer.strong_count() > 0);
        buffers.push(Arc::downgrade(&buffer));
        self.shared.any.store(true, Ordering::Release);
        Packets { buffer: Some(buffer), log: LogLimit::default(), packet: PhantomData }
    }

    /// Whether there ever was one.
    #[inline]
    pub(super) fn any(&self) -> bool {
        self.shared.any.load(Ordering::Acquire)
    }

    /// Hands a packet's body to its streams; false if there are none.
    pub(super) fn offer(&self, id: PacketId, body: &Bytes) -> bool {
        if !self.any() {
            return false;
        }
        let buffers: Vec<_> = match lock(&self.shared.state).buffers.get(&id) {
            Some(buffers) => buffers.iter().filter_map(Weak::upgrade).collect(),
            None => return false,
        };
        for buffer in &buffers {
            lock(buffer).push(body.clone());
        }
        !buffers.is_empty()
    }

    /// The connection has ended, and with it all streams that do not last.
    pub(super) fn end_of_connection(&self) {
        if !self.lasting {
            self.end();
        }
    }

    /// Ends all streams, behind what they still hold.
    pub fn end(&self) {
        let mut state = lock(&self.shared.state);
        state.ended = true;
        for buffer in state.buffers.drain().flat_map(|(_, buffers)| buffers).filter_map(|it| it.upgrade()) {
            let mut buffer = lock(&buffer);
            buffer.ended = true;
            buffer.wake();
        }
    }
}

impl Buffer {
    fn push(&mut self, body: Bytes) {
        if self.bodies.len() >= self.capacity {
            self.bodies.pop_front();
            self.lost += 1;
        }
        self.bodies.push_back(body);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl<P> Packets<P> {
    /// How many packets were dropped because they were not read in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.buffer.as_ref().map_or(0, |buffer| lock(buffer).lost)
    }
}

impl<P: Packet> Packets<P> {
    /// The next packet; none after the connection has ended. Dropping it loses nothing.
    ///
    /// ```
    /// # use packets_core::{Packet, net::Peer};
    /// # #[derive(Packet, Debug)]
    /// # struct Slap;
    /// # async fn example(peer: Peer) {
    /// let mut slaps = peer.packets::<Slap>();
    /// while let Some(slap) = slaps.next().await {
    ///     println!("{slap:?}");
    /// }
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<P> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<P: Packet> Stream for Packets<P> {
    type Item = P;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<P>> {
        let this = self.get_mut();
        let Some(buffer) = &this.buffer else { return Poll::Ready(None) };
        let mut buffer = lock(buffer);
        while let Some(body) = buffer.bodies.pop_front() {
            match schema::decode_shared(&body) {
                Ok(packet) => return Poll::Ready(Some(packet)),
                Err(error) if this.log.passes(now()) => {
                    tracing::debug!(packet = P::NAME, %error, "skipped malformed packets");
                }
                Err(_) => {}
            }
        }
        if buffer.ended {
            return Poll::Ready(None);
        }
        buffer.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<P: Packet> std::fmt::Debug for Packets<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packets").field("packet", &P::NAME).field("lost", &self.lost()).finish()
    }
}
