//! Messages that are not of the cluster, or not as they should be.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use packets_server::{
    Cluster, ClusterEvent, Engine, Incoming, Local, Node, NodeId, RejectKind, Server, Subject,
};
use packets_tests::engine::Breakable;
use packets_tests::harness::{Count, node, paused_time, real_time, together};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep};

use super::{count, event, guest, holder, mute, numbers, until};

/// What everybody of the cluster hears.
fn all() -> Subject {
    Subject::of(["packets", "default", "all"])
}

/// What one node hears.
fn only(node: NodeId) -> Subject {
    Subject::of(["packets", "default", "node", &node.to_string()])
}

/// A message as PROTOCOL.md has it.
fn message(origin: [u8; 16], epoch: u64, sequence: u64, content: &[u8]) -> Bytes {
    let mut message = vec![1];
    message.extend(epoch.to_be_bytes());
    message.push(0);
    message.extend(origin);
    message.extend(sequence.to_be_bytes());
    message.extend(content);
    message.into()
}

const HEARTBEAT: &[u8] = &[2];

fn refused(server: &Server) -> u64 {
    server.inspect().cluster.expect("a node").refused
}

async fn publish(engine: &Local, subject: &Subject, message: impl Into<Bytes>) {
    engine.publish(subject, message.into()).await.expect("published");
}

/// What has been published before has been looked at.
async fn settled(server: &Server) {
    assert_eq!(server.intercom(count(2)).first().await, Ok(Some(2)));
}

async fn pair_on(local: &Local) -> (Server, Server) {
    let (a, b) = (holder(local.clone(), 1), holder(local.clone(), 2));
    together(&[&a, &b]).await;
    (a, b)
}

#[test]
fn junk_is_refused_and_counted_and_changes_nothing() {
    real_time(async {
        let local = Local::default();
        let (a, b) = pair_on(&local).await;
        let before = refused(&a);
        // By a seed of which nothing is a message by accident.
        let mut random = SmallRng::seed_from_u64(1);
        for size in 0..300 {
            let mut junk = vec![0; size];
            random.fill(&mut junk[..]);
            let mut versioned = junk.clone();
            versioned.insert(0, 1);
            publish(&local, &all(), junk).await;
            publish(&local, &only(a.node_id()), versioned).await;
        }
        settled(&a).await;
        assert!(refused(&a) > before + 400, "{}", refused(&a));
        assert_eq!(a.nodes(), [b.node_id()]);
    });
}

#[test]
fn real_messages_that_are_cut_or_changed_harm_nobody() {
    real_time(async {
        let local = Local::default();
        let breakable = Breakable::new(local.clone());
        let (a, b) = (holder(local.clone(), 1), holder(breakable.clone(), 2));
        together(&[&a, &b]).await;
        let _guest = guest(&b, &["room"]).await;
        b.to("room").except("other").emit(&count(1)).expect("encoded");
        let _ = b.intercom(count(1)).await;
        let _ = a.to("room").send(count(1)).expect("encoded").collect::<Vec<_>>().await;
        let _ = b.to("room").everywhere().sockets().await;
        let real = breakable.published();
        assert!(real.len() > 6);
        let mut sequence: u64 = 1_000;
        for (subject, message) in real {
            for cut in 0..message.len() {
                publish(&local, &subject, message.slice(..cut)).await;
            }
            // The content alone: what stands before it says whose it is, and that it is new.
            for bit in 34 * 8..message.len() * 8 {
                sequence += 1;
                let mut changed = message.to_vec();
                changed[26..34].copy_from_slice(&u64::to_be_bytes(sequence));
                changed[bit / 8] ^= 1 << (bit % 8);
                publish(&local, &subject, changed).await;
            }
            tokio::task::yield_now().await;
        }
        // Whatever it was taken for, the nodes go on.
        let gathered = a.intercom(count(1)).await.expect("asked");
        assert!(gathered.found().any(|(node, value)| node == a.node_id() && value == 1));
    });
}

