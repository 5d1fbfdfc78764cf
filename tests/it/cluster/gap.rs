//! What is lost is told.

use std::time::Duration;

use futures_util::FutureExt;
use packets_server::{ClusterEvent, Local, NodeId, Server};
use packets_tests::engine::Breakable;
use packets_tests::harness::{paused_time, together};
use proptest::prelude::*;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::sleep;

use super::{Guest, count, event, guest, holder, pair, until};

fn gap(node: NodeId, from: u64, to: u64) -> ClusterEvent {
    ClusterEvent::Gap { node, from, to }
}

/// Emits these values to the room.
fn emit(server: &Server, values: impl IntoIterator<Item = u32>) {
    for value in values {
        let delivery = server.to("room").emit(&count(value)).expect("encoded");
        assert_eq!(delivery.unpublished, None);
    }
}

async fn seen(guest: &mut Guest, values: impl IntoIterator<Item = u32>) {
    for value in values {
        assert_eq!(guest.next().await, value);
    }
}

/// Emits, and waits until that is on its way.
async fn emitted(server: &Server, values: impl IntoIterator<Item = u32>) {
    emit(server, values);
    while server.inspect().cluster.expect("a node").waiting > 0 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn what_is_lost_in_between_is_told_by_its_numbers() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let (mut events, mut there) = (a.cluster_events(), guest(&a, &["room"]).await);
        emitted(&b, 1..=3).await;
        breakable.lose(4);
        emitted(&b, 4..=7).await;
        emit(&b, 8..=9);
        seen(&mut there, [1, 2, 3, 8, 9]).await;
        until(&mut events, &gap(b.node_id(), 4, 7)).await;
    });
}

#[test]
fn a_lost_tail_is_told_by_the_next_heartbeat() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let (mut events, mut there) = (a.cluster_events(), guest(&a, &["room"]).await);
        emitted(&b, 1..=3).await;
        seen(&mut there, 1..=3).await;
        breakable.lose(2);
        emitted(&b, 4..=5).await;
        until(&mut events, &gap(b.node_id(), 4, 5)).await;
        emit(&b, [6]);
        seen(&mut there, [6]).await;
    });
}

#[test]
fn what_comes_twice_is_taken_once() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let mut there = guest(&a, &["room"]).await;
        breakable.repeat(true);
        emitted(&b, 1..=5).await;
        seen(&mut there, 1..=5).await;
        let gathered = b.intercom(count(1)).await.expect("asked");
        assert_eq!(gathered.answers.len(), 2);
        emit(&b, [6]);
        seen(&mut there, [6]).await;
    });
}

#[test]
fn who_is_cut_off_tells_what_it_missed_meanwhile() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let (mut events, mut there) = (b.cluster_events(), guest(&b, &["room"]).await);
        emit(&a, 1..=2);
        seen(&mut there, 1..=2).await;
        breakable.cut();
        until(&mut events, &ClusterEvent::EngineDown).await;
        emit(&a, 3..=6);
        until(&mut events, &ClusterEvent::EngineUp).await;
        emit(&a, [7]);
        seen(&mut there, [7]).await;
        until(&mut events, &gap(a.node_id(), 3, 6)).await;
    });
}

