//! Nodes in processes of their own.

use std::process::Stdio;
use std::time::Duration;

use packets_server::{NodeId, Server};
use packets_tests::broker::Program;
use packets_tests::harness::together;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep};

/// Members have a heartbeat every 500 ms, which tells what was missed. A machine that is busy has as much again.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(1);

/// A node in a process of its own, which ends with this.
pub(crate) struct Process {
    pub(crate) id: NodeId,
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(crate) async fn start(program: Program, port: u16) -> Self {
        Self::run(program, port, &[]).await
    }

    /// One that has no sockets.
    pub(crate) async fn emitter(program: Program, port: u16) -> Self {
        Self::run(program, port, &["emitter"]).await
    }

    async fn run(program: Program, port: u16, kind: &[&str]) -> Self {
        let engine = match program {
            Program::Nats => "nats",
            Program::Redis => "redis",
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_node"));
        command.args([engine, &port.to_string(), "cluster"]).args(kind).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut process = Self { id: NodeId::from([0; 16]), child, input, output };
        let id = u128::from_str_radix(&process.line("node ").await, 16).expect("its id");
        process.id = NodeId::from(id.to_be_bytes());
        process
    }

    /// The next line that begins so.
    pub(crate) async fn line(&mut self, prefix: &str) -> String {
        loop {
            let line = self.output.next_line().await.expect("it writes").expect("it lives");
            if let Some(rest) = line.strip_prefix(prefix) {
                return rest.to_owned();
            }
        }
    }

    async fn say(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
    }

    /// Asks all; how many have answered.
    pub(crate) async fn ask(&mut self) -> usize {
        self.say("ask").await;
        self.line("answered ").await.parse().expect("a number")
    }

    /// As an emitter, emits a count to the room; whether the engine takes it.
    pub(crate) async fn emit(&mut self, value: u32) -> bool {
        self.say(&value.to_string()).await;
        self.line("emitted ").await.parse().expect("yes or no")
    }

    /// Asks without end.
    pub(crate) async fn load(&mut self) {
        self.say("load").await;
    }

    /// Stops that; how much it has sent.
    pub(crate) async fn stop(&mut self) -> u64 {
        self.say("stop").await;
        self.line("sent ").await.parse().expect("a number")
    }

    /// What it knows of a node.
    async fn account(&mut self, of: NodeId) -> (u64, u64) {
        self.say(&of.to_string()).await;
        let line = self.line("account ").await;
        let (asked, missed) = line.split_once(' ').expect("two numbers");
        (asked.parse().expect("a number"), missed.parse().expect("a number"))
    }

    /// What a node has sent has come, or is known not to have, no later than its next heartbeat says so; and it is
    /// no other after one more. How much was missed.
    pub(crate) async fn accounts_for(&mut self, of: NodeId, sent: u64) -> u64 {
        let began = Instant::now();
        loop {
            let (asked, missed) = self.account(of).await;
            if asked + missed >= sent {
                break;
            }
            assert!(began.elapsed() < HEARTBEAT, "{asked} received, {missed} missed of {sent}");
            sleep(Duration::from_millis(10)).await;
        }
        sleep(HEARTBEAT).await;
        let (asked, missed) = self.account(of).await;
        assert_eq!(asked + missed, sent, "{asked} received, {missed} missed");
        missed
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).expect("it lives");
        kill_process(pid, signal).expect("it lives");
    }
}

/// Waits until these know each other, and the processes.
pub(crate) async fn know(servers: &[&Server], processes: &[&Process]) {
    together(servers).await;
    let all = |server: &Server| processes.iter().all(|process| server.nodes().contains(&process.id));
    while !servers.iter().all(|server| all(server)) {
        sleep(Duration::from_millis(1)).await;
    }
}
