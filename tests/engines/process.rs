//! Nodes in processes of their own: killed, stopped, slow.

use std::process::Stdio;
use std::time::Duration;

use packets_server::{NodeError, NodeId, Server};
use packets_tests::broker::{Broker, Program};
use packets_tests::engine::{Load, Member};
use packets_tests::harness::{Echo, together};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout};

use crate::{Either, on_each};

on_each! {
    a_node_killed_during_a_gather_is_silent_and_then_it_has_left in 30
    a_node_that_is_stopped_misses_nothing_or_says_so in 40
}

/// A node in a process of its own, which ends with this.
struct Process {
    id: NodeId,
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    async fn start(program: Program, port: u16) -> Self {
        let engine = match program {
            Program::Nats => "nats",
            Program::Redis => "redis",
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_node"));
        command.args([engine, &port.to_string(), "cluster"]).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut process = Self { id: NodeId::from([0; 16]), child, input, output };
        let id = u128::from_str_radix(&process.line("node ").await, 16).expect("its id");
        process.id = NodeId::from(id.to_be_bytes());
        process
    }

    /// The next line that begins so.
    async fn line(&mut self, prefix: &str) -> String {
        loop {
            let line = self.output.next_line().await.expect("it writes").expect("it lives");
            if let Some(rest) = line.strip_prefix(prefix) {
                return rest.to_owned();
            }
        }
    }

    /// What it knows of a node.
    async fn account(&mut self, of: NodeId) -> (u64, u64) {
        self.input.write_all(format!("{of}\n").as_bytes()).await.expect("it reads");
        let line = self.line("account ").await;
        let (asked, missed) = line.split_once(' ').expect("two numbers");
        (asked.parse().expect("a number"), missed.parse().expect("a number"))
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).expect("it lives");
        kill_process(pid, signal).expect("it lives");
    }
}

async fn knows(server: &Server, processes: &[&Process]) {
    together(&[server]).await;
    while !processes.iter().all(|process| server.nodes().contains(&process.id)) {
        tokio::task::yield_now().await;
    }
}

/// The others answer. It is named: as silent while it may still be there, as left once it is known to be dead.
async fn a_node_killed_during_a_gather_is_silent_and_then_it_has_left(program: Program) {
    let broker = Broker::start(program);
    let engine = Either::connect(program, broker.port()).await.expect("a connection");
    let member = Member::new(engine, Member::settings("cluster"), |_| {});
    let server = member.server();
    let (one, mut two) =
        tokio::join!(Process::start(program, broker.port()), Process::start(program, broker.port()));
    knows(server, &[&one, &two]).await;

    // It is killed when it has the question.
    let asking =
        tokio::spawn(server.intercom(Echo("a".into())).timeout(Duration::from_secs(1)).into_future());
    assert_eq!(two.line("asked ").await, "a");
    two.signal(Signal::KILL);
    let gathered = asking.await.expect("no panic").expect("asked");
    let of = |id| gathered.answers.iter().find(|(node, _)| *node == id).map(|(_, answer)| answer);
    assert_eq!(of(two.id), Some(&Err(NodeError::Silent)), "{:?}", gathered.tally);

    // The others have what is asked for.
    let gathered = member.ask(Duration::from_millis(500)).await;
    assert_eq!((gathered.tally.answered, gathered.tally.silent), (2, 1), "{:?}", gathered.tally);
    let mut found: Vec<_> = gathered.answers.iter().filter(|(_, answer)| answer.is_ok()).collect();
    found.sort_by_key(|(node, _)| *node == one.id);
    assert_eq!(found, [&(server.node_id(), Ok(Some(0))), &(one.id, Ok(Some(0)))]);
    assert!(gathered.answers.contains(&(two.id, Err(NodeError::Silent))));

    // Who asks with patience hears that it is dead, long before the deadline.
    let began = Instant::now();
    let gathered = member.ask(Duration::from_secs(20)).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((gathered.tally.answered, gathered.tally.left), (2, 1), "{:?}", gathered.tally);
    assert!(gathered.answers.contains(&(two.id, Err(NodeError::Left))));

    // From then on, nobody waits for it.
    let gathered = member.ask(Duration::from_secs(5)).await;
    assert_eq!((gathered.answers.len(), gathered.tally.answered), (2, 2));
}

/// While it does nothing, the others wait for it no longer than they want to.
async fn a_node_that_is_stopped_misses_nothing_or_says_so(program: Program) {
    let broker = Broker::start(program);
    let engine = Either::connect(program, broker.port()).await.expect("a connection");
    let member = Member::new(engine, Member::settings("cluster"), |_| {});
    let server = member.server();
    let mut process = Process::start(program, broker.port()).await;
    knows(server, &[&process]).await;

    let load = Load::start(&member);
    while member.sent() < 100 {
        tokio::task::yield_now().await;
    }
    process.signal(Signal::STOP);
    let left = async {
        while !server.nodes().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), left).await.expect("it is dead to the others");
    let alone = member.ask(Duration::from_secs(5)).await;
    assert_eq!((alone.answers.len(), alone.tally.answered), (1, 1));
    process.signal(Signal::CONT);
    timeout(Duration::from_secs(5), knows(server, &[&process])).await.expect("it is back");
    load.stop().await;
    let sent = member.sent();
    let whole = async {
        loop {
            let (asked, missed) = process.account(server.node_id()).await;
            if asked + missed >= sent {
                return (asked, missed);
            }
        }
    };
    let (asked, missed) = timeout(Duration::from_secs(5), whole).await.expect("a heartbeat tells the rest");
    assert_eq!(asked + missed, sent, "{asked} received, {missed} missed");
}