#[test]
fn a_goodbye_tells_the_last_that_was_lost() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let mut events = a.cluster_events();
        let mut there = guest(&a, &["room"]).await;
        emit(&b, [1]);
        seen(&mut there, [1]).await;
        breakable.lose(3);
        emitted(&b, 2..=4).await;
        let id = b.node_id();
        b.shut_down().await;
        until(&mut events, &gap(id, 2, 4)).await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is lost, comes twice, or is cut off: what came and what was told to be missing is all there was.
    #[test]
    fn what_came_and_what_was_told_make_up_all_that_was_sent(steps in prop::collection::vec((0..4u8, 1..20u32), 1..20)) {
        paused_time(async move {
            let local = Local::default();
            let (to, from) = (Breakable::new(local.clone()), Breakable::new(local));
            let (a, b) = (holder(to.clone(), 1), holder(from.clone(), 2));
            together(&[&a, &b]).await;
            let (mut events, mut there) = (a.cluster_events(), guest(&a, &["room"]).await);
            // From here on it counts.
            emit(&b, [0]);
            seen(&mut there, [0]).await;
            let mut sent = 0;
            for (what, some) in steps {
                match what {
                    0 => from.lose(some as usize),
                    1 => from.repeat(some % 2 == 0),
                    2 => to.cut(),
                    _ => {}
                }
                emitted(&b, sent + 1..=sent + some).await;
                sent += some;
                from.lose(0);
            }
            from.repeat(false);
            a.engine_up().await;
            emitted(&b, [sent + 1]).await;
            let mut came = Vec::new();
            while came.last() != Some(&(sent + 1)) {
                came.push(there.next().await);
            }
            let mut told = Vec::new();
            while came.len() + told.len() < sent as usize + 1 {
                // A message's number is one more than its value, as counting began with 0.
                told.extend(event(&mut events, |event| match event {
                    ClusterEvent::Gap { from, to, .. } => Some(from as u32 - 1..=to as u32 - 1),
                    _ => None,
                }).await);
            }
            let mut all: Vec<_> = came.into_iter().chain(told).collect();
            all.sort_unstable();
            assert_eq!(all, (1..=sent + 1).collect::<Vec<_>>());
        });
    }

    /// Several nodes, each with an engine that loses messages on their way out and in by chance: for each of them
    /// and each other, what came and what was told to be missing is all that was sent, and nothing is both.
    #[test]
    fn by_any_chance_each_node_has_or_misses_all_that_each_other_sent(seed: u64, percent in 1..70u32) {
        paused_time(lossy(seed, percent));
    }
}

/// How many nodes there are.
const NODES: usize = 3;

/// Numbers of a node begin here.
const EACH: u32 = 10_000;

async fn lossy(seed: u64, percent: u32) {
    let local = Local::default();
    let ways: Vec<_> = (0..NODES).map(|_| Breakable::new(local.clone())).collect();
    let nodes: Vec<_> = ways.iter().map(|way| holder(way.clone(), 1)).collect();
    together(&nodes.iter().collect::<Vec<_>>()).await;
    let mut guests = Vec::new();
    for node in &nodes {
        guests.push(guest(node, &["room"]).await);
    }
    let mut events: Vec<_> = nodes.iter().map(Server::cluster_events).collect();
    for (number, way) in (0..).zip(&ways) {
        way.lose_by_chance(percent, seed ^ number);
    }
    // Values are as the messages' numbers, since nothing else is counted.
    let (mut random, mut sent) = (SmallRng::seed_from_u64(seed), [0; NODES]);
    let mut send = |node: usize| {
        let value = count(node as u32 * EACH + sent[node] + 1);
        let delivery = nodes[node].to("room").emit(&value).expect("encoded");
        sent[node] += u32::from(delivery.unpublished.is_none());
        delivery.unpublished.is_none()
    };
    for _ in 0..150 {
        send(random.random_range(0..NODES));
        sleep(Duration::from_millis(random.random_range(0..500))).await;
    }
    for way in &ways {
        way.lose_by_chance(0, seed);
    }
    for (number, node) in nodes.iter().enumerate() {
        node.engine_up().await;
        assert!(send(number), "the engine is up");
    }
    let last: Vec<_> = (0..).zip(&sent).map(|(number, sent)| number * EACH + sent).collect();
    // What is told late is told by the next heartbeat.
    sleep(Duration::from_secs(12)).await;
    for (receiver, (guest, events)) in guests.iter_mut().zip(&mut events).enumerate() {
        let mut all = Vec::new();
        while !last.iter().all(|value| all.contains(value)) {
            all.push(guest.next().await);
        }
        // What the node itself has sent while it was cut off is nobody else's.
        all.retain(|value| (value / EACH) as usize != receiver);
        while let Some(Some(event)) = events.next().now_or_never() {
            if let ClusterEvent::Gap { node, from, to } = event {
                let sender = nodes.iter().position(|other| other.node_id() == node).expect("a node");
                all.extend((from as u32..=to as u32).map(|number| sender as u32 * EACH + number));
            }
        }
        assert_eq!(events.lost(), 0);
        all.sort_unstable();
        let others = (0..NODES).filter(|sender| *sender != receiver);
        let expected: Vec<_> = others
            .flat_map(|sender| (1..=sent[sender]).map(move |number| sender as u32 * EACH + number))
            .collect();
        assert_eq!(all, expected, "node {receiver}");
    }
}
