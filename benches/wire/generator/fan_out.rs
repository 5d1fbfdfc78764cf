//! Packets that one asks for and all get.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use tokio::sync::Notify;

use super::{Connection, Measured, SPAN, WARM_UP, bounded, open_all};
use crate::protocol::Operation;
use crate::scenario::Server;

/// More are never in flight.
const MOST: usize = 64;

/// How far the broadcasts are.
struct Progress {
    members: usize,
    /// By broadcast: how many have it.
    arrived: [AtomicUsize; MOST],
    delivered: AtomicU64,
    /// A broadcast has reached all.
    complete: Notify,
}

/// Keeps so many broadcasts to so many members in flight for a while, and measures what comes of it.
pub(crate) async fn fan_out(server: &Server<'_>, members: usize, in_flight: usize) -> Measured {
    let mut connections = open_all(server.process.address, server.peer.protocol, members + 1).await;
    // It is in the room as the others are, and reads what it gets in vain.
    let mut sender = connections.pop().expect("there is one");
    let progress = Arc::new(Progress {
        members,
        arrived: std::array::from_fn(|_| AtomicUsize::new(0)),
        delivered: AtomicU64::new(0),
        complete: Notify::new(),
    });
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(receive(connection, progress.clone())))
        .collect();

    let start = Instant::now();
    let mut measured = Measured::default();
    let mut since = None;
    let (mut sent, mut complete) = (Vec::new(), 0);
    loop {
        while sent.len() < complete + in_flight {
            sender.request(Operation::Broadcast);
            sent.push(Instant::now());
        }
        sender.write().await;
        let place = &progress.arrived[complete % MOST];
        while place.load(Ordering::Relaxed) < members {
            bounded("a broadcast", progress.complete.notified()).await;
        }
        place.store(0, Ordering::Relaxed);
        if let Some((since, cpu, delivered)) = since {
            measured.times.push(sent[complete].elapsed().as_nanos() as u32);
            measured.time = Instant::now() - since;
            if measured.time >= SPAN {
                measured.cpu = server.process.cpu() - cpu;
                measured.count = progress.delivered.load(Ordering::Relaxed) - delivered;
                break;
            }
        } else if start.elapsed() >= WARM_UP {
            since = Some((Instant::now(), server.process.cpu(), progress.delivered.load(Ordering::Relaxed)));
        }
        complete += 1;
        sender.discard();
    }
    tasks.iter().for_each(|task| task.abort());
    for task in tasks {
        if let Err(error) = task.await {
            assert!(error.is_cancelled(), "a member failed");
        }
    }
    measured
}

async fn receive(mut connection: Connection, progress: Arc<Progress>) {
    let mut next = 0;
    loop {
        let answers = connection.answers().await;
        progress.delivered.fetch_add(answers.into(), Ordering::Relaxed);
        for _ in 0..answers {
            if progress.arrived[next % MOST].fetch_add(1, Ordering::Relaxed) + 1 == progress.members {
                progress.complete.notify_one();
            }
            next += 1;
        }
    }
}
