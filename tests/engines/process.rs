//! Nodes that are killed, stopped, or slow.

use std::time::Duration;

use futures_util::FutureExt;
use packets_server::NodeError;
use packets_tests::broker::{Broker, Program};
use packets_tests::engine::{Load, Member};
use packets_tests::harness::Echo;
use rustix::process::Signal;
use tokio::time::{Instant, sleep, timeout};

use crate::node::{Process, know};
use crate::{Either, on_each};

on_each! {
    a_node_killed_during_a_gather_is_silent_and_then_it_has_left in 30
    a_node_that_is_stopped_misses_nothing_or_says_so in 40
    a_slow_node_holds_up_nobody_and_misses_nothing_or_says_so in 40
}

/// The others answer. It is named: as silent while it may still be there, as left once it is known to be dead.
async fn a_node_killed_during_a_gather_is_silent_and_then_it_has_left(program: Program) {
    let broker = Broker::start(program);
    let engine = Either::connect(program, broker.port()).await.expect("a connection");
    let member = Member::new(engine, Member::settings("cluster"), |_| {});
    let server = member.server();
    let (one, mut two) =
        tokio::join!(Process::start(program, broker.port()), Process::start(program, broker.port()));
    know(&[server], &[&one, &two]).await;

    // It is killed when it has the question. The others have answered.
    let ask = Echo(two.id.to_string());
    let asking = tokio::spawn(server.intercom(ask.clone()).timeout(Duration::from_secs(1)).into_future());
    assert_eq!(two.line("asked ").await, ask.0);
    two.signal(Signal::KILL);
    let gathered = asking.await.expect("no panic").expect("asked");
    assert_eq!((gathered.tally.answered, gathered.tally.silent), (2, 1), "{:?}", gathered.tally);
    assert!(gathered.answers.contains(&(two.id, Err(NodeError::Silent))));
    for id in [server.node_id(), one.id] {
        assert!(gathered.answers.contains(&(id, Ok(Some(ask.0.clone())))));
    }

    // Who asks with patience hears that it is dead, long before the deadline.
    let began = Instant::now();
    let gathered = member.ask(Duration::from_secs(20)).await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((gathered.tally.answered, gathered.tally.left), (2, 1), "{:?}", gathered.tally);
    assert!(gathered.answers.contains(&(two.id, Err(NodeError::Left))));

    // From then on, nobody waits for it.
    let gathered = member.ask(Duration::from_secs(5)).await;
    assert_eq!((gathered.answers.len(), gathered.tally.answered), (2, 2));
}

/// While it does nothing, the others wait for it no longer than they want to.
async fn a_node_that_is_stopped_misses_nothing_or_says_so(program: Program) {
    let broker = Broker::start(program);
    let engine = Either::connect(program, broker.port()).await.expect("a connection");
    let member = Member::new(engine, Member::settings("cluster"), |_| {});
    let server = member.server();
    let mut process = Process::start(program, broker.port()).await;
    know(&[server], &[&process]).await;

    let load = Load::start(&member);
    while member.sent() < 100 {
        tokio::task::yield_now().await;
    }
    process.signal(Signal::STOP);
    let left = async {
        while !server.nodes().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), left).await.expect("it is dead to the others");
    let alone = member.ask(Duration::from_secs(5)).await;
    assert_eq!((alone.answers.len(), alone.tally.answered), (1, 1));
    process.signal(Signal::CONT);
    timeout(Duration::from_secs(5), know(&[server], &[&process])).await.expect("it is back");
    load.stop().await;
    process.accounts_for(server.node_id(), member.sent()).await;
}

/// What it is asked it answers when it can, and the others answer before.
async fn a_slow_node_holds_up_nobody_and_misses_nothing_or_says_so(program: Program) {
    let broker = Broker::start(program);
    let engine = Either::connect(program, broker.port()).await.expect("a connection");
    let member = Member::new(engine, Member::settings("cluster"), |_| {});
    let server = member.server();
    let (fast, mut slow) =
        tokio::join!(Process::start(program, broker.port()), Process::start(program, broker.port()));
    know(&[server], &[&fast, &slow]).await;
    let mut events = server.cluster_events();

    let load = Load::start(&member);
    for turn in 0..10 {
        slow.signal(Signal::STOP);
        let ask = Echo(turn.to_string());
        let mut answers =
            server.intercom(ask.clone()).timeout(Duration::from_secs(10)).answers().expect("asked");
        for id in [server.node_id(), fast.id] {
            assert_eq!(answers.next().await, Some((id, Ok(Some(ask.0.clone())))));
        }
        sleep(Duration::from_millis(200)).await;
        slow.signal(Signal::CONT);
        assert_eq!(answers.next().await, Some((slow.id, Ok(Some(ask.0)))));
        assert_eq!(answers.next().await, None);
    }
    load.stop().await;
    slow.accounts_for(server.node_id(), member.sent()).await;
    assert!(events.next().now_or_never().is_none(), "nobody has left, and nothing was missed");
}
