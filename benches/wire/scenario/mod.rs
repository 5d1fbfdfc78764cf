//! What servers are put to: one kind a file.

mod calls;
mod connect;
mod fan_out;
mod idle;
mod spread;

use std::future::Future;
use std::pin::Pin;

use crate::figure::Figures;
use crate::peer::Peer;
use crate::process::Process;
use crate::protocol::Operation;

/// A server that runs.
pub(crate) struct Server<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) process: &'a Process,
}

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What a server has to know for it.
    pub(crate) operation: Operation,
    /// Against whom it is; all that can do it if nobody is named.
    pub(crate) against: &'static [&'static str],
    /// Whether each batch has a server of its own, as memory is given back to nobody. Then one batch is enough.
    pub(crate) is_fresh: bool,
    /// One batch.
    pub(crate) run: Run,
}

type Run = for<'a> fn(&'a Server<'a>) -> Pin<Box<dyn Future<Output = Figures> + 'a>>;

const BARE: &[&str] = &["tungstenite-coalesced"];
const MORE_PACKETS: &[&str] = &["packets-100", "packets-1000"];

pub(crate) const ALL: [Scenario; 23] = [
    measured("ping", Operation::Call, |server| Box::pin(calls::ping(server))),
    measured("pipelined", Operation::Call, |server| Box::pin(calls::pipelined(server))),
    measured("emit", Operation::Emit, |server| Box::pin(calls::emit(server))),
    measured("broadcast-500", Operation::Broadcast, |server| Box::pin(fan_out::run(server, 500, 1))),
    measured("broadcast-2000", Operation::Broadcast, |server| Box::pin(fan_out::run(server, 2_000, 1))),
    measured("broadcast-500x8", Operation::Broadcast, |server| Box::pin(fan_out::run(server, 500, 8))),
    measured("connect", Operation::Call, |server| Box::pin(connect::run(server))),
    measured("large", Operation::Large, |server| Box::pin(calls::large(server))),
    measured("bundle", Operation::Bundle, |server| Box::pin(calls::bundle(server))),
    scaled("scale-connections-1", BARE, |server| Box::pin(spread::run(server, 1, 1))),
    scaled("scale-connections-100", BARE, |server| Box::pin(spread::run(server, 100, 1))),
    scaled("scale-connections-1000", BARE, |server| Box::pin(spread::run(server, 1_000, 1))),
    scaled("scale-connections-10000", BARE, |server| Box::pin(spread::run(server, 10_000, 1))),
    scaled("scale-connections-1x16", BARE, |server| Box::pin(spread::run(server, 1, 16))),
    scaled("scale-connections-100x16", BARE, |server| Box::pin(spread::run(server, 100, 16))),
    scaled("scale-connections-1000x16", BARE, |server| Box::pin(spread::run(server, 1_000, 16))),
    scaled("scale-connections-10000x16", BARE, |server| Box::pin(spread::run(server, 10_000, 16))),
    scaled("scale-packets", MORE_PACKETS, |server| Box::pin(calls::pipelined(server))),
    scaled("scale-packets-each", MORE_PACKETS, |server| Box::pin(calls::each(server))),
    scaled("scale-packets-connect", MORE_PACKETS, |server| Box::pin(connect::run(server))),
    fresh("idle-1000", |server| Box::pin(idle::run(server, 1_000))),
    fresh("idle-5000", |server| Box::pin(idle::run(server, 5_000))),
    fresh("idle", |server| Box::pin(idle::run(server, 9_500))),
];

const fn measured(name: &'static str, operation: Operation, run: Run) -> Scenario {
    Scenario { name, operation, against: &[], is_fresh: false, run }
}

const fn scaled(name: &'static str, against: &'static [&'static str], run: Run) -> Scenario {
    Scenario { name, operation: Operation::Call, against, is_fresh: false, run }
}

const fn fresh(name: &'static str, run: Run) -> Scenario {
    Scenario { name, operation: Operation::Call, against: &[], is_fresh: true, run }
}

impl Scenario {
    /// Whether a peer takes part in it.
    pub(crate) fn is_for(&self, peer: &Peer) -> bool {
        if self.against.is_empty() {
            !peer.is_special && peer.protocol.supports(self.operation)
        } else {
            self.against.contains(&peer.name)
        }
    }
}
