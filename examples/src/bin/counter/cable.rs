//! A cable that can be cut: a proxy between a client and its server.

use std::io;
use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What lies between a client and its server, as long as the program runs.
pub(crate) struct Cable {
    address: SocketAddr,
    is_cut: watch::Sender<bool>,
}

impl Cable {
    /// A cable to the server at `server`.
    pub(crate) async fn to(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, (is_cut, seen)) = (listener.local_addr()?, watch::channel(false));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, seen.clone()));
            }
        });
        Ok(Self { address, is_cut })
    }

    /// What a client connects to instead of the server.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    pub(crate) fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    pub(crate) fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

/// Passes on all that is said, until the cable is cut or one of them hangs up.
async fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    mut is_cut: watch::Receiver<bool>,
) -> io::Result<()> {
    tokio::select! {
        biased;
        _ = is_cut.wait_for(|is_cut| *is_cut) => {}
        done = async {
            copy_bidirectional(&mut client, &mut TcpStream::connect(server).await?).await
        } => drop(done?),
    }
    Ok(())
}