#[test]
fn who_does_not_know_the_secret_is_no_node() {
    paused_time(async {
        let local = Local::default();
        let with = |secret: &str| {
            let cluster = Cluster::default().secret(secret);
            let here = |ask: Count, _: Node| async move { Some(ask.value) };
            node(local.clone()).cluster(cluster).intercom(here).build().expect("a server")
        };
        let (a, b, stranger) = (with("right"), with("right"), with("wrong"));
        let without = holder(local.clone(), 2);
        together(&[&a, &b]).await;
        together(&[&stranger]).await;
        together(&[&without]).await;
        sleep(Duration::from_secs(20)).await;
        assert_eq!((a.nodes(), b.nodes()), (vec![b.node_id()], vec![a.node_id()]));
        assert_eq!((stranger.nodes(), without.nodes()), (vec![], vec![]));
        assert!(refused(&a) >= 2 && refused(&stranger) >= 2 && refused(&without) >= 2);
        assert_eq!(numbers(stranger.intercom(count(1)).await.expect("asked").tally), [1, 0, 0, 0, 0]);
        // Nor is what anybody has changed on the way.
        let origin = *a.node_id().as_bytes();
        publish(&local, &all(), message(origin, 1, 0, HEARTBEAT)).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(a.nodes(), [b.node_id()]);
    });
}

#[test]
fn messages_beyond_the_limit_are_refused() {
    paused_time(async {
        let local = Local::default();
        let small = Cluster::default().max_message(1_000);
        let a = node(local.clone()).cluster(small).build().expect("a server");
        a.engine_up().await;
        let before = refused(&a);
        let mut long = message([9; 16], 1, 0, HEARTBEAT).to_vec();
        long.resize(1_001, 0);
        publish(&local, &all(), long).await;
        publish(&local, &all(), message([8; 16], 1, 0, HEARTBEAT)).await;
        while a.nodes().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(a.nodes(), [NodeId::from([8; 16])]);
        assert_eq!(refused(&a), before + 1);
    });
}

#[test]
fn there_are_so_many_nodes_and_no_more() {
    paused_time(async {
        let local = Local::default();
        let few = Cluster::default().nodes(10);
        let a = node(local.clone()).cluster(few).build().expect("a server");
        a.engine_up().await;
        let mut events = a.cluster_events();
        for number in 0..1_000_u32 {
            let mut origin = [0; 16];
            origin[..4].copy_from_slice(&number.to_be_bytes());
            publish(&local, &all(), message(origin, 1, 0, HEARTBEAT)).await;
        }
        for _ in 0..10 {
            event(&mut events, |event| matches!(event, ClusterEvent::Joined(_)).then_some(())).await;
        }
        assert_eq!(a.nodes().len(), 10);
        // Those that are silent make room.
        sleep(Duration::from_secs(20)).await;
        let late = NodeId::from([0xff; 16]);
        publish(&local, &all(), message(*late.as_bytes(), 1, 0, HEARTBEAT)).await;
        until(&mut events, &ClusterEvent::Joined(late)).await;
        assert_eq!(a.nodes(), [late]);
    });
}

#[test]
fn another_node_of_the_same_id_makes_it_take_another() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = pair_on(&local).await;
        let (mut events, from) = (a.cluster_events(), a.node_id());
        publish(&local, &all(), message(*from.as_bytes(), 1, 0, HEARTBEAT)).await;
        let to = event(&mut events, |event| match event {
            ClusterEvent::Renamed { from: before, to } if before == from => Some(to),
            _ => None,
        })
        .await;
        assert_ne!(to, from);
        assert_eq!(a.node_id(), to);
        let begin = Instant::now();
        together(&[&a, &b]).await;
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert_eq!(b.intercom(count(1)).first().await, Ok(Some(1)));
        assert_eq!(a.intercom(count(2)).first().await, Ok(Some(2)));
    });
}

#[test]
fn a_copy_of_a_running_node_makes_it_take_another_id() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = pair_on(&local).await;
        let (mut events, from) = (a.cluster_events(), a.node_id());
        let mut heard = local.subscribe(vec![only(from)]).await.expect("subscribed");
        let Some(Incoming::Message(probe)) = heard.next().await else { panic!("a probe") };
        // What comes twice is not of a copy.
        publish(&local, &only(from), probe.clone()).await;
        settled(&a).await;
        assert_eq!(a.node_id(), from);
        // One that is equal up to when it was copied draws another nonce: it stands before the number.
        let mut copied = probe.to_vec();
        let nonce = copied.len() - 16;
        copied[nonce] ^= 1;
        publish(&local, &only(from), copied).await;
        let to = event(&mut events, |event| match event {
            ClusterEvent::Renamed { from: before, to } if before == from => Some(to),
            _ => None,
        })
        .await;
        assert_eq!(a.node_id(), to);
        together(&[&a, &b]).await;
        assert_eq!(b.intercom(count(1)).first().await, Ok(Some(1)));
    });
}

