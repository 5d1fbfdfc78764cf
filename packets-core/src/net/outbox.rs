//! What the driver has taken over to write, and how the transport keeps up.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::SinkExt;

use super::greeting::broken;
use super::limits::ConnectionLimits;
use super::queue::Queue;
use super::transport::{Message, Transport, TransportError};
use crate::close::CloseReason;
use crate::deadline::after;
use crate::session::Ping;

/// What a frame that waits takes beside its bytes, roughly.
const FRAME_COST: usize = 64;

/// Frames on their way into the transport. They are fed while it takes them, and flushed once a turn.
pub(super) struct Outbox {
    frames: VecDeque<Bytes>,
    weight: usize,
    /// Beyond it acceptors, whose answers would come on top, have to wait.
    behind: usize,
    /// Beyond it the other end does not read at all: what piles up are rejects.
    most: usize,
    limits: ConnectionLimits,
    /// Whether the transport holds bytes that were not flushed.
    unflushed: bool,
    /// Since when the transport takes nothing.
    stalled: Option<Instant>,
    /// A ping that is due, and waits for the transport to take it.
    ping: Option<Ping>,
}

impl Outbox {
    pub(super) fn new(limits: ConnectionLimits, max_send: usize) -> Self {
        let most = limits
            .queue_bytes
            .saturating_add(limits.queue_frames.saturating_mul(FRAME_COST))
            .saturating_add(max_send)
            .saturating_mul(2);
        Self {
            frames: VecDeque::new(),
            weight: 0,
            behind: limits.queue_bytes,
            most,
            limits,
            unflushed: false,
            stalled: None,
            ping: None,
        }
    }

    /// Adds a frame behind the others.
    pub(super) fn put(&mut self, frame: Bytes) -> Result<(), CloseReason> {
        self.weight += weight(&frame);
        self.frames.push_back(frame);
        if self.weight > self.most && self.stalled.is_some() {
            Err(CloseReason::SlowConsumer)
        } else {
            Ok(())
        }
    }

    /// Takes over what the handles have queued.
    pub(super) fn pull(&mut self, queue: &Queue) {
        if queue.has_frames() {
            let before = self.frames.len();
            queue.take_frames(&mut self.frames);
            self.weight += self.frames.iter().skip(before).map(weight).sum::<usize>();
        }
    }

    /// Whether so much waits to be written that acceptors have to wait.
    pub(super) const fn is_behind(&self) -> bool {
        self.weight > self.behind
    }

    /// Whether there is something to write, and the transport may take it.
    pub(super) fn may_go_on(&self) -> bool {
        !self.frames.is_empty() && self.stalled.is_none()
    }

    /// Whether the transport takes nothing just now.
    pub(super) const fn is_stalled(&self) -> bool {
        self.stalled.is_some()
    }

    /// When the other end has to have read something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.stalled.map(|since| after(since, self.limits.write_timeout))
    }

    /// The transport has something to say by itself, such as a pong.
    pub(super) const fn must_flush(&mut self) {
        self.unflushed = true;
    }

    /// Sends a ping, once the transport takes it.
    pub(super) const fn put_ping(&mut self, ping: Ping) {
        self.ping = Some(ping);
    }

    /// Feeds the transport while it takes something and there is something.
    pub(super) fn write<T: Transport>(
        &mut self,
        transport: &mut T,
        queue: &Queue,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), CloseReason> {
        loop {
            if self.frames.is_empty() {
                self.pull(queue);
            }
            if self.frames.is_empty() && self.ping.is_none() {
                return Ok(());
            }
            if !self.taken(transport.poll_ready_unpin(cx), now)? {
                return Ok(());
            }
            let message = if let Some(ping) = self.ping.take() {
                Message::Ping(Bytes::copy_from_slice(&ping))
            } else if let Some(frame) = self.frames.pop_front() {
                self.weight -= weight(&frame);
                Message::Binary(frame)
            } else {
                return Ok(());
            };
            transport.start_send_unpin(message).map_err(broken)?;
            self.unflushed = true;
        }
    }

    pub(super) fn flush<T: Transport>(
        &mut self,
        transport: &mut T,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), CloseReason> {
        if self.unflushed {
            self.unflushed = !self.taken(transport.poll_flush_unpin(cx), now)?;
        }
        Ok(())
    }

    /// Writes all there is, before the connection is closed.
    pub(super) async fn drain<T: Transport>(&mut self, transport: &mut T, queue: &Queue) {
        self.pull(queue);
        while let Some(frame) = self.frames.pop_front() {
            if transport.feed(Message::Binary(frame)).await.is_err() {
                return;
            }
        }
        // An error shows again when the transport is closed.
        let _ = transport.flush().await;
    }

    /// Notes when the transport stalls and when it goes on.
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

fn weight(frame: &Bytes) -> usize {
    frame.len() + FRAME_COST
}
