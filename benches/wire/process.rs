//! A server in a process of its own, and what it takes.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::peer::{Peer, Program};
use crate::pin;

/// The variable of the environment that names whom this program is to serve.
pub(crate) const SERVE: &str = "PACKETS_BENCH_SERVE";

/// The variable that says under what servers run: `valgrind --tool=callgrind`, say.
const UNDER: &str = "PACKETS_BENCH_UNDER";

/// It ends when this is dropped, and when this process ends: then its standard input does.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts the peer's server, which prints its port.
    pub(crate) fn start(peer: &Peer) -> Self {
        let mut command = match &peer.program {
            Program::Here(_) => {
                let under = env::var(UNDER).unwrap_or_default();
                let mut command = Command::new("env");
                command.args(under.split_whitespace());
                command.arg(env::current_exe().expect("this program has a path"));
                command.env(SERVE, peer.name);
                command
            }
            Program::Node(script) => {
                let mut command = Command::new("node");
                command.arg(script).env("NODE_PATH", crate::peer::node::modules());
                command
            }
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pin::as_server(|| command.spawn()).expect("a server starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).expect("a server prints its port");
        let port: u16 = line.trim().parse().unwrap_or_else(|_| panic!("{} does not start", peer.name));
        Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    /// The time its threads have had of a processor.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("the server runs");
        let nanos = tasks.filter_map(|task| {
            let stat = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            stat.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }

    /// The memory it has of its own, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux tells");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