#[test]
fn who_takes_another_id_does_not_hear_itself_by_the_former() {
    paused_time(async {
        let local = Local::default();
        let breakable = Breakable::new(local.clone());
        let (a, b) = (holder(breakable.clone(), 1), holder(local.clone(), 2));
        together(&[&a, &b]).await;
        let (mut here, mut there) = (guest(&a, &["room"]).await, guest(&b, &["room"]).await);
        let mut events = a.cluster_events();
        let emit = |value| assert_eq!(a.to("room").emit(&count(value)).expect("encoded").queued, 1);
        let _ = breakable.published();
        emit(1);
        assert_eq!(there.next().await, 1);
        let (subject, emitted) = breakable.published().pop().expect("emitted");
        let from = a.node_id();
        publish(&local, &all(), message(*from.as_bytes(), 1, 0, HEARTBEAT)).await;
        event(&mut events, |event| matches!(event, ClusterEvent::Renamed { .. }).then_some(())).await;
        together(&[&a, &b]).await;
        // It was on its way for so long.
        publish(&local, &subject, emitted).await;
        settled(&a).await;
        emit(2);
        assert_eq!((here.next().await, here.next().await), (1, 2));
        assert!(!a.nodes().contains(&from));
    });
}

#[test]
fn answers_that_nobody_asked_for_are_left_out() {
    paused_time(async {
        let local = Local::default();
        let a = holder(local.clone(), 1);
        let b = mute(local.clone());
        together(&[&a, &b]).await;
        let mut heard = local.subscribe(vec![all()]).await.expect("subscribed");
        let mut answers = a.intercom(count(7)).answers().expect("asked");
        assert_eq!(answers.next().await, Some((a.node_id(), Ok(None))));
        let Some(Incoming::Message(question)) = heard.next().await else { panic!("a question") };
        // It ends with its number and its time.
        let number = &question[question.len() - 12..question.len() - 4];
        let answer = [&[7], number, &[0, 1, 7]].concat();
        publish(&local, &only(a.node_id()), message([9; 16], 1, 0, &answer)).await;
        assert!(matches!(answers.next().await, Some((node, Err(_))) if node == b.node_id()));
        assert_eq!(answers.next().await, None);
    });
}

#[test]
fn a_node_works_on_so_many_questions_and_rejects_the_others() {
    paused_time(async {
        let local = Local::default();
        let a = node(local.clone()).build().expect("a server");
        let few = Cluster::default().answers(2);
        let never = |_: Count, _: Node| std::future::pending::<Option<u32>>();
        let b = node(local).cluster(few).intercom(never).build().expect("a server");
        together(&[&a, &b]).await;
        let open = [a.intercom(count(1)).answers(), a.intercom(count(1)).answers()];
        let third = a.intercom(count(1)).await.expect("asked");
        let rejected = third.answers.iter().find(|(node, _)| *node == b.node_id()).expect("asked");
        match &rejected.1 {
            Err(packets_server::NodeError::Failed(packets_server::SendError::Rejected(reject))) => {
                assert_eq!(reject.kind, RejectKind::Overloaded);
            }
            other => panic!("{other:?}"),
        }
        drop(open);
        let begin = Instant::now();
        let later = a.intercom(count(1)).await.expect("asked");
        assert_eq!((later.tally.silent, begin.elapsed().as_secs()), (1, 5));
    });
}

#[test]
fn who_does_not_read_the_events_loses_the_oldest_and_counts_them() {
    paused_time(async {
        let local = Local::default();
        let (a, _b) = pair_on(&local).await;
        let mut events = a.cluster_events();
        for sequence in 0..400 {
            // Each with a gap before it.
            publish(&local, &all(), message([9; 16], 1, sequence * 2, &[6, 0, 0, 0, 0, 0, 0, 0, 0])).await;
        }
        settled(&a).await;
        let mut seen = HashSet::new();
        while events.lost() == 0 || seen.len() < 256 {
            if let Some(ClusterEvent::Gap { from, .. }) = events.next().await {
                seen.insert(from);
            }
        }
        assert_eq!(events.lost(), 400 - 256);
    });
}
