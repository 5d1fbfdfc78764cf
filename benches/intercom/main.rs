//! Questions to all nodes of a cluster, ours beside its peers. `benches/README.md` says what is measured and how.
//!
//! ```text
//! cargo bench -p packets-benches --bench intercom -- [--rounds N]
//! ```

mod contest;
mod local;
mod peer;
mod process;
mod protocol;

use std::env;

use packets_tests::broker::{Broker, Program};
use tokio::runtime::Builder;

use self::contest::{Asker, Outcome, hold};
use self::process::Process;

/// How many other nodes are asked.
const SIZES: [usize; 2] = [3, 10];

fn main() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    // A node in a process of its own is this program again.
    if let Some(node) = Process::asked_for() {
        return runtime.block_on(peer::answer(&node));
    }
    let rounds = rounds().unwrap_or_else(|| {
        eprintln!("usage: intercom [--rounds N]");
        std::process::exit(2);
    });
    let ratios = runtime.block_on(async {
        let brokers = [Broker::start(Program::Nats), Broker::start(Program::Redis)];
        let [nats, redis] = brokers.each_ref().map(Broker::url);
        let mut ratios = local::run(rounds).await;
        for size in SIZES {
            let mut askers: Vec<Box<dyn Asker>> = vec![
                Box::new(peer::packets::Packets::nats(&nats, size).await),
                Box::new(peer::packets::Packets::redis(&redis, size).await),
                Box::new(peer::nats::Nats::start(peer::nats::NODE, &nats, size).await),
                Box::new(peer::nats::Nats::start(peer::nats::SELF, &nats, size).await),
                Box::new(peer::redis::Redis::start(peer::redis::NODE, &redis, size).await),
                Box::new(peer::redis::Redis::start(peer::redis::SELF, &redis, size).await),
                Box::new(peer::tcp::Tcp::start(size).await),
            ];
            match peer::socket_io::SocketIo::start(&redis, size).await {
                Ok(peer) => askers.push(Box::new(peer)),
                Err(why) => println!("\nsocket.io is left out: {why}"),
            }
            ratios.extend(report(size, &hold(&mut askers, rounds).await));
        }
        ratios
    });
    println!();
    for ratio in ratios {
        println!("RATIO intercom/{ratio}");
    }
}

/// Nothing if the command line asks for something else.
fn rounds() -> Option<usize> {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments[..] {
        [] => Some(101),
        [option, rounds] if option == "--rounds" => rounds.parse().ok().filter(|rounds| *rounds > 0),
        _ => None,
    }
}

/// Prints a table, and returns the ratios of ours by the others'.
fn report(size: usize, outcomes: &[Outcome]) -> Vec<String> {
    println!("\n{:<24}{:>10}{:>10}", format!("{size} answers"), "p50 µs", "p99 µs");
    for outcome in outcomes {
        println!("{:<24}{:>10.0}{:>10.0}", outcome.name, outcome.p50 * 1e6, outcome.p99 * 1e6);
    }
    let mut ratios = Vec::new();
    for (ours, engine) in outcomes.iter().zip(["nats", "redis"]) {
        for theirs in &outcomes[2..] {
            // The raw client of the other engine does something else.
            let other = if engine == "nats" { "redis" } else { "nats" };
            if !theirs.name.starts_with(other) {
                ratios.push(format!("{engine}/{size}/{} {:.3}", theirs.name, ours.by(theirs)));
                ratios.push(format!("{engine}/{size}/p99/{} {:.3}", theirs.name, ours.p99 / theirs.p99));
            }
        }
    }
    ratios
}
