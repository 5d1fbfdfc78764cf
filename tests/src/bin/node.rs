//! A node in a process of its own.
//!
//! `node ENGINE PORT NAME` joins a cluster on an engine of this machine, prints its id once what it publishes comes
//! round, and each echo it is asked for. It does what each line says: `ask` asks all, and is answered with how many
//! have answered; `load` asks without end, up to `stop`, which is answered with how much was sent; the id of another
//! node is answered with the account of it. It ends with its standard input.

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use packets_server::{Nats, NodeId, Redis};
use packets_tests::broker::Program;
use packets_tests::engine::{Load, Member};
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [engine, port, name] = &arguments[..] else { return Err("node ENGINE PORT NAME".into()) };
    let port = port.parse()?;
    let settings = Member::settings(name);
    let echoed = |text: &str| say(&format!("asked {text}"));
    let member = match engine.as_str() {
        "nats" => Member::new(Nats::connect(&Program::Nats.url(port)).await?, settings, echoed),
        "redis" => Member::new(Redis::connect(&Program::Redis.url(port)).await?, settings, echoed),
        _ => return Err(format!("there is no engine {engine}").into()),
    };
    member.server().engine_up().await;
    say(&format!("node {}", member.server().node_id()));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut load = None;
    while let Some(line) = lines.next_line().await? {
        match line.trim() {
            "ask" => {
                let gathered = member.ask(Duration::from_millis(200)).await;
                say(&format!("answered {}", gathered.tally.answered));
            }
            "load" => load = Some(Load::start(&member)),
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
