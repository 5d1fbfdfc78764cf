//! Asking all nodes, and what comes of it.

use std::collections::HashMap;
use std::time::Duration;

use packets_server::{
    IntercomError, Local, Node, NodeError, NodeId, RejectKind, SendError, Server, ValidationError,
};
use packets_tests::harness::{Count, Echo, Stray, Witness, node, paused_time, server, together};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{count, holder, mute, numbers};

type Answers = HashMap<NodeId, Result<Option<u32>, NodeError>>;

#[test]
fn a_server_without_an_engine_asks_itself() {
    paused_time(async {
        let here = |ask: Count, node: Node| async move {
            assert_eq!(node.asker(), node.id());
            (ask.value == 7).then_some(node.server().sockets().len() as u32 + 70)
        };
        let server = server().intercom(here).build().expect("a server");
        let gathered = server.intercom(count(7)).await.expect("asked");
        assert_eq!(gathered.answers, [(server.node_id(), Ok(Some(70)))]);
        assert_eq!((numbers(gathered.tally), gathered.unpublished), ([1, 0, 0, 0, 0], None));
        assert_eq!(server.intercom(count(8)).first().await, Ok(None));
        let without = server.intercom(Echo("x".into())).await.expect("asked");
        assert_eq!(without.answers, [(server.node_id(), Err(NodeError::WithoutAcceptor))]);
        assert_eq!(server.intercom(Echo("x".into())).first().await, Ok(None));
    });
}

#[test]
fn all_nodes_are_asked_and_each_says_whether_it_has_it() {
    paused_time(async {
        let local = Local::default();
        let (a, b, c) = (holder(local.clone(), 1), holder(local.clone(), 2), holder(local, 1));
        together(&[&a, &b, &c]).await;
        let gathered = a.intercom(count(1)).await.expect("asked");
        assert_eq!(numbers(gathered.tally), [3, 0, 0, 0, 0]);
        let answers: Answers = gathered.answers.into_iter().collect();
        let expected = [(a.node_id(), Ok(Some(1))), (b.node_id(), Ok(None)), (c.node_id(), Ok(Some(1)))];
        assert_eq!(answers, HashMap::from(expected));
    });
}

#[test]
fn a_dehydrated_question_has_a_value_as_its_response() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = (holder(local.clone(), 1), holder(local, 2));
        together(&[&a, &b]).await;
        let first = a.intercom(("Count", json!({"value": 2}))).first().await.expect("asked").expect("found");
        assert_eq!(serde_json::to_value(first).expect("json"), json!(2));
        let wrong = a.intercom(("Count", json!({"value": "x"}))).first().await;
        assert!(matches!(wrong, Err(IntercomError::Packet(SendError::Data(_)))), "{wrong:?}");
        let unknown = a.intercom(("Nothing",)).await;
        assert!(matches!(unknown, Err(SendError::Unregistered(_))), "{unknown:?}");
        assert!(matches!(a.intercom(Stray).await, Err(SendError::Unregistered(_))));
    });
}

#[test]
fn a_node_without_an_acceptor_says_so_at_once() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = (holder(local.clone(), 1), node(local).build().expect("a server"));
        together(&[&a, &b]).await;
        let begin = Instant::now();
        let gathered = a.intercom(count(1)).await.expect("asked");
        assert_eq!(numbers(gathered.tally), [1, 1, 0, 0, 0]);
        assert!(gathered.answers.contains(&(b.node_id(), Err(NodeError::WithoutAcceptor))));
        assert_eq!(begin.elapsed(), Duration::ZERO);
    });
}

#[test]
fn acceptors_fail_each_in_its_own_way() {
    paused_time(async {
        let local = Local::default();
        let a = holder(local.clone(), 1);
        let refuse = |_: Count, _: Node| async { Err::<Option<u32>, _>(ValidationError::new(418, "no tea")) };
        let fail = |_: Count, _: Node| async { Err::<Option<u32>, _>(std::io::Error::other("disk on fire")) };
        let panic = |_: Count, _: Node| async { if true { panic!("at the disco") } else { None::<u32> } };
        let b = node(local.clone()).intercom(refuse).build().expect("a server");
        let c = node(local.clone()).intercom(fail).build().expect("a server");
        let d = node(local.clone()).intercom(fail).expose_errors(true).build().expect("a server");
        let e = node(local).intercom(panic).build().expect("a server");
        together(&[&a, &b, &c, &d, &e]).await;
        let gathered = a.intercom(count(1)).await.expect("asked");
        assert_eq!(numbers(gathered.tally), [1, 0, 4, 0, 0]);
        let answers: Answers = gathered.answers.into_iter().collect();
        let rejected = |server: &Server| match &answers[&server.node_id()] {
            Err(NodeError::Failed(SendError::Rejected(reject))) => (reject.kind, reject.reason.clone()),
            other => panic!("{other:?}"),
        };
        let refused = SendError::Validation(ValidationError::new(418, "no tea"));
        assert_eq!(answers[&b.node_id()], Err(NodeError::Failed(refused)));
        assert_eq!(rejected(&c), (RejectKind::Failed, "error".into()));
        assert_eq!(rejected(&d), (RejectKind::Failed, "disk on fire".into()));
        assert_eq!(rejected(&e), (RejectKind::Panicked, "error".into()));
        // Others have nothing, but those might.
        let first = a.intercom(count(2)).first().await;
        assert!(matches!(first, Err(IntercomError::Incomplete(tally)) if tally.failed == 4), "{first:?}");
    });
}

