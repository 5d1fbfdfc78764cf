//! A byte stream under a WebSocket that bounds what arrives without being a message.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::call::now;
use super::limits::ConnectionLimits;
use crate::deadline::after;

/// A byte stream to make a [`WebSocket`](super::WebSocket) of, which cuts off who sends bytes but no messages.
///
/// A WebSocket shows complete messages and control frames only. Fragments of nothing or of one byte, and
/// messages that never end, pass below: here. What arrives is not parsed for that, but counted: bytes since
/// the last message was complete, and for how long they have come. So it costs next to nothing.
///
/// It reads from the stream as much as there is, up to 16 KiB, and keeps what its reader has no room for. So the
/// buffer of a WebSocket may be small, as every connection has one, and reading still takes few system calls.
#[derive(Debug)]
pub struct Meter<S> {
    stream: S,
    /// What was read, and not taken yet. Without memory of its own when there is nothing.
    ahead: Bytes,
    /// How many bytes have come since the last message, but for those of control frames.
    unfinished: usize,
    /// Beyond it they become no message any more.
    most: usize,
    /// Since when they have come, if there were several reads of them.
    since: Option<Instant>,
    message_timeout: Duration,
    /// Which of the control frames that were allowed is the last, if they came evenly spaced.
    paced: Instant,
    /// How far apart control frames may be in the long run.
    pace: Duration,
    excess: Option<&'static str>,
}

/// How many bytes a message may take beyond twice its largest size: for the HTTP request, small limits, and
/// what was read together with the message before.
const SLACK: usize = 64 << 10;

/// So much is read from the stream at once.
const READ: usize = 16 << 10;

/// The head of a control frame, with its mask.
const CONTROL_HEAD: usize = 6;

/// So many control frames may come at once, as parts of a second's.
const BURST: u32 = 2;

impl<S> Meter<S> {
    /// A meter that holds the stream to the limits.
    #[must_use]
    pub fn new(stream: S, limits: &ConnectionLimits) -> Self {
        Self {
            stream,
            ahead: Bytes::new(),
            unfinished: 0,
            most: (limits.max_message as usize).saturating_mul(2).saturating_add(SLACK),
            since: None,
            message_timeout: limits.message_timeout,
            paced: now(),
            pace: Duration::from_secs(1) / limits.control_frames.max(1),
            excess: None,
        }
    }

    /// The stream.
    pub const fn get_ref(&self) -> &S {
        &self.stream
    }

    /// What there was too much of, if so. Nothing is read any more then.
    pub(super) const fn excess(&self) -> Option<&'static str> {
        self.excess
    }

    /// A message is complete.
    #[inline]
    pub(super) const fn message(&mut self) {
        self.unfinished = 0;
    }

    /// A ping or pong arrived, of so many bytes.
    pub(super) fn control(&mut self, content: usize) {
        // It may come in the middle of a message, which it is no part of.
        self.unfinished = self.unfinished.saturating_sub(CONTROL_HEAD + content);
        let now = now();
        self.paced = after(self.paced.max(now), self.pace);
        if self.paced > after(now, Duration::from_secs(BURST.into())) {
            self.excess = Some("too many control frames");
        }
    }

    fn count(&mut self, bytes: usize) {
        if self.unfinished == 0 {
            self.since = None;
        } else {
            let now = now();
            if now >= after(*self.since.get_or_insert(now), self.message_timeout) {
                self.excess = Some("a message takes too long");
            }
        }
        self.unfinished += bytes;
        if self.unfinished > self.most {
            self.excess = Some("too many fragments without a message");
        }
    }
}

impl<S: AsyncRead + Unpin> Meter<S> {
    fn poll_fill(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let size = buf.remaining().min(self.ahead.len());
            buf.put_slice(&self.ahead[..size]);
            self.ahead.advance(size);
            if self.ahead.is_empty() {
                self.ahead = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        let mut room = [const { MaybeUninit::uninit() }; READ];
        let mut read = ReadBuf::uninit(&mut room);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
        let read = read.filled();
        let (taken, ahead) = read.split_at(buf.remaining().min(read.len()));
        buf.put_slice(taken);
        if !ahead.is_empty() {
            self.ahead = Bytes::copy_from_slice(ahead);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Meter<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(self.poll_fill(cx, buf))?;
        self.count(buf.filled().len() - before);
        Poll::Ready(self.excess.map_or(Ok(()), |excess| Err(io::Error::other(excess))))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Meter<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
