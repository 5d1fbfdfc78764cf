//! Questions that nobody waits for any more.

use std::time::Duration;

use packets_server::{Local, Node, NodeError};
use packets_tests::harness::{Count, Slap, Witness, node, paused_time, together};
use tokio::time::Instant;

use super::{count, holder, numbers};

#[test]
fn the_first_hit_is_enough_and_the_others_are_cancelled() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = (node(local.clone()).build().expect("a server"), holder(local.clone(), 1));
        let (witness, mut seen) = Witness::new();
        let slow = move |_: Count, _: Node| {
            let witness = witness.clone();
            async move {
                witness.tell("asked");
                let _dropped = witness.on_drop("dropped");
                std::future::pending::<Option<u32>>().await
            }
        };
        let c = node(local).intercom(slow).build().expect("a server");
        together(&[&a, &b, &c]).await;
        let begin = Instant::now();
        assert_eq!(a.intercom(count(1)).first().await, Ok(Some(1)));
        assert_eq!((seen.recv().await, seen.recv().await), (Some("asked"), Some("dropped")));
        assert_eq!(begin.elapsed(), Duration::ZERO);
        // Its own acceptors, too, are dropped with the question.
        drop(c.intercom(count(1)).answers().expect("asked").next().await);
        assert_eq!((seen.recv().await, seen.recv().await), (Some("asked"), Some("dropped")));
    });
}

#[test]
fn an_asker_that_leaves_has_its_questions_dropped() {
    paused_time(async {
        let local = Local::default();
        let (witness, mut seen) = Witness::new();
        let slow = move |_: Slap, _: Node| {
            let witness = witness.clone();
            async move {
                witness.tell("asked");
                let _dropped = witness.on_drop("dropped");
                std::future::pending::<Option<()>>().await
            }
        };
        let (a, b) = (node(local.clone()).build().expect("a server"), node(local).intercom(slow).build());
        let b = b.expect("a server");
        together(&[&a, &b]).await;
        let begin = Instant::now();
        let asking = tokio::spawn(a.intercom(Slap).timeout(Duration::from_secs(60)).into_future());
        assert_eq!(seen.recv().await, Some("asked"));
        a.shut_down().await;
        assert_eq!(seen.recv().await, Some("dropped"));
        assert!(begin.elapsed() < Duration::from_secs(1));
        // What was asked settles with the node that asked.
        let gathered = asking.await.expect("no panic").expect("asked");
        assert_eq!(numbers(gathered.tally), [0, 1, 0, 1, 0]);
    });
}

/// Tells that it is dropped, and panics at that.
struct Bomb(Witness<&'static str>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.tell("dropped");
        panic!("when dropped");
    }
}

#[test]
fn an_acceptor_that_panics_when_it_is_dropped_concerns_its_question_alone() {
    paused_time(async {
        let local = Local::default();
        let (witness, mut seen) = Witness::new();
        let slow = move |_: Slap, _: Node| {
            let witness = witness.clone();
            async move {
                let _bomb = Bomb(witness.clone());
                witness.tell("asked");
                std::future::pending::<Option<()>>().await
            }
        };
        let (a, b) = (node(local.clone()).build().expect("a server"), holder(local.clone(), 1));
        let slow = node(local).intercom(slow).intercom(|ask: Count, _: Node| async move { Some(ask.value) });
        let c = slow.build().expect("a server");
        together(&[&a, &b, &c]).await;
        // It is cancelled.
        let cancelled = a.intercom(Slap).timeout(Duration::from_secs(60)).answers().expect("asked");
        assert_eq!(seen.recv().await, Some("asked"));
        drop(cancelled);
        assert_eq!(seen.recv().await, Some("dropped"));
        // Its time is over, asked by another node and by its own.
        for asker in [&a, &c] {
            let gathered = asker.intercom(Slap).await.expect("asked");
            assert_eq!(gathered.tally.silent, 1);
            assert_eq!((seen.recv().await, seen.recv().await), (Some("asked"), Some("dropped")));
        }
        // Who has asked leaves.
        let asking = tokio::spawn(b.intercom(Slap).timeout(Duration::from_secs(60)).into_future());
        assert_eq!(seen.recv().await, Some("asked"));
        b.shut_down().await;
        assert_eq!(seen.recv().await, Some("dropped"));
        asking.await.expect("no panic").expect("asked");
        // The node is there all the same.
        let gathered = a.intercom(count(7)).await.expect("asked");
        assert_eq!(gathered.found().collect::<Vec<_>>(), [(c.node_id(), 7)]);
        // It goes itself.
        let (id, asking) = (c.node_id(), tokio::spawn(a.intercom(Slap).into_future()));
        assert_eq!(seen.recv().await, Some("asked"));
        c.shut_down().await;
        assert_eq!(seen.recv().await, Some("dropped"));
        let gathered = asking.await.expect("no panic").expect("asked");
        assert!(gathered.answers.contains(&(id, Err(NodeError::Left))), "{:?}", gathered.answers);
    });
}
