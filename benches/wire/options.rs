//! What the command line asks for.

use std::env;
use std::process;

use crate::scenario;

const PEERS: [&str; 14] = [
    "tungstenite",
    "tungstenite-coalesced",
    "writes",
    "decoding",
    "axum",
    "fastwebsockets",
    "socketioxide",
    "socketioxide-binary",
    "jsonrpsee",
    "tarpc",
    "node-ws",
    "node-socketio",
    "packets-100",
    "packets-1000",
];

pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// Scenarios and peers, with `*` at the end for all that begin so; if no scenario is among them all are wanted,
    /// and so for the peers.
    names: Vec<String>,
}

impl Options {
    pub(crate) fn from_arguments() -> Self {
        let mut options = Self { rounds: 5, names: Vec::new() };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // From cargo.
                "--bench" => {}
                "--rounds" => match arguments.next().map(|rounds| rounds.parse()) {
                    Some(Ok(rounds @ 1..)) => options.rounds = rounds,
                    _ => refuse("--rounds wants a number above 0"),
                },
                name if is_scenario(name) || is_peer(name) => options.names.push(argument),
                _ => {
                    let scenarios = scenario::ALL.map(|scenario| scenario.name);
                    refuse(&format!("unknown `{argument}`; scenarios: {scenarios:?}, peers: {PEERS:?}"));
                }
            }
        }
        options
    }

    pub(crate) fn wants_scenario(&self, name: &str) -> bool {
        self.wants(is_scenario, name)
    }

    pub(crate) fn wants_peer(&self, name: &str) -> bool {
        self.wants(is_peer, name)
    }

    fn wants(&self, is_of_them: fn(&str) -> bool, name: &str) -> bool {
        let mut named = self.names.iter().filter(|name| is_of_them(name)).peekable();
        named.peek().is_none() || named.any(|named| matches(named, name))
    }
}

fn is_scenario(pattern: &str) -> bool {
    scenario::ALL.iter().any(|scenario| matches(pattern, scenario.name))
}

fn is_peer(pattern: &str) -> bool {
    PEERS.iter().any(|peer| matches(pattern, peer))
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

fn refuse(why: &str) -> ! {
    eprintln!("{why}");
    process::exit(2);
}
