//! What servers are put to: one kind a file.

mod calls;
mod connect;
mod fan_out;
mod idle;

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
    /// Whether each batch has a server of its own, as memory is given back to nobody. Then one batch is enough.
    pub(crate) is_fresh: bool,
    /// One batch.
    pub(crate) run: Run,
}

type Run = for<'a> fn(&'a Server<'a>) -> Pin<Box<dyn Future<Output = Figures> + 'a>>;

pub(crate) const ALL: [Scenario; 11] = [
    measured("ping", Operation::Call, |server| Box::pin(calls::ping(server))),
    measured("pipelined", Operation::Call, |server| Box::pin(calls::pipelined(server))),
    measured("emit", Operation::Emit, |server| Box::pin(calls::emit(server))),
    measured("broadcast-500", Operation::Broadcast, |server| Box::pin(fan_out::run(server, 500, 1))),
    measured("broadcast-2000", Operation::Broadcast, |server| Box::pin(fan_out::run(server, 2_000, 1))),
    measured("broadcast-500x8", Operation::Broadcast, |server| Box::pin(fan_out::run(server, 500, 8))),
    measured("connect", Operation::Call, |server| Box::pin(connect::run(server))),
    measured("large", Operation::Large, |server| Box::pin(calls::large(server))),
    measured("bundle", Operation::Bundle, |server| Box::pin(calls::bundle(server))),
    fresh("idle-5000", |server| Box::pin(idle::run(server, 5_000))),
    fresh("idle", |server| Box::pin(idle::run(server, 9_500))),
];

const fn measured(name: &'static str, operation: Operation, run: Run) -> Scenario {
    Scenario { name, operation, is_fresh: false, run }
}

const fn fresh(name: &'static str, run: Run) -> Scenario {
    Scenario { name, operation: Operation::Call, is_fresh: true, run }
}
