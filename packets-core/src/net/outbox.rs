//! How the driver writes what waits, and how the transport keeps up.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::SinkExt;

use super::backlog::{FRAME_COST, Load, Waiting};
use super::greeting::broken;
use super::limits::ConnectionLimits;
use super::queue::Queue;
use super::recovery::Recovery;
use super::row::Row;
use super::transport::{Message, Transport, TransportError};
use crate::close::CloseReason;
use crate::deadline::after;
use crate::session::Ping;

/// The way of frames from the queue into the transport. They are fed while it takes them, and flushed once a
/// turn. As long as it takes none, they stay in the queue, where their policies hold.
///
/// What a packet to a room touches comes first.
#[repr(C)]
pub(super) struct Outbox {
    /// If the session can be resumed.
    pub(super) recovery: Option<Box<Recovery>>,
    /// A ping that is due, and waits for the transport to take it.
    ping: Option<Ping>,
    /// Whether the transport holds bytes that were not flushed.
    unflushed: bool,
    /// Since when the transport takes nothing.
    stalled: Option<Instant>,
    /// What is fed next: taken from the queue, or put here past it. Empty between turns.
    hand: Row<Waiting>,
    /// What of it was put here, and the queue does not know of.
    own: Load,
    /// Beyond it acceptors, whose answers would come on top, have to wait.
    behind: usize,
    /// Beyond it the other end does not read at all: what piles up are rejects.
    most: usize,
    write_timeout: Duration,
}

impl Outbox {
    pub(super) fn new(limits: &ConnectionLimits, max_send: usize) -> Self {
        let most = limits
            .queue_bytes
            .saturating_add(limits.queue_frames.saturating_mul(FRAME_COST))
            .saturating_add(max_send)
            .saturating_mul(2);
        Self {
            hand: Row::new(),
            own: Load::default(),
            behind: limits.queue_bytes,
            most,
            write_timeout: limits.write_timeout,
            unflushed: false,
            stalled: None,
            ping: None,
            recovery: None,
        }
    }

    /// Adds a frame of the driver's own behind the others. One that will be written at once needs not go through
    /// the queue, and its lock.
    #[inline]
    pub(super) fn put(&mut self, frame: Bytes, queue: &Queue, at_once: bool) -> Result<(), CloseReason> {
        if at_once && !self.is_stalled() {
            if queue.has_frames() {
                queue.take_frames(&mut self.hand);
            }
            let waiting = Waiting::own(frame);
            self.own.add(&waiting);
            self.hand.push(waiting);
            return Ok(());
        }
        self.hand_back(queue);
        queue.push_own(frame);
        if self.is_stalled() && queue.weight() > self.most { Err(CloseReason::SlowConsumer) } else { Ok(()) }
    }

    /// Writes a frame past the queue and what waits in it, if nothing does, and the transport takes it. Otherwise it
    /// is to be [put](Self::put).
    #[inline(always)]
    pub(super) fn write_now<T: Transport>(
        &mut self,
        frame: &[u8],
        transport: &mut T,
        queue: &Queue,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<bool, CloseReason> {
        let is_first = self.hand.is_empty() && self.recovery.is_none() && !self.is_stalled();
        if !is_first || queue.has_frames() || !self.taken(Pin::new(&mut *transport).poll_ready(cx), now)? {
            return Ok(false);
        }
        transport.start_send_slice(frame).map_err(broken)?;
        self.unflushed = true;
        Ok(true)
    }

    /// Whether so much waits to be written that acceptors have to wait.
    pub(super) fn is_behind(&self, queue: &Queue) -> bool {
        queue.weight() + self.own.weight > self.behind
    }

    /// Whether the transport takes nothing just now.
    pub(super) const fn is_stalled(&self) -> bool {
        self.stalled.is_some()
    }

    /// When the other end has to have read something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.stalled.map(|since| after(since, self.write_timeout))
    }

    /// The transport has something to say by itself, such as a pong.
    pub(super) const fn must_flush(&mut self) {
        self.unflushed = true;
    }

    /// Sends a ping, if there is one, once the transport takes it.
    pub(super) fn put_ping(&mut self, ping: Option<Ping>) {
        self.ping = ping.or(self.ping);
    }

    /// Takes all that waits, to be written between two turns of the driver; false if it has one, or is about to.
    pub(super) fn take_between_turns(&mut self, queue: &Queue) -> bool {
        queue.take_between_turns(&mut self.hand)
    }

