//! Requests with answers, so many in flight on each connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use tokio::time::sleep;

use super::{Connection, Measured, SPAN, WARM_UP, bounded, open_all};
use crate::protocol::Operation;
use crate::scenario::Server;

/// What is asked of a server.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) operation: Operation,
    pub(crate) connections: usize,
    /// Requests in flight, on each connection.
    pub(crate) in_flight: usize,
}

/// How far a load is.
#[derive(Default)]
struct Phase(AtomicU8);

impl Phase {
    const MEASURED: u8 = 1;
    const OVER: u8 = 2;

    fn is(&self, phase: u8) -> bool {
        self.0.load(Ordering::Relaxed) == phase
    }

    fn begin(&self, phase: u8) {
        self.0.store(phase, Ordering::Relaxed);
    }
}

/// Keeps so many requests in flight for a while, and measures what comes of it.
pub(crate) async fn run(server: &Server<'_>, load: Load) -> Measured {
    let connections = open_all(server.process.address, server.peer.protocol, load.connections).await;
    let phase = Arc::new(Phase::default());
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(drive(connection, load, phase.clone())))
        .collect();
    sleep(WARM_UP).await;
    let (since, cpu) = (Instant::now(), server.process.cpu());
    phase.begin(Phase::MEASURED);
    sleep(SPAN).await;
    phase.begin(Phase::OVER);
    let mut measured =
        Measured { time: since.elapsed(), cpu: server.process.cpu() - cpu, ..Measured::default() };
    for task in tasks {
        let times = bounded("the last answer", task).await.expect("no panic");
        measured.count += times.len() as u64 * load.operation.packets();
        measured.times.extend(times);
    }
    measured
}

/// The times of the requests that were answered while it was measured, in nanoseconds. Answers are matched with
/// requests in the order in which these were sent.
async fn drive(mut connection: Connection, load: Load, phase: Arc<Phase>) -> Vec<u32> {
    let mut times = Vec::new();
    // When each was sent, and how many answers are to come.
    let mut waiting: VecDeque<(Instant, u32)> = VecDeque::new();
    let send = |connection: &mut Connection, waiting: &mut VecDeque<_>, requests: usize| {
        let now = Instant::now();
        for _ in 0..requests {
            waiting.push_back((now, connection.request(load.operation)));
        }
    };
    send(&mut connection, &mut waiting, load.in_flight);
    while !waiting.is_empty() {
        connection.write().await;
        let mut answers = connection.answers().await;
        let now = Instant::now();
        let before = waiting.len();
        while answers > 0 {
            let (sent, left) = waiting.front_mut().expect("there are no more answers than requests");
            let of_this = answers.min(*left);
            answers -= of_this;
            *left -= of_this;
            if *left == 0 {
                if phase.is(Phase::MEASURED) {
                    times.push((now - *sent).as_nanos() as u32);
                }
                waiting.pop_front();
            }
        }
        if !phase.is(Phase::OVER) {
            let answered = before - waiting.len();
            send(&mut connection, &mut waiting, answered);
        }
    }
    times
}
