//! A broker that dies, hangs, or cannot be reached, while nodes ask each other.

use std::time::Duration;

use packets_server::{ClusterEvent, NodeError, PublishError};
use packets_tests::broker::{Broker, Program, Proxy};
use packets_tests::engine::{Load, Member};
use tokio::time::{Instant, sleep, timeout};

use crate::node::{HEARTBEAT, Process, know};
use crate::{Either, on_each};

on_each! {
    a_broker_that_is_killed_loses_nothing_unnoticed in 60
    a_broker_that_hangs_loses_nothing_unnoticed in 90
    a_node_that_is_cut_off_comes_back in 60
    a_node_that_cannot_be_reached_comes_back in 60
}

/// How soon all is well again after the broker is back.
const RECOVERY: Duration = Duration::from_secs(5);

/// Three nodes, each with a connection of its own, by a way of its own; one of them is a process of its own.
struct Scene {
    broker: Broker,
    members: Vec<(Member, Proxy)>,
    process: Process,
    _way: Proxy,
}

impl Scene {
    async fn start(program: Program) -> Self {
        let broker = Broker::start(program);
        let mut members = Vec::new();
        for _ in 0..2 {
            let proxy = Proxy::to(broker.port()).await;
            let engine = Either::connect(program, proxy.port()).await.expect("a connection");
            members.push((Member::new(engine, Member::settings("cluster"), |_| {}), proxy));
        }
        let way = Proxy::to(broker.port()).await;
        let process = Process::start(program, way.port()).await;
        let servers: Vec<_> = members.iter().map(|(member, _)| member.server()).collect();
        know(&servers, &[&process]).await;
        Self { broker, members, process, _way: way }
    }

    /// Each asks all the others.
    async fn load(&mut self) -> Vec<Load> {
        self.process.load().await;
        let loads: Vec<_> = self.members.iter().map(|(member, _)| Load::start(member)).collect();
        until(|| self.members.iter().all(|(member, _)| member.sent() > 100)).await;
        loads
    }

    /// All have something to ask that all others answer.
    async fn recovers(&mut self) {
        let began = Instant::now();
        for (member, _) in &self.members {
            let answered = async {
                while member.ask(Duration::from_millis(200)).await.tally.answered < 3 {
                    sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(RECOVERY.saturating_sub(began.elapsed()), answered).await.expect("it recovers in time");
        }
        let answered = async { while self.process.ask().await < 3 {} };
        timeout(RECOVERY.saturating_sub(began.elapsed()), answered).await.expect("it recovers in time");
        println!("recovered after {:?}", began.elapsed());
    }

    /// Every message that a node was to be told has come, or is known not to have, one heartbeat after the last; and
    /// it is no other after one more. How many were missed, by all together.
    async fn account(&mut self, loads: Vec<Load>) -> u64 {
        for load in loads {
            load.stop().await;
        }
        let mut senders = vec![(self.process.id, self.process.stop().await)];
        senders.extend(self.members.iter().map(|(member, _)| (member.server().node_id(), member.sent())));
        let mut all_missed = 0;
        for (id, sent) in senders {
            assert!(sent > 100, "it was under load");
            let others = self.members.iter().filter(|(member, _)| member.server().node_id() != id);
            let receivers: Vec<_> = others.map(|(member, _)| member).collect();
            let is_accounted_for = |receiver: &&Member| {
                let (asked, missed) = receiver.account(id);
                asked + missed >= sent
            };
            let accounted = async {
                while !receivers.iter().all(is_accounted_for) {
                    sleep(Duration::from_millis(10)).await;
                }
            };
            if timeout(HEARTBEAT, accounted).await.is_err() {
                let accounts: Vec<_> = receivers.iter().map(|receiver| receiver.account(id)).collect();
                panic!("{sent} sent, and received and missed were {accounts:?} after a heartbeat");
            }
            sleep(HEARTBEAT).await;
            for receiver in receivers {
                let (asked, missed) = receiver.account(id);
                println!("{sent} sent, {asked} received, {missed} missed");
                assert_eq!(asked + missed, sent, "{asked} received, {missed} missed");
                all_missed += missed;
            }
            if id != self.process.id {
                all_missed += self.process.accounts_for(id, sent).await;
            }
        }
        all_missed
    }
}

async fn until(is_so: impl Fn() -> bool) {
    let so = async {
        while !is_so() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(15), so).await.expect("in time");
}

async fn a_broker_that_is_killed_loses_nothing_unnoticed(program: Program) {
    let mut scene = Scene::start(program).await;
    let loads = scene.load().await;
    scene.broker.kill();
    until(|| scene.members.iter().all(|(member, _)| !member.server().is_engine_up())).await;
    // Whoever has something for others is told at once.
    let (member, _) = &scene.members[0];
    let began = Instant::now();
    let gathered = member.ask(Duration::from_secs(5)).await;
    assert_eq!(gathered.unpublished, Some(PublishError::Down));
    assert!(began.elapsed() < Duration::from_secs(1));
    sleep(Duration::from_secs(3)).await;
    scene.broker.start_again();
    scene.recovers().await;
    assert!(scene.account(loads).await > 0, "what the broker had is lost");
}

/// For 30 s.
async fn a_broker_that_hangs_loses_nothing_unnoticed(program: Program) {
    let mut scene = Scene::start(program).await;
    let loads = scene.load().await;
    let frozen = Instant::now();
    scene.broker.freeze();
    until(|| scene.members.iter().all(|(member, _)| !member.server().is_engine_up())).await;
    sleep(Duration::from_secs(30).saturating_sub(frozen.elapsed())).await;
    scene.broker.thaw();
    scene.recovers().await;
    scene.account(loads).await;
}

async fn a_node_that_is_cut_off_comes_back(program: Program) {
    fault_on_the_way(program, Proxy::cut).await;
}

async fn a_node_that_cannot_be_reached_comes_back(program: Program) {
    fault_on_the_way(program, Proxy::block).await;
}

/// The others go on without it.
async fn fault_on_the_way(program: Program, fault: impl Fn(&Proxy)) {
    let mut scene = Scene::start(program).await;
    let loads = scene.load().await;
    let [(one, _), (other, way)] = &scene.members[..] else { unreachable!("there are two") };
    let mut events = other.server().cluster_events();
    fault(way);
    let gathered = one.ask(Duration::from_secs(1)).await;
    assert_eq!((gathered.tally.answered, gathered.tally.silent), (2, 1), "{:?}", gathered.tally);
    assert!(gathered.answers.contains(&(other.server().node_id(), Err(NodeError::Silent))));
    until(|| one.server().nodes().len() == 1).await;
    until(|| !other.server().is_engine_up()).await;
    while events.next().await != Some(ClusterEvent::EngineDown) {}
    sleep(Duration::from_secs(5)).await;
    way.open();
    scene.recovers().await;
    scene.account(loads).await;
}
