//! Who belongs to the cluster.

use std::time::Duration;

use packets_server::{Cluster, ClusterEvent, Departure, Local, NodeError};
use packets_tests::engine::Breakable;
use packets_tests::harness::{alone, node, paused_time, together};
use tokio::time::{Instant, sleep};

use super::{count, holder, mute, numbers, pair, until};

#[test]
fn who_falls_silent_is_asked_in_vain_until_it_is_noticed_dead_and_comes_back() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let (mut events, id) = (a.cluster_events(), b.node_id());
        // Its own engine is fine, as far as it can see: only others do not hear it.
        let begin = Instant::now();
        breakable.lose_all(true);
        let gathered = a.intercom(count(2)).await.expect("asked");
        assert_eq!(numbers(gathered.tally), [1, 0, 0, 1, 0]);
        let patient = a.intercom(count(2)).timeout(Duration::from_secs(60)).await.expect("asked");
        assert_eq!(numbers(patient.tally), [1, 0, 0, 0, 1]);
        assert!(patient.answers.contains(&(id, Err(NodeError::Left))));
        let seconds = begin.elapsed().as_secs();
        assert!((10..=16).contains(&seconds), "{seconds} s");
        until(&mut events, &ClusterEvent::Left { node: id, departure: Departure::Silent }).await;
        let gathered = a.intercom(count(2)).await.expect("asked");
        assert_eq!(numbers(gathered.tally), [1, 0, 0, 0, 0]);
        breakable.lose_all(false);
        until(&mut events, &ClusterEvent::Joined(id)).await;
        assert_eq!(a.intercom(count(2)).first().await, Ok(Some(2)));
    });
}

#[test]
fn a_quiet_cluster_stays_together() {
    paused_time(async {
        let local = Local::default();
        let (a, b, c) = (holder(local.clone(), 1), holder(local.clone(), 2), holder(local, 3));
        together(&[&a, &b, &c]).await;
        let mut events = a.cluster_events();
        sleep(Duration::from_secs(3_600)).await;
        assert_eq!((a.nodes().len(), b.nodes().len(), c.nodes().len()), (2, 2, 2));
        drop((a, b, c));
        while let Some(event) = events.next().await {
            assert!(matches!(event, ClusterEvent::Left { .. }), "{event:?}");
        }
    });
}

#[test]
fn who_says_goodbye_has_left_at_once_and_stays_away() {
    paused_time(async {
        let (a, b, _) = pair().await;
        let (mut events, begin, id) = (a.cluster_events(), Instant::now(), b.node_id());
        b.shut_down().await;
        until(&mut events, &ClusterEvent::Left { node: id, departure: Departure::Goodbye }).await;
        assert!(begin.elapsed() < Duration::from_secs(1));
        // It has shut down: nothing more comes of it.
        assert!(b.emit(&count(1)).expect("encoded").unpublished.is_some());
        sleep(Duration::from_secs(60)).await;
        assert!(a.nodes().is_empty());
    });
}

#[test]
fn a_server_that_is_dropped_leaves_the_cluster() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = (holder(local.clone(), 1), mute(local));
        together(&[&a, &b]).await;
        let begin = Instant::now();
        drop(b);
        alone(&a).await;
        assert!(begin.elapsed() < Duration::from_secs(1));
    });
}

#[test]
fn a_node_whose_engine_says_that_it_is_gone_has_left_at_once() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let (mut events, begin, id) = (a.cluster_events(), Instant::now(), b.node_id());
        breakable.lose_all(true);
        breakable.refuse(true);
        breakable.cut();
        until(&mut events, &ClusterEvent::Left { node: id, departure: Departure::Unsubscribed }).await;
        assert!(begin.elapsed() < Duration::from_secs(1));
        assert_eq!(numbers(a.intercom(count(2)).await.expect("asked").tally), [1, 0, 0, 0, 0]);
    });
}

#[test]
fn nodes_of_other_names_are_another_cluster() {
    paused_time(async {
        let local = Local::default();
        let named = |name: &str| {
            let cluster = Cluster::default().name(name);
            node(local.clone()).cluster(cluster).build().expect("a server")
        };
        let nodes = [named("a"), named("a.b"), named("a_2eb"), named("*"), named(""), named("A")];
        let twin = named("*");
        together(&[&nodes[3], &twin]).await;
        for server in &nodes {
            server.engine_up().await;
        }
        sleep(Duration::from_secs(20)).await;
        let counts: Vec<_> = nodes.iter().map(|server| server.nodes().len()).collect();
        assert_eq!(counts, [0, 0, 0, 1, 0, 0]);
    });
}

#[test]
fn a_server_ends_though_its_engine_takes_no_goodbye() {
    paused_time(async {
        let (_a, b, breakable) = pair().await;
        breakable.hang(true);
        for _ in 0..100 {
            b.emit(&count(1)).expect("encoded");
        }
        let begin = Instant::now();
        b.shut_down().await;
        assert!(begin.elapsed() <= Duration::from_secs(3), "{:?}", begin.elapsed());
    });
}

#[test]
fn the_last_heard_of_may_be_set() {
    paused_time(async {
        let local = Local::default();
        let breakable = Breakable::new(local.clone());
        let quick =
            || Cluster::default().heartbeat(Duration::from_millis(200)).dead_after(Duration::from_secs(1));
        let a = node(local).cluster(quick()).build().expect("a server");
        let b = node(breakable.clone()).cluster(quick()).build().expect("a server");
        together(&[&a, &b]).await;
        sleep(Duration::from_secs(10)).await;
        assert_eq!(a.nodes(), [b.node_id()]);
        breakable.lose_all(true);
        sleep(Duration::from_millis(2_100)).await;
        assert!(a.nodes().is_empty());
    });
}
