//! A tap on the wire: everything between client and server passes through here and is counted.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// How many bytes have passed, by direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tap {
    up: Arc<AtomicUsize>,
    down: Arc<AtomicUsize>,
}

impl Tap {
    /// A tap before the server at `server`, and the address to connect to instead of it.
    pub(crate) async fn before(server: SocketAddr) -> io::Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let tap = Self::default();
        let counters = tap.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else { return };
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(copy(from_client, to_server, counters.up.clone()));
                tokio::spawn(copy(from_server, to_client, counters.down.clone()));
            }
        });
        Ok((tap, address))
    }

    /// The bytes that have passed up and down since this was last asked.
    pub(crate) fn take(&self) -> (usize, usize) {
        (self.up.swap(0, Ordering::Relaxed), self.down.swap(0, Ordering::Relaxed))
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, count: Arc<AtomicUsize>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        // Counted before it goes on, so that whoever has seen the bytes finds them counted.
        count.fetch_add(read, Ordering::Relaxed);
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
