//! The server as a process of its own, which can be killed.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A server's process, and the journal that outlives it. Both vanish with this.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    journal: PathBuf,
}

impl Process {
    /// A server with an empty journal, on a port that is free.
    pub(crate) async fn start() -> Result<Self, Box<dyn Error>> {
        let journal = std::env::temp_dir().join(format!("packets-counter-{}.jsonl", std::process::id()));
        let (child, address) = serve("127.0.0.1:0", &journal).await?;
        Ok(Self { child, address, journal })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn journal(&self) -> &Path {
        &self.journal
    }

    /// Kills it, without a chance to say so to anybody.
    pub(crate) async fn kill(&mut self) -> io::Result<()> {
        self.child.kill().await
    }

    /// Starts it again, with the same address and journal.
    pub(crate) async fn restart(&mut self) -> Result<(), Box<dyn Error>> {
        (self.child, self.address) = serve(&self.address.to_string(), &self.journal).await?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The system clears its temporary files, if this does not.
        let _ = std::fs::remove_file(&self.journal);
    }
}

/// This program once more, as a server that is ready; and its address.
async fn serve(address: &str, journal: &Path) -> Result<(Child, SocketAddr), Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["serve", address])
        .arg(journal)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().ok_or("it has an output")?;
    let line = BufReader::new(output).lines().next_line().await?.ok_or("the server did not start")?;
    let address = line.strip_prefix("listening on ws://").and_then(|rest| rest.strip_suffix('/'));
    let address = address.ok_or_else(|| format!("no address in `{line}`"))?.parse()?;
    Ok((child, address))
}
