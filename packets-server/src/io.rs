//! The byte stream under a WebSocket.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::upgrade::{Parts, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::admission::Place;

/// The byte stream under a WebSocket, and its place among the server's connections.
#[derive(Debug)]
pub(crate) struct Io {
    stream: Stream,
    /// Given up with the stream, and not only at the end of the session.
    pub(crate) place: Option<Place>,
}

/// The byte stream, whichever way it came.
#[derive(Debug)]
pub(crate) enum Stream {
    /// From our own listener.
    Tcp(TcpStream),
    /// From our own listener, over TLS.
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
    /// From whoever the server is mounted in.
    Upgraded(TokioIo<Upgraded>),
}

impl Io {
    /// What an HTTP connection leaves, and the bytes that were read beyond the request.
    pub(crate) fn of(upgraded: Upgraded) -> (Self, Bytes) {
        match upgraded.downcast::<TokioIo<Self>>() {
            Ok(Parts { io, read_buf, .. }) => (io.into_inner(), read_buf),
            Err(upgraded) => (Stream::Upgraded(TokioIo::new(upgraded)).into(), Bytes::new()),
        }
    }
}

impl From<Stream> for Io {
    fn from(stream: Stream) -> Self {
        Self { stream, place: None }
    }
}

/// Goes on with the stream, whichever it is.
macro_rules! stream {
    ($io:expr, $stream:ident => $what:expr) => {
        match &mut $io.get_mut().stream {
            Stream::Tcp(stream) => {
                let $stream = Pin::new(stream);
                $what
            }
            #[cfg(feature = "tls")]
            Stream::Tls(stream) => {
                let $stream = Pin::new(stream);
                $what
            }
            Stream::Upgraded(stream) => {
                let $stream = Pin::new(stream);
                $what
            }
        }
    };
}

impl AsyncRead for Io {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        stream!(self, stream => stream.poll_read(cx, buf))
    }
}

impl AsyncWrite for Io {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        stream!(self, stream => stream.poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        stream!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        stream!(self, stream => stream.poll_shutdown(cx))
    }
}
