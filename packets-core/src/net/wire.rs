//! The byte stream under a WebSocket.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::head::{self, Head};
use super::limits::ConnectionLimits;
use super::meter::Meter;
use super::spare;

/// A byte stream to make a [`WebSocket`](super::WebSocket) of.
///
/// It reads as much as there is, up to 16 KiB at once, so that reading takes few system calls. A binary message in one
/// frame, as nearly all are, is taken and written here, at a third of what the way through tungstenite costs.
/// tungstenite sees to the handshake, and to all other frames: it is given these one by one.
///
/// Who sends bytes but no messages is [cut off](ConnectionLimits::message_timeout).
// What a write touches comes first.
#[derive(Debug)]
#[repr(C)]
pub struct Wire<S> {
    /// Frames to be written, up to `written`. Without memory of its own when there is nothing.
    out: Vec<u8>,
    written: usize,
    /// Whether this is a server's end: what is read is masked, and what is written is not.
    is_server: bool,
    stream: S,
    pub(super) meter: Meter,
    /// What was read, and not taken yet. Without memory of its own when there is nothing.
    ahead: BytesMut,
    reading: Reading,
    /// Whether frames of a message that has begun are still to come.
    is_unfinished: bool,
    /// The largest message.
    most: u64,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// In the HTTP head.
    Handshake(Handshake),
    /// Before a frame.
    Between,
    /// In a frame that tungstenite is given, of which so much is to come.
    Within(u64),
    /// tungstenite is given all there is.
    Given,
}

/// How far the HTTP head is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Handshake {
    /// So many bytes of it came, and these last.
    count: usize,
    last: [u8; 4],
    /// Whether it is an answer by which frames come behind it.
    switches: bool,
}

/// So much is read from the stream at once.
const READ: usize = 16 << 10;

/// So much is gathered before it is written without a flush.
const WRITE: usize = 16 << 10;

/// The room for what is to be written, to begin with.
const ROOM: usize = 1 << 10;

impl<S> Wire<S> {
    /// The stream, to be held to the limits.
    #[must_use]
    pub fn new(stream: S, limits: &ConnectionLimits) -> Self {
        Self {
            stream,
            meter: Meter::new(limits),
            ahead: BytesMut::new(),
            reading: Reading::Handshake(Handshake::default()),
            is_unfinished: false,
            is_server: false,
            most: limits.max_message.into(),
            out: Vec::new(),
            written: 0,
        }
    }

    /// The same, of which these bytes were read already.
    #[must_use]
    pub fn read_before(mut self, read: &[u8]) -> Self {
        self.ahead = BytesMut::from(read);
        self
    }

    /// The stream.
    pub const fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The handshake is over: frames come.
    pub(super) const fn begin(&mut self, is_server: bool) {
        self.reading = Reading::Between;
        self.is_server = is_server;
    }

    /// A message is complete.
    #[inline]
    pub(super) fn message(&mut self) {
        self.meter.message(self.ahead.len());
    }

    /// Whether the next frame may be taken here.
    #[inline]
    pub(super) fn is_between(&self) -> bool {
        self.reading == Reading::Between && !self.is_unfinished
    }

    /// Takes the first bytes, which are there.
    #[inline]
    fn take(&mut self, size: usize) -> BytesMut {
        if size == self.ahead.len() { std::mem::take(&mut self.ahead) } else { self.ahead.split_to(size) }
    }
}

// ---- reading ----

impl<S: AsyncRead + Unpin> Wire<S> {
    /// The next message, if it is a binary one in a frame of its own; None if tungstenite has to see to what comes.
    #[inline(always)]
    pub(super) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Bytes>>> {
        loop {
            let missing = match Head::parse(&self.ahead) {
                None => 1,
                Some(head) if !self.is_common(&head) => return Poll::Ready(Ok(None)),
                Some(head) => {
                    // It is no larger than the largest message.
                    let size = head.size + head.content as usize;
                    if size <= self.ahead.len() {
                        let mut frame = self.take(size);
                        frame.advance(head.size);
                        if let Some(mask) = head.mask {
                            head::mask(&mut frame, mask);
                        }
                        self.message();
                        return Poll::Ready(Ok(Some(frame.freeze())));
                    }
                    size - self.ahead.len()
                }
            };
            if ready!(self.poll_more(missing, cx))? == 0 {
                self.reading = Reading::Given;
                return Poll::Ready(Ok(None));
            }
        }
    }

