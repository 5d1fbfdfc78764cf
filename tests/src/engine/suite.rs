//! The suite itself. Each test has subjects of its own, as all share one broker.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::join_all;
use packets_server::{
    Cluster, Engine, EngineFuture, Incoming, Node, NodeError, Server, Subject, Subscription,
};
use tokio::time::{sleep, timeout};

use super::{Guest, Held, Member};
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

/// All but the one that publishes have it, once and in order; of those that share an engine, each other one.
pub async fn what_is_for_others_reaches_all_others<E: Engine, F: Future<Output = E>>(
    connect: &impl Fn() -> F,
) {
    let name = unique("others");
    let [all, one, other] = ["all", "one", "other"].map(|part| Subject::of(["test", &name, part]));
    let (a, b) = (connect().await, connect().await);
    let mut own = a.subscribe(vec![all.clone(), one.clone()]).await.expect("subscribed");
    let mut others = vec![b.subscribe(vec![all.clone()]).await.expect("subscribed")];
    for value in 0..100 {
        a.publish_to_others(&all, bytes(value)).await.expect("published");
    }
    // What comes back in between is behind those before.
    a.publish(&one, bytes(100)).await.expect("published");
    others.push(a.subscribe(vec![all.clone(), other]).await.expect("subscribed"));
    for value in 100..200 {
        a.publish_to_others(&all, bytes(value)).await.expect("published");
    }
    for (subscription, first) in others.iter_mut().zip([0, 100]) {
        for value in first..200 {
            assert_eq!(number(&next(subscription).await), value);
        }
    }
    while number(&next(&mut own).await) != 100 {}
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

/// Nobody waits for it, and what it has is the first of what was published, in order, and no more than there is room
/// for.
pub async fn a_subscription_that_is_not_read_is_bounded_and_holds_up_nobody<
    E: Engine,
    F: Future<Output = E>,
>(
    connect: &impl Fn() -> F,
) {
    const MESSAGES: u32 = 20_000;
    let subject = Subject::of(["test", &unique("unread")]);
    let (a, b, c) = (connect().await, connect().await, connect().await);
    let mut unread = b.subscribe(vec![subject.clone()]).await.expect("subscribed");
    let mut read = c.subscribe(vec![subject.clone()]).await.expect("subscribed");
    for value in 0..MESSAGES {
        timeout(SOON, a.publish(&subject, bytes(value))).await.expect("in time").expect("published");
        // Another one has all, as it is read: it shows how far the messages are.
        if value % 500 == 499 {
            while number(&next(&mut read).await) < value {}
        }
    }
    let mut values = Vec::new();
    let rest = async {
        while let Some(incoming) = unread.next().await {
            if let Incoming::Message(message) = incoming {
                values.push(number(&message));
            }
        }
    };
    // It may end there, or be silent.
    let _ = timeout(Duration::from_millis(500), rest).await;
    assert!(values.is_sorted_by(|one, next| one < next), "they are in order");
    assert_eq!(values.first(), Some(&0));
    assert!(values.len() < MESSAGES as usize / 2, "{} of {MESSAGES}", values.len());
}

/// What came and what was told to be missing is all there was.
pub async fn a_burst_for_a_node_that_does_not_read_is_told_as_a_gap<E: Engine, F: Future<Output = E>>(
    connect: &impl Fn() -> F,
) {
    const WAVES: usize = 3;
    const WAVE: usize = 3_000;
    let settings = Cluster::default().name(cluster_name()).heartbeat(Duration::from_millis(500));
    // Nobody is to be dead for his silence meanwhile.
    let settings = settings.dead_after(Duration::from_secs(60)).unhealthy_after(Duration::from_secs(60));
    let settings = settings.outbox(WAVES * WAVE + 100);
    let (engine, hold) = Held::new(connect().await);
    let asker = Member::new(connect().await, settings.clone(), |_| {});
    let asked = Member::new(engine, settings, |_| {});
    together(&[asker.server(), asked.server()]).await;
    hold.send_replace(true);
    for _ in 0..WAVES {
        join_all((0..WAVE).map(|_| asker.ask(Duration::from_millis(100)))).await;
    }
    hold.send_replace(false);
    assert_eq!(asker.sent(), (WAVES * WAVE) as u64);
    let (came, missed) = timeout(SOON, async {
        loop {
            let (came, missed) = asked.account(asker.server().node_id());
            if came + missed >= asker.sent() {
                return (came, missed);
            }
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("all is accounted for");
    assert_eq!(came + missed, asker.sent(), "{came} came, {missed} missed");
    assert!(came > 0 && missed > 0, "{came} came, {missed} missed");
}

/// One that several nodes have.
struct Shared<E>(Arc<E>);

impl<E: Engine> Engine for Shared<E> {
    fn subscribe(&self, subjects: Vec<Subject>) -> EngineFuture<'_, Subscription> {
        self.0.subscribe(subjects)
    }

    fn publish(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        self.0.publish(subject, message)
    }

    fn publish_to_others(&self, subject: &Subject, message: Bytes) -> EngineFuture<'_, ()> {
        self.0.publish_to_others(subject, message)
    }

    fn flush(&self) -> EngineFuture<'_, ()> {
        self.0.flush()
    }
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

/// They hear each other, and what one says last.
pub async fn nodes_that_share_an_engine_hear_each_other<E: Engine, F: Future<Output = E>>(
    connect: &impl Fn() -> F,
) {
    let name = cluster_name();
    let shared = Arc::new(connect().await);
    let one = node(Shared(shared.clone()), &name, 1).await;
    let apart = node(connect().await, &name, 2).await;
    together(&[&one, &apart]).await;
    let other = node(Shared(shared), &name, 3).await;
    together(&[&one, &apart, &other]).await;
    for asker in [&one, &apart, &other] {
        for value in 1..4 {
            let gathered = asker.intercom(Count { value }).await.expect("asked");
            assert_eq!((gathered.tally.answered, gathered.found().count()), (3, 1));
        }
    }
    drop(other);
    for node in [&one, &apart] {
        let left = async {
            while node.nodes().len() > 1 {
                sleep(Duration::from_millis(10)).await
            }
        };
        timeout(SOON, left).await.expect("it said goodbye");
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

/// Who is in it is told, asked, listed, and let in elsewhere, whatever its node.
pub async fn rooms_reach_over_all_nodes<E: Engine, F: Future<Output = E>>(connect: &impl Fn() -> F) {
    let name = cluster_name();
    let (a, b) = (node(connect().await, &name, 1).await, node(connect().await, &name, 2).await);
    together(&[&a, &b]).await;
    let (mut here, mut there, mut other) = (Guest::of(&a).await, Guest::of(&b).await, Guest::of(&b).await);

    a.to("room").emit(&Count { value: 1 }).expect("encoded");
    a.to("room").except(there.id).emit(&Count { value: 2 }).expect("encoded");
    b.to(here.id).to(there.id).emit(&Count { value: 3 }).expect("encoded");
    a.all().emit(&Count { value: 4 }).expect("encoded");
    // Between nodes there is no order: what one has told comes in that of its own.
    let mut expected =
        [(&mut here, vec![1, 2, 3, 4]), (&mut there, vec![1, 3, 4]), (&mut other, vec![1, 2, 4])];
    for (guest, expected) in &mut expected {
        let mut came = Vec::new();
        for _ in 0..expected.len() {
            came.push(guest.next().await);
        }
        came.sort_unstable();
        assert_eq!(came, *expected);
    }

    let asked = a.to("room").except(other.id).send(Count { value: 21 }).expect("encoded");
    let answers: HashMap<_, _> = timeout(SOON, asked.collect()).await.expect("in time");
    assert_eq!(answers, HashMap::from([(here.id, Ok(42)), (there.id, Ok(42))]));

    assert_eq!((here.next().await, there.next().await), (21, 21));

    let found = a.to("room").everywhere().sockets().await;
    let found: HashMap<_, _> = found.sockets.into_iter().map(|(node, id)| (id, node)).collect();
    let (a_id, b_id) = (a.node_id(), b.node_id());
    assert_eq!(found, HashMap::from([(here.id, a_id), (there.id, b_id), (other.id, b_id)]));
    let joined = b.to("room").except(other.id).everywhere().join("inner").await.expect("joined");
    assert_eq!(joined.sockets, 2);
    b.to("inner").emit(&Count { value: 5 }).expect("encoded");
    assert_eq!((here.next().await, there.next().await), (5, 5));
    assert_eq!(a.to("inner").everywhere().close().await.sockets, 2);
    assert_eq!(b.to("room").everywhere().sockets().await.sockets, [(b_id, other.id)]);
}
