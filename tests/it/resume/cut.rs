//! A WebSocket that is cut in the midst of a frame, at whichever kind of frame a test wants.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use packets_core::net::{ConnectionLimits, Message, Transport, TransportError, WebSocket, Wire};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Welcome,
    Hello,
    Resumed,
    Ack,
    Packet,
    Call,
    Reply,
    Reject,
}

impl Kind {
    fn of(frame: &[u8]) -> Option<Self> {
        let head = *frame.first()?;
        match (head & 7, head >> 3) {
            (0, _) => Some(Self::Packet),
            (1, _) => Some(Self::Call),
            (2, _) => Some(Self::Reply),
            (3, _) => Some(Self::Reject),
            (5, 0) => Some(Self::Welcome),
            (5, 1) => Some(Self::Hello),
            (5, 4) => Some(Self::Resumed),
            (5, 5) => Some(Self::Ack),
            _ => None,
        }
    }
}

/// How much of a frame's bytes leaves its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Nothing,
    Half,
    All,
}

/// Where an end is cut off: at a frame of this kind, the first one or a later one that it sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) kind: Kind,
    pub(super) skip: usize,
    pub(super) part: Part,
}

/// Both ends of a WebSocket in memory.
pub(super) async fn pair() -> (Cuttable, Cuttable) {
    let (here, there) = duplex(1 << 16);
    (Cuttable::new(here, Role::Client).await, Cuttable::new(there, Role::Server).await)
}

/// One end of a WebSocket.
#[derive(Debug)]
pub(super) struct Cuttable {
    socket: WebSocket<Ending>,
    limit: Arc<AtomicUsize>,
    /// The bytes of all frames so far.
    sent: usize,
    /// The bytes of a frame's mask.
    mask: usize,
    cut: Option<Cut>,
}

impl Cuttable {
    async fn new(stream: DuplexStream, role: Role) -> Self {
        let limit = Arc::new(AtomicUsize::new(usize::MAX));
        let stream = Ending { stream: Some(stream), written: 0, limit: limit.clone(), reader: None };
        let stream = Wire::new(stream, &ConnectionLimits::client());
        let socket = WebSocket::new(WebSocketStream::from_raw_socket(stream, role, None).await, role);
        let mask = if role == Role::Client { 4 } else { 0 };
        Self { socket, limit, sent: 0, mask, cut: None }
    }

    /// The same, which is to be cut there.
    pub(super) const fn cut(mut self, cut: Cut) -> Self {
        self.cut = Some(cut);
        self
    }

    /// Counts a frame, and lets the stream end in it if it is to be cut there.
    fn look_at(&mut self, frame: &[u8]) {
        let head = if frame.len() < 126 { 2 } else { 4 };
        let size = head + self.mask + frame.len();
        if let Some(cut) = &mut self.cut
            && Kind::of(frame) == Some(cut.kind)
        {
            match cut.skip.checked_sub(1) {
                Some(skip) => cut.skip = skip,
                None => {
                    let part = match cut.part {
                        Part::Nothing => 0,
                        Part::Half => size / 2,
                        Part::All => size,
                    };
                    self.limit.store(self.sent + part, Ordering::Relaxed);
                    self.cut = None;
                }
            }
        }
        self.sent += size;
    }
}

impl Stream for Cuttable {
    type Item = Result<Message, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.socket.poll_next_unpin(cx)
    }
}

impl Transport for Cuttable {}

impl Sink<Message> for Cuttable {
    type Error = TransportError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.socket.poll_ready_unpin(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        if let Message::Binary(frame) = &message {
            self.look_at(frame);
        }
        self.socket.start_send_unpin(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.socket.poll_flush_unpin(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.socket.poll_close_unpin(cx)
    }
}

/// A stream of bytes that is gone, for both ends, once so many were written. Whoever writes is not told: it takes the
/// rest as well, as a socket's buffer does.
#[derive(Debug)]
struct Ending {
    stream: Option<DuplexStream>,
    written: usize,
    limit: Arc<AtomicUsize>,
    reader: Option<Waker>,
}

impl Ending {
    fn end(&mut self) {
        self.stream = None;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl AsyncRead for Ending {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.reader = Some(cx.waker().clone());
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_read(cx, buffer),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Ending {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let room = self.limit.load(Ordering::Relaxed) - self.written;
        let some = &bytes[..bytes.len().min(room)];
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        if !some.is_empty() {
            let written = std::task::ready!(Pin::new(stream).poll_write(cx, some))?;
            self.written += written;
            if written < room {
                return Poll::Ready(Ok(written));
            }
        }
        self.end();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}