    const fn is_common(&self, head: &Head) -> bool {
        head.is_whole() && head.mask.is_some() == self.is_server && head.content <= self.most
    }

    /// Reads what there is. At least so much is to come; how much has is returned, 0 at the end.
    #[inline(never)]
    fn poll_more(&mut self, missing: usize, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let Some(excess) = self.meter.excess() {
            return Poll::Ready(Err(io::Error::other(excess)));
        }
        let mut room = [const { MaybeUninit::uninit() }; READ];
        let mut read = ReadBuf::uninit(&mut room);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
        let read = read.filled();
        // Room grows with what has come, and not by what somebody says will come.
        self.ahead.reserve(missing.min(self.ahead.len() + READ).max(read.len()));
        self.ahead.extend_from_slice(read);
        self.meter.count(read.len());
        Poll::Ready(self.meter.excess().map_or(Ok(read.len()), |excess| Err(io::Error::other(excess))))
    }

    /// Sees to it that there is something ahead that tungstenite may have.
    fn poll_given(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.ahead.is_empty() || self.reading == Reading::Between {
            if self.reading == Reading::Between
                && let Some(head) = Head::parse(&self.ahead)
            {
                if !self.is_unfinished && self.is_common(&head) {
                    // Not this one.
                    return Poll::Pending;
                }
                self.give(&head);
            } else if ready!(self.poll_more(1, cx))? == 0 {
                self.reading = Reading::Given;
                break;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// tungstenite has the next frame.
    fn give(&mut self, head: &Head) {
        self.reading = if head.is_last() {
            Reading::Given
        } else {
            Reading::Within((head.size as u64).saturating_add(head.content))
        };
        self.is_unfinished = head.leaves_unfinished().unwrap_or(self.is_unfinished);
    }
}

/// What tungstenite reads.
impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        ready!(this.poll_given(cx))?;
        let mut size = buf.remaining().min(this.ahead.len());
        match &mut this.reading {
            // Frames are left for later.
            Reading::Handshake(handshake) => size = handshake.advance(&this.ahead[..size]),
            Reading::Within(left) => {
                size = size.min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= size as u64;
                if *left == 0 {
                    this.reading = Reading::Between;
                }
            }
            Reading::Between | Reading::Given => {}
        }
        buf.put_slice(&this.take(size));
        Poll::Ready(Ok(()))
    }
}

impl Handshake {
    /// How many of the next bytes stand before the frames.
    fn advance(&mut self, bytes: &[u8]) -> usize {
        for (place, byte) in bytes.iter().enumerate() {
            self.count += 1;
            self.last = [self.last[1], self.last[2], self.last[3], *byte];
            if self.count == "HTTP/1.1 101".len() {
                self.switches = &self.last == b" 101";
            }
            if self.switches && &self.last == b"\r\n\r\n" {
                return place + 1;
            }
        }
        bytes.len()
    }
}

// ---- writing ----

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// Ready when there is room for another frame.
    #[inline]
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.out.len() < WRITE { Poll::Ready(Ok(())) } else { self.poll_write_out(cx) }
    }

    /// Adds a binary message, to be written with the next ones, or flushed.
    #[inline]
    pub(super) fn put(&mut self, message: &[u8]) {
        self.reserve();
        Head::put(&mut self.out, message.len());
        self.out.extend_from_slice(message);
    }

    fn reserve(&mut self) {
        if self.out.capacity() == 0 {
            self.out = spare::take();
            self.out.reserve(ROOM);
        }
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.out.len() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.out[self.written..]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written;
        }
        spare::give(std::mem::take(&mut self.out));
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

/// What tungstenite writes. A server's frames are gathered with those that are put here, whole.
impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if !self.is_server {
            return Pin::new(&mut self.stream).poll_write(cx, buf);
        }
        ready!(self.poll_room(cx))?;
        self.reserve();
        self.out.extend_from_slice(buf);
        if self.reading == Reading::Given
            && let Poll::Ready(Err(error)) = self.poll_write_out(cx)
        {
            // The last there is to say is not flushed.
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
