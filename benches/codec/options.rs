//! What the command line asks for.

use std::env;
use std::process;

const SETS: [&str; 8] = ["player", "position", "chat", "log", "log_shared", "mesh", "minecraft", "mk48"];
const PEERS: [&str; 10] = [
    "hand",
    "speedy",
    "wincode",
    "bitcode",
    "bincode",
    "borsh",
    "postcard",
    "prost",
    "rmp-serde",
    "serde_json",
];

pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// Sets and peers; if no set is among them all are wanted, and so for the peers.
    names: Vec<String>,
}

impl Options {
    pub(crate) fn from_arguments() -> Self {
        let mut options = Self { rounds: 51, names: Vec::new() };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // From cargo.
                "--bench" => {}
                "--rounds" => match arguments.next().map(|rounds| rounds.parse()) {
                    Some(Ok(rounds @ 1..)) => options.rounds = rounds,
                    _ => refuse("--rounds wants a number above 0"),
                },
                name if SETS.contains(&name) || PEERS.contains(&name) => options.names.push(argument),
                _ => refuse(&format!("unknown `{argument}`; sets: {SETS:?}, peers: {PEERS:?}")),
            }
        }
        options
    }

    pub(crate) fn wants_set(&self, name: &str) -> bool {
        self.wants(&SETS, name)
    }

    pub(crate) fn wants_peer(&self, name: &str) -> bool {
        self.wants(&PEERS, name)
    }

    fn wants(&self, all: &[&str], name: &str) -> bool {
        let mut named = self.names.iter().filter(|name| all.contains(&name.as_str())).peekable();
        named.peek().is_none() || named.any(|named| named == name)
    }
}

fn refuse(why: &str) -> ! {
    eprintln!("{why}");
    process::exit(2);
}
