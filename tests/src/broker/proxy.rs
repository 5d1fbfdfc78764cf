//! The way to a broker, with faults at will.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A way to a port of this machine, which one may cut or block.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    way: watch::Sender<Way>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    /// Nothing gets through, and nobody is told.
    Blocked,
    /// Connections are closed, and new ones too.
    Cut,
}

impl Proxy {
    /// A way to this port.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let way = watch::Sender::new(Way::Open);
        let ways = way.clone();
        let task = tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                tokio::spawn(carry(from, target, ways.subscribe()));
            }
        });
        Self { port, way, task }
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing gets through, and nobody is told: as if the network had lost it all.
    pub fn block(&self) {
        self.way.send_replace(Way::Blocked);
    }

    /// Closes all connections, and those that come.
    pub fn cut(&self) {
        self.way.send_replace(Way::Cut);
    }

    /// What was on its way goes on, and new connections too.
    pub fn open(&self) {
        self.way.send_replace(Way::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

async fn carry(from: TcpStream, target: u16, mut way: watch::Receiver<Way>) {
    let ends = way.clone();
    let carried = async {
        is_open(&mut way).await?;
        let to = TcpStream::connect(("127.0.0.1", target)).await.ok()?;
        from.set_nodelay(true).ok()?;
        to.set_nodelay(true).ok()?;
        let ((from_read, from_write), (to_read, to_write)) = (from.into_split(), to.into_split());
        tokio::select! {
            ended = pass(from_read, to_write, way.clone()) => ended,
            ended = pass(to_read, from_write, way.clone()) => ended,
        }
    };
    tokio::select! {
        () = is_cut(ends) => {}
        _ = carried => {}
    }
}

/// Carries bytes one way, to the end.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) -> Option<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        is_open(&mut way).await?;
        to.write_all(&buffer[..count]).await.ok()?;
    }
}

async fn is_open(way: &mut watch::Receiver<Way>) -> Option<()> {
    way.wait_for(|way| *way == Way::Open).await.ok().map(drop)
}

async fn is_cut(mut way: watch::Receiver<Way>) {
    // Without anybody who could open it, it is.
    let _ = way.wait_for(|way| *way == Way::Cut).await;
}