#[test]
fn several_acceptors_are_asked_in_turn_until_one_has_it() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let acceptor = |name: u32| {
            let witness = witness.clone();
            move |ask: Count, _: Node| {
                witness.tell(name);
                async move { (ask.value <= name).then_some(name) }
            }
        };
        let server = server().intercom(acceptor(1)).intercom(acceptor(2)).intercom(acceptor(3)).build();
        let server = server.expect("a server");
        assert_eq!(server.intercom(count(2)).first().await, Ok(Some(2)));
        assert_eq!((seen.recv().await, seen.recv().await, seen.try_recv().ok()), (Some(1), Some(2), None));
        assert_eq!(server.intercom(count(4)).first().await, Ok(None));
    });
}

#[test]
fn who_never_answers_is_silent_at_the_deadline() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = (holder(local.clone(), 1), mute(local));
        together(&[&a, &b]).await;
        for (timeout, seconds) in [(None, 5), (Some(Duration::from_secs(2)), 2)] {
            let begin = Instant::now();
            let intercom = a.intercom(count(1));
            let intercom = match timeout {
                Some(timeout) => intercom.timeout(timeout),
                None => intercom,
            };
            let gathered = intercom.await.expect("asked");
            assert_eq!(begin.elapsed().as_secs(), seconds);
            assert_eq!(gathered.answers, [(a.node_id(), Ok(Some(1))), (b.node_id(), Err(NodeError::Silent))]);
            assert_eq!(numbers(gathered.tally), [1, 0, 0, 1, 0]);
        }
        // This node itself has no more time than the others.
        let gathered = b.intercom(count(1)).await.expect("asked");
        assert_eq!(numbers(gathered.tally), [1, 0, 0, 1, 0]);
        let first = a.intercom(count(2)).first().await;
        assert!(matches!(first, Err(IntercomError::Incomplete(tally)) if tally.silent == 1), "{first:?}");
    });
}

#[test]
fn answers_come_in_the_order_they_arrive() {
    paused_time(async {
        let local = Local::default();
        let after = |seconds: u64| {
            node(local.clone())
                .intercom(move |ask: Count, _: Node| async move {
                    sleep(Duration::from_secs(seconds)).await;
                    Some(ask.value)
                })
                .build()
                .expect("a server")
        };
        let (a, b, c) = (after(2), after(3), after(1));
        together(&[&a, &b, &c]).await;
        let begin = Instant::now();
        let mut answers = a.intercom(count(5)).answers().expect("asked");
        for (seconds, server) in [(1, &c), (2, &a), (3, &b)] {
            assert_eq!(answers.next().await, Some((server.node_id(), Ok(Some(5)))));
            assert_eq!(begin.elapsed().as_secs(), seconds);
        }
        assert_eq!(answers.next().await, None);
        assert_eq!(begin.elapsed().as_secs(), 3);
    });
}

#[test]
fn who_leaves_during_the_question_is_told_at_once() {
    paused_time(async {
        let local = Local::default();
        let (a, b) = (holder(local.clone(), 1), mute(local));
        together(&[&a, &b]).await;
        let (id, begin) = (b.node_id(), Instant::now());
        let asked = tokio::spawn(a.intercom(count(1)).into_future());
        b.shut_down().await;
        let gathered = asked.await.expect("no panic").expect("asked");
        assert_eq!(gathered.answers, [(a.node_id(), Ok(Some(1))), (id, Err(NodeError::Left))]);
        assert!(begin.elapsed() < Duration::from_secs(1));
        assert_eq!(numbers(gathered.tally), [1, 0, 0, 0, 1]);
        // Who has left has nothing.
        assert_eq!(a.intercom(count(2)).first().await, Ok(None));
    });
}

#[test]
fn answers_of_nodes_that_nobody_takes_are_bounded() {
    paused_time(async {
        let local = Local::default();
        let (asker, mut servers) = (node(local.clone()).build().expect("a server"), Vec::new());
        for _ in 0..17 {
            let long = |_: Echo, _: Node| async { Some("x".repeat(500_000)) };
            servers.push(node(local.clone()).intercom(long).build().expect("a server"));
        }
        together(&servers.iter().chain([&asker]).collect::<Vec<_>>()).await;
        let mut answers = asker.intercom(Echo(String::new())).answers().expect("asked");
        sleep(Duration::from_secs(1)).await;
        let mut rejects = Vec::new();
        while let Some((_, answer)) = answers.next().await {
            match answer {
                Ok(text) => assert_eq!(text.map(|text| text.len()), Some(500_000)),
                Err(NodeError::WithoutAcceptor) => {}
                Err(NodeError::Failed(SendError::Rejected(reject))) => rejects.push(reject.kind),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(rejects, [RejectKind::Overloaded]);
        assert_eq!(numbers(answers.tally()), [16, 1, 1, 0, 0]);
    });
}

#[test]
fn a_flood_of_questions_is_answered_as_they_come() {
    paused_time(async {
        let local = Local::default();
        let at_once = holder(local.clone(), 1);
        let soon = |ask: Count, _: Node| async move {
            tokio::task::yield_now().await;
            Some(ask.value)
        };
        let soon = node(local.clone()).intercom(soon).build().expect("a server");
        let asker = node(local).build().expect("a server");
        together(&[&at_once, &soon, &asker]).await;
        let begin = Instant::now();
        // Many more than a node may work on.
        let questions = (0..2_000).map(|_| asker.intercom(count(1)).into_future());
        for gathered in futures_util::future::join_all(questions).await {
            assert_eq!(numbers(gathered.expect("asked").tally), [2, 1, 0, 0, 0]);
        }
        assert_eq!(begin.elapsed(), Duration::ZERO);
    });
}
