//! Socket.IO's servers with its adapter for Redis, as flecks has them, in Node.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::contest::Asker;
use crate::process::Process;

/// What it needs, beside Node.
const PACKAGES: [&str; 3] = ["socket.io@4.8.4", "@socket.io/redis-adapter@8.3.0", "redis@4.7.1"];

pub(crate) struct SocketIo {
    asker: Process,
    size: usize,
    _nodes: Vec<Process>,
}

impl SocketIo {
    /// # Errors
    /// What is missing.
    pub(crate) async fn start(url: &str, size: usize) -> Result<Self, String> {
        let script = install().await?;
        let mut nodes = Vec::new();
        for _ in 0..size {
            nodes.push(run(&script, url).await?);
        }
        Ok(Self { asker: run(&script, url).await?, size, _nodes: nodes })
    }
}

async fn run(script: &Path, url: &str) -> Result<Process, String> {
    Process::run(Command::new("node").arg(script).arg(url)).await.map_err(|error| format!("node: {error}"))
}

/// The packages beside the script, once, where cargo keeps what it builds.
async fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("intercom");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    if !folder.join("node_modules").exists() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-save", "--prefix"]).arg(&folder).args(PACKAGES);
        let status = npm.status().await.map_err(|error| format!("npm: {error}"))?;
        if !status.success() {
            return Err("npm cannot install it".to_owned());
        }
    }
    let script = folder.join("node.mjs");
    std::fs::write(&script, include_str!("socket_io.mjs")).map_err(|error| error.to_string())?;
    Ok(script)
}

impl Asker for SocketIo {
    fn name(&self) -> &'static str {
        "socket.io"
    }

    /// It takes the time itself.
    fn ask(&mut self, times: usize) -> LocalBoxFuture<'_, Vec<Duration>> {
        async move {
            let ask = format!("{times} {}\n", self.size);
            self.asker.input.write_all(ask.as_bytes()).await.expect("asked");
            let took = self.asker.line().await.expect("its times");
            took.split(' ')
                .map(|micros| Duration::from_secs_f64(micros.parse::<f64>().expect("a time") / 1e6))
                .collect()
        }
        .boxed_local()
    }
}
