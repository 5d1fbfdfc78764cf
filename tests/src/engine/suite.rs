//! The suite itself. Each test has subjects of its own, as all share one broker.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use packets_server::{Cluster, Engine, Incoming, Node, NodeError, Server, Subject, Subscription};
use tokio::time::timeout;

use crate::harness::{Count, alone, server, together};

/// No message takes longer.
const SOON: Duration = Duration::from_secs(5);

/// A name that no other test has.
fn unique(test: &str) -> String {
    let random: [u8; 8] = rand::random();
    format!("{test} {random:02x?}")
}

/// The next message; what engines tell beside messages does not matter.
async fn next(subscription: &mut Subscription) -> Bytes {
    loop {
        match timeout(SOON, subscription.next()).await.expect("in time").expect("no end") {
            Incoming::Message(message) => return message,
            _ => continue,
        }
    }
}

fn number(message: &Bytes) -> u32 {
    u32::from_be_bytes(message[..4].try_into().expect("a number"))
}

fn bytes(number: u32) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// Of three nodes, all have it, once.
pub async fn a_message_reaches_every_subscription_and_oneself<E: Engine, F: Future<Output = E>>(
    connect: &impl Fn() -> F,
) {
    let subject = Subject::of(["test", &unique("every")]);
    let (a, b, c) = (connect().await, connect().await, connect().await);
    let mut subscriptions = Vec::new();
    for engine in [&a, &b, &c] {
        subscriptions.push(engine.subscribe(vec![subject.clone()]).await.expect("subscribed"));
    }
    for value in 0..3 {
        a.publish(&subject, bytes(value)).await.expect("published");
    }
    for subscription in &mut subscriptions {
        for value in 0..3 {
            assert_eq!(number(&next(subscription).await), value);
        }
    }
}

/// However many follow each other.
pub async fn what_one_publishes_comes_in_order<E: Engine, F: Future<Output = E>>(connect: &impl Fn() -> F) {
    const MESSAGES: u32 = 1_000;
    let subject = Subject::of(["test", &unique("order")]);
    let (a, b, c) = (connect().await, connect().await, connect().await);
    let mut subscription = c.subscribe(vec![subject.clone()]).await.expect("subscribed");
    for value in 0..MESSAGES {
        a.publish(&subject, bytes(value)).await.expect("published");
        b.publish(&subject, bytes(value + MESSAGES)).await.expect("published");
    }
    let mut seen = [Vec::new(), Vec::new()];
    for _ in 0..2 * MESSAGES {
        let value = number(&next(&mut subscription).await);
        seen[usize::from(value >= MESSAGES)].push(value);
    }
    assert_eq!(seen[0], (0..MESSAGES).collect::<Vec<_>>());
    assert_eq!(seen[1], (MESSAGES..2 * MESSAGES).collect::<Vec<_>>());
}

/// A subscription has what it is for, of several subjects too.
pub async fn other_subjects_do_not_come<E: Engine, F: Future<Output = E>>(connect: &impl Fn() -> F) {
    let name = unique("other");
    let subject = |part: &str| Subject::of(["test", &name, part]);
    let engine = connect().await;
    let mut subscription = engine.subscribe(vec![subject("a"), subject("b")]).await.expect("subscribed");
    for (value, part) in (0..).zip(["c", "a", "aa", "", "b", "d", "a"]) {
        engine.publish(&subject(part), bytes(value)).await.expect("published");
    }
    for value in [1, 4, 6] {
        assert_eq!(number(&next(&mut subscription).await), value);
    }
}

/// There is no history.
pub async fn what_is_published_before_a_subscription_does_not_come<E: Engine, F: Future<Output = E>>(
    connect: &impl Fn() -> F,
) {
    let subject = Subject::of(["test", &unique("before")]);
    let engine = connect().await;
    // Nobody hears it, which an engine may know.
    let _ = engine.publish(&subject, bytes(1)).await;
    engine.flush().await.expect("flushed");
    let mut subscription = engine.subscribe(vec![subject.clone()]).await.expect("subscribed");
    engine.publish(&subject, bytes(2)).await.expect("published");
    assert_eq!(number(&next(&mut subscription).await), 2);
    drop(subscription);
    let mut subscription = engine.subscribe(vec![subject.clone()]).await.expect("subscribed");
    engine.publish(&subject, bytes(3)).await.expect("published");
    assert_eq!(number(&next(&mut subscription).await), 3);
}

