//! Nodes in processes of their own.

use std::env;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Says to this program which node it is.
const NODE: &str = "INTERCOM_NODE";

/// A node, which ends with this.
pub(crate) struct Process {
    _child: Child,
    pub(crate) input: ChildStdin,
    pub(crate) output: BufReader<ChildStdout>,
    /// What it said when it was ready.
    pub(crate) ready: String,
}

impl Process {
    /// Which node this process is, if it is one.
    pub(crate) fn asked_for() -> Option<String> {
        env::var(NODE).ok()
    }

    /// Starts so many nodes.
    pub(crate) async fn start(node: &str, size: usize) -> Vec<Self> {
        let mut processes = Vec::new();
        for _ in 0..size {
            let mut command = Command::new(env::current_exe().expect("this program"));
            processes.push(Self::run(command.env(NODE, node)).await.expect("a node"));
        }
        processes
    }

    /// Waits until it says that it is ready.
    pub(crate) async fn run(command: &mut Command) -> std::io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let input = child.stdin.take().ok_or_else(closed)?;
        let output = BufReader::new(child.stdout.take().ok_or_else(closed)?);
        let mut process = Self { _child: child, input, output, ready: String::new() };
        process.ready = process.line().await?;
        Ok(process)
    }

    pub(crate) async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line).await? {
            0 => Err(closed()),
            _ => Ok(line.trim().to_owned()),
        }
    }
}

fn closed() -> std::io::Error {
    std::io::Error::other("it has ended")
}

/// Says that a node is ready, and waits for who has started it to end.
pub(crate) async fn ready(says: impl std::fmt::Display) {
    println!("{says}");
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}