    /// Feeds the transport while it takes something and there is something.
    pub(super) fn write<T: Transport>(
        &mut self,
        transport: &mut T,
        queue: &Queue,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), CloseReason> {
        let mut written = Load::default();
        let result = self.feed(transport, queue, &mut written, cx, now);
        self.settle(queue, written);
        result
    }

    /// Takes note of what was written, and puts the rest into the queue.
    #[inline]
    fn settle(&mut self, queue: &Queue, written: Load) {
        // The queue need not know of what came and went past it.
        if written != self.own || !self.hand.is_empty() {
            queue.settle_frames(&mut self.hand, self.own, written);
        }
        self.own = Load::default();
    }

    /// Puts into the queue what was not written.
    pub(super) fn hand_back(&mut self, queue: &Queue) {
        self.settle(queue, Load::default());
    }

    fn feed<T: Transport>(
        &mut self,
        transport: &mut T,
        queue: &Queue,
        written: &mut Load,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), CloseReason> {
        while self.has_own() {
            if !self.taken(Pin::new(&mut *transport).poll_ready(cx), now)? {
                return Ok(());
            }
            let message = if let Some(ping) = self.ping.take() {
                Message::Ping(Bytes::copy_from_slice(&ping))
            } else {
                let Some(frame) = self.next(queue, written) else { break };
                Message::Binary(frame)
            };
            transport.start_send_unpin(message).map_err(broken)?;
            self.unflushed = true;
        }
        while !self.hand.is_empty() || queue.has_frames() {
            if !self.taken(Pin::new(&mut *transport).poll_ready(cx), now)? {
                return Ok(());
            }
            let Some(frame) = self.waiting(queue, written) else { break };
            transport.start_send_unpin(Message::Binary(frame)).map_err(broken)?;
            self.unflushed = true;
        }
        Ok(())
    }

    /// Whether there is something to write that is not in the queue.
    fn has_own(&self) -> bool {
        self.ping.is_some() || self.recovery.as_ref().is_some_and(|recovery| recovery.is_due())
    }

    /// The next frame to be written.
    fn next(&mut self, queue: &Queue, written: &mut Load) -> Option<Bytes> {
        if let Some(recovery) = &mut self.recovery
            && let Some(frame) = recovery.next()
        {
            return Some(frame);
        }
        self.waiting(queue, written)
    }

    /// The next frame of the queue, which is retained if the session can be resumed.
    #[inline]
    fn waiting(&mut self, queue: &Queue, written: &mut Load) -> Option<Bytes> {
        if self.hand.is_empty() {
            queue.take_frames(&mut self.hand);
        }
        let waiting = self.hand.pop()?;
        written.add(&waiting);
        if let Some(recovery) = &mut self.recovery {
            recovery.retained.push(&waiting.frame);
        }
        Some(waiting.frame)
    }

    /// There is no transport: what waits is retained for the next one.
    pub(super) fn retain(&mut self, queue: &Queue) {
        let mut written = Load::default();
        while (queue.has_frames() || !self.hand.is_empty()) && self.waiting(queue, &mut written).is_some() {}
        self.settle(queue, written);
    }

    /// The transport is gone, or another one is there.
    pub(super) fn forget_transport(&mut self) {
        self.unflushed = false;
        self.stalled = None;
        self.ping = None;
    }

    pub(super) fn flush<T: Transport>(
        &mut self,
        transport: &mut T,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), CloseReason> {
        if self.unflushed {
            self.unflushed = !self.taken(Pin::new(transport).poll_flush(cx), now)?;
        }
        Ok(())
    }

    /// Writes all there is, before the connection is closed. An error shows again then.
    pub(super) fn poll_drain<T: Transport>(
        &mut self,
        transport: &mut T,
        queue: &Queue,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            if ready!(Pin::new(&mut *transport).poll_ready(cx)).is_err() {
                return Poll::Ready(());
            }
            let Some(frame) = self.next(queue, &mut Load::default()) else { break };
            if transport.start_send_unpin(Message::Binary(frame)).is_err() {
                return Poll::Ready(());
            }
        }
        Pin::new(transport).poll_flush(cx).map(|_| ())
    }

    /// Notes when the transport stalls and when it goes on.
    #[inline]
    fn taken(&mut self, poll: Poll<Result<(), TransportError>>, now: Instant) -> Result<bool, CloseReason> {
        match poll {
            Poll::Ready(result) => {
                result.map_err(broken)?;
                self.stalled = None;
                Ok(true)
            }
            Poll::Pending => {
                self.stalled.get_or_insert(now);
                Ok(false)
            }
        }
    }
}