/// Whatever it is made of.
pub async fn any_subject_is_carried<E: Engine, F: Future<Output = E>>(connect: &impl Fn() -> F) {
    let name = unique("any");
    let parts = ["*", ">", "a.b", " ", "\r\nPUB x", "ü", "\0", "$SYS", "{}", "", "[a-z]", "?"];
    let engine = connect().await;
    for (value, part) in (0..).zip(parts) {
        let subject = Subject::of(["test", &name, part, part]);
        let mut subscription = engine.subscribe(vec![subject.clone()]).await.expect("subscribed");
        engine.publish(&Subject::of(["test", &name, "x", "y"]), bytes(u32::MAX)).await.expect("published");
        engine.publish(&subject, bytes(value)).await.expect("published");
        assert_eq!(number(&next(&mut subscription).await), value, "{part:?}");
    }
}

/// Up to the largest that it says it carries, if that is no more than a few MiB.
pub async fn messages_of_every_size_are_carried_as_they_are<E: Engine, F: Future<Output = E>>(
    connect: &impl Fn() -> F,
) {
    let subject = Subject::of(["test", &unique("size")]);
    let engine = connect().await;
    let mut subscription = engine.subscribe(vec![subject.clone()]).await.expect("subscribed");
    assert!(engine.max_message() >= 512 * 1024, "nodes send as much");
    for size in [0, 1, 100, 10_000, engine.max_message().min(4 * 1024 * 1024)] {
        let content: Vec<u8> = (0..size).map(|place| (place % 251) as u8).collect();
        engine.publish(&subject, content.clone().into()).await.expect("published");
        assert!(next(&mut subscription).await == content, "{size} bytes");
    }
}

/// Nobody waits for it, and what it has is a part of what was published, in order.
pub async fn a_subscription_that_is_not_read_is_bounded_and_holds_up_nobody<
    E: Engine,
    F: Future<Output = E>,
>(
    connect: &impl Fn() -> F,
) {
    const MESSAGES: u32 = 20_000;
    let subject = Subject::of(["test", &unique("unread")]);
    let (a, b) = (connect().await, connect().await);
    let mut unread = b.subscribe(vec![subject.clone()]).await.expect("subscribed");
    for value in 0..MESSAGES {
        timeout(SOON, a.publish(&subject, bytes(value))).await.expect("in time").expect("published");
    }
    a.flush().await.expect("flushed");
    let mut last = number(&next(&mut unread).await);
    let rest = async {
        while let Some(incoming) = unread.next().await {
            if let Incoming::Message(message) = incoming {
                let value = number(&message);
                assert!(value > last, "{value} after {last}");
                last = value;
            }
        }
    };
    // It may end there, be silent, or have all.
    let _ = timeout(Duration::from_millis(500), rest).await;
}

/// A node that answers with a number.
async fn node<E: Engine>(engine: E, name: &str, value: u32) -> Server {
    server()
        .engine(engine)
        .cluster(Cluster::default().name(name).secret("shared"))
        .intercom(move |ask: Count, _: Node| async move { (ask.value == value).then_some(value) })
        .build()
        .expect("a server")
}

/// A cluster's name may be anything.
fn cluster_name() -> String {
    let random: [u8; 8] = rand::random();
    format!("*.{random:02x?}").chars().take(40).collect()
}

/// Each asks all.
pub async fn nodes_find_each_other_and_answer<E: Engine, F: Future<Output = E>>(connect: &impl Fn() -> F) {
    let name = cluster_name();
    let mut nodes = Vec::new();
    for value in 0..3 {
        nodes.push(node(connect().await, &name, value).await);
    }
    together(&[&nodes[0], &nodes[1], &nodes[2]]).await;
    for asker in &nodes {
        for value in 0..3 {
            let gathered = asker.intercom(Count { value }).await.expect("asked");
            assert_eq!((gathered.answers.len(), gathered.tally.answered), (3, 3));
            let found: Vec<_> = gathered.found().collect();
            assert_eq!(found, [(nodes[value as usize].node_id(), value)]);
        }
        assert_eq!(asker.intercom(Count { value: 2 }).first().await, Ok(Some(2)));
        assert_eq!(asker.intercom(Count { value: 9 }).first().await, Ok(None));
    }
}

/// It says so.
pub async fn a_node_that_leaves_is_gone_at_once<E: Engine, F: Future<Output = E>>(connect: &impl Fn() -> F) {
    let name = cluster_name();
    let stays = node(connect().await, &name, 1).await;
    let slow = server()
        .engine(connect().await)
        .cluster(Cluster::default().name(&name).secret("shared"))
        .intercom(|_: Count, _: Node| std::future::pending::<Option<u32>>())
        .build()
        .expect("a server");
    together(&[&stays, &slow]).await;
    let id = slow.node_id();
    let mut answers = stays.intercom(Count { value: 1 }).answers().expect("asked");
    assert_eq!(answers.next().await, Some((stays.node_id(), Ok(Some(1)))));
    drop(slow);
    let left = timeout(SOON, answers.next()).await.expect("before the deadline");
    assert_eq!(left, Some((id, Err(NodeError::Left))));
    alone(&stays).await;
}
