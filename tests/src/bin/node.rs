//! A node in a process of its own.
//!
//! `node ENGINE PORT NAME` joins a cluster on an engine of this machine, prints its id once what it publishes comes
//! round, and each echo it is asked for. It does what each line says: `ask` asks all, and is answered with how many
//! have answered; `load` asks without end, up to `stop`, which is answered with how much was sent; the id of another
//! node is answered with the account of it. It ends with its standard input.
//!
//! `node ENGINE PORT NAME emitter` is one that has no sockets: it emits the count of each line to the room `room`,
//! which is answered with whether that goes out.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use packets_server::{Engine, Nats, NodeId, Redis, Server};
use packets_tests::broker::Program;
use packets_tests::engine::{Load, Member};
use packets_tests::harness::{Count, server};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

type Result = std::result::Result<(), Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let (engine, port, name, is_emitter) = match arguments[..] {
        [engine, port, name] => (engine, port, name, false),
        [engine, port, name, "emitter"] => (engine, port, name, true),
        _ => return Err("node ENGINE PORT NAME [emitter]".into()),
    };
    let port = port.parse()?;
    match engine {
        "nats" => run(Nats::connect(&Program::Nats.url(port)).await?, name, is_emitter).await,
        "redis" => run(Redis::connect(&Program::Redis.url(port)).await?, name, is_emitter).await,
        _ => Err(format!("there is no engine {engine}").into()),
    }
}

async fn run(engine: impl Engine, name: &str, is_emitter: bool) -> Result {
    let settings = Member::settings(name);
    if is_emitter {
        let server = server().engine(engine).cluster(settings).emitter().build()?;
        let lines = begin(&server).await;
        return emit(&server, lines).await;
    }
    let member = Member::new(engine, settings, |text| say(&format!("asked {text}")));
    let lines = begin(member.server()).await;
    ask(&member, lines).await
}

/// It is there. What it is told to do.
async fn begin(server: &Server) -> Lines<BufReader<Stdin>> {
    server.engine_up().await;
    say(&format!("node {}", server.node_id()));
    BufReader::new(tokio::io::stdin()).lines()
}

async fn emit(server: &Server, mut lines: Lines<BufReader<Stdin>>) -> Result {
    while let Some(line) = lines.next_line().await? {
        let delivery = server.to("room").emit(&Count { value: line.trim().parse()? })?;
        say(&format!("emitted {}", delivery.unpublished.is_none()));
    }
    Ok(())
}

async fn ask(member: &Member, mut lines: Lines<BufReader<Stdin>>) -> Result {
    let mut load = None;
    while let Some(line) = lines.next_line().await? {
        match line.trim() {
            "ask" => {
                let gathered = member.ask(Duration::from_millis(200)).await;
                say(&format!("answered {}", gathered.tally.answered));
            }
            "load" => load = Some(Load::start(member)),
            "stop" => {
                if let Some(load) = load.take() {
                    load.stop().await;
                }
                say(&format!("sent {}", member.sent()));
            }
            id => {
                let id = u128::from_str_radix(id, 16)?;
                let (asked, missed) = member.account(NodeId::from(id.to_be_bytes()));
                say(&format!("account {asked} {missed}"));
            }
        }
    }
    Ok(())
}

fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    // Without anybody who reads it, the input ends, too.
    let _ = writeln!(output, "{line}");
    let _ = output.flush();
}
