//! Who takes part. Each is a file: how it asks, and how its nodes answer.

pub(crate) mod nats;
pub(crate) mod packets;
pub(crate) mod redis;
pub(crate) mod socket_io;
pub(crate) mod tcp;

use std::time::{Duration, Instant};

/// Answers as the node of a peer does, to the end.
pub(crate) async fn answer(node: &str) {
    let (peer, url) = node.split_once(' ').unwrap_or((node, ""));
    match peer {
        packets::NATS | packets::REDIS => packets::answer(peer, url).await,
        nats::NODE | nats::SELF => nats::answer(peer, url).await,
        redis::NODE | redis::SELF => redis::answer(peer, url).await,
        tcp::NODE => tcp::answer().await,
        _ => panic!("there is no {peer}"),
    }
}

/// How long each of so many questions takes.
async fn time(times: usize, mut question: impl AsyncFnMut(u32)) -> Vec<Duration> {
    let mut took = Vec::with_capacity(times);
    for id in (0..).take(times) {
        let began = Instant::now();
        question(id).await;
        took.push(began.elapsed());
    }
    took
}
