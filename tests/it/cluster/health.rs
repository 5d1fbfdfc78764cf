//! An engine that is down, and is back.

use std::time::Duration;

use packets_server::{BuildError, Cluster, ClusterEvent, IntercomError, Local, PublishError, Server};
use packets_tests::engine::Breakable;
use packets_tests::harness::{node, paused_time, together};
use tokio::time::{Instant, sleep};

use super::{count, guest, numbers, pair, until};

/// The engine is down in time, and up again in time.
async fn survives(break_it: impl Fn(&Breakable), mend_it: impl Fn(&Breakable)) {
    let (a, b, breakable) = pair().await;
    let (mut here, mut there) = (guest(&b, &["room"]).await, guest(&a, &["room"]).await);
    let mut events = b.cluster_events();
    let begin = Instant::now();
    break_it(&breakable);
    until(&mut events, &ClusterEvent::EngineDown).await;
    let down = begin.elapsed();
    assert!(down <= Duration::from_millis(6_600), "{down:?}");
    assert!(!b.is_engine_up());
    // Who is here is served as before, and who asks is told.
    let delivery = b.to("room").emit(&count(1)).expect("encoded");
    assert_eq!((delivery.queued, delivery.unpublished), (1, Some(PublishError::Down)));
    assert_eq!(here.next().await, 1);
    let asked = Instant::now();
    let gathered = b.intercom(count(2)).await.expect("asked");
    assert_eq!(gathered.unpublished, Some(PublishError::Down));
    assert_eq!(numbers(gathered.tally), [1, 0, 0, 1, 0]);
    assert_eq!(b.intercom(count(2)).first().await, Ok(Some(2)));
    assert_eq!(b.intercom(count(1)).first().await, Err(IntercomError::Unpublished(PublishError::Down)));
    assert_eq!(asked.elapsed(), Duration::ZERO);
    // While nobody can be heard, nobody is dead.
    sleep(Duration::from_secs(30)).await;
    assert_eq!(b.nodes(), [a.node_id()]);
    mend_it(&breakable);
    let mended = Instant::now();
    b.engine_up().await;
    let up = mended.elapsed();
    assert!(up <= Duration::from_secs(5), "{up:?}");
    together(&[&a, &b]).await;
    let delivery = b.to("room").emit(&count(2)).expect("encoded");
    assert_eq!(delivery.unpublished, None);
    while there.next().await != 2 {}
    assert_eq!(b.intercom(count(1)).first().await, Ok(Some(1)));
}

#[test]
fn an_engine_that_hangs_is_down_in_6_seconds_and_up_again_in_5() {
    paused_time(survives(|engine| engine.hang(true), |engine| engine.hang(false)));
}

#[test]
fn an_engine_that_loses_everything_without_a_word_is_down_and_up_again() {
    paused_time(survives(|engine| engine.lose_all(true), |engine| engine.lose_all(false)));
}

#[test]
fn an_engine_that_refuses_is_down_and_up_again() {
    paused_time(survives(|engine| engine.refuse(true), |engine| engine.refuse(false)));
}

#[test]
fn an_engine_that_ends_subscriptions_is_down_at_once_and_up_again() {
    paused_time(survives(
        |engine| {
            engine.refuse(true);
            engine.cut();
        },
        |engine| engine.refuse(false),
    ));
}

#[test]
fn a_subscription_that_hears_nothing_any_more_is_made_anew() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let mut events = b.cluster_events();
        breakable.deafen();
        until(&mut events, &ClusterEvent::EngineDown).await;
        let begin = Instant::now();
        until(&mut events, &ClusterEvent::EngineUp).await;
        assert!(begin.elapsed() <= Duration::from_secs(5));
        together(&[&a, &b]).await;
        assert_eq!(a.intercom(count(2)).first().await, Ok(Some(2)));
    });
}

#[test]
fn what_waits_for_an_engine_that_hangs_is_bounded_and_nobody_waits() {
    paused_time(async {
        let local = Local::default();
        let breakable = Breakable::new(local.clone());
        let a = node(breakable.clone()).build().expect("a server");
        let b = node(local).build().expect("a server");
        together(&[&a, &b]).await;
        breakable.hang(true);
        let emit = |server: &Server| server.to("room").emit(&count(1)).expect("encoded").unpublished;
        let taken = (0..5_000).filter(|_| emit(&a).is_none()).count();
        assert!((4_096..=4_097).contains(&taken), "{taken}");
        assert_eq!(emit(&a), Some(PublishError::Full));
        let gathered = a.intercom(count(1)).await.expect("asked");
        assert_eq!(gathered.unpublished, Some(PublishError::Full));
    });
}

#[test]
fn the_bytes_that_wait_for_an_engine_are_bounded_too() {
    paused_time(async {
        let breakable = Breakable::new(Local::default());
        let small = Cluster::default().outbox_bytes(1_000);
        let a = node(breakable.clone()).cluster(small).build().expect("a server");
        a.engine_up().await;
        breakable.hang(true);
        let text = packets_tests::harness::Echo("x".repeat(300));
        let outcomes: Vec<_> =
            (0..5).map(|_| a.to("room").emit(&text).expect("encoded").unpublished).collect();
        assert_eq!(outcomes[0], None);
        assert_eq!(outcomes[4], Some(PublishError::Full));
    });
}

#[test]
fn so_many_questions_are_open_and_no_more() {
    paused_time(async {
        let local = Local::default();
        let few = Cluster::default().questions(2);
        let a = node(local.clone()).cluster(few).build().expect("a server");
        let b = super::mute(local);
        together(&[&a, &b]).await;
        let open = [a.intercom(count(1)).answers(), a.intercom(count(1)).answers()];
        let third = a.intercom(count(1)).await.expect("asked");
        assert_eq!(third.unpublished, Some(PublishError::Full));
        assert_eq!(numbers(third.tally), [0, 1, 0, 1, 0]);
        drop(open);
        assert_eq!(a.intercom(count(1)).await.expect("asked").unpublished, None);
    });
}

#[test]
fn what_cannot_be_a_node_is_not_built() {
    let outside = built(Cluster::default());
    assert_eq!(outside.err(), Some(BuildError::NoRuntime));
    paused_time(async {
        let long = built(Cluster::default().name("x".repeat(65)));
        assert_eq!(long.err(), Some(BuildError::ClusterName { size: 65 }));
        assert_eq!(built(Cluster::default().secret("")).err(), Some(BuildError::EmptySecret));
        assert!(built(Cluster::default().name("x".repeat(64)).secret("s")).is_ok());
    });
}

fn built(cluster: Cluster) -> Result<Server, BuildError> {
    node(Local::default()).cluster(cluster).build()
}
