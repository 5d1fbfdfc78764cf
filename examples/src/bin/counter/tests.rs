//! The counter's server with real clients, without a network. Time is paused: what takes minutes is over at once.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use packets_client::{Client, Event, Events, Recovered, SendError};
use packets_testkit::{Cable, TestServer};
use tokio::time::{sleep, timeout};

use crate::protocol::{Action, Counter};
use crate::replica::Replica;
use crate::server::server;
use crate::store::Store;

/// A journal that ends with the test.
struct Journal(PathBuf);

impl Journal {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("packets-counter-test-{}-{number}.jsonl", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// What is in it.
    fn counter(&self) -> Counter {
        Store::open(&self.0).expect("a journal").counter()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn serve(journal: &Journal) -> packets_server::Server {
    server(&Arc::new(Store::open(&journal.0).expect("a journal"))).expect("a server")
}

/// A replica that the server knows.
async fn replica(server: &TestServer, cable: &Cable) -> Replica {
    let builder = Client::builder().connector(cable.clone());
    let replica = Replica::connect(builder, "ws://localhost/").await.expect("a connection");
    soon(server.socket_of(&replica.client)).await;
    replica
}

/// What this comes to, which does not take for ever.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(300), future).await.expect("in time")
}

/// Waits until there is a connection, and says what of the session it recovers.
async fn back(events: &mut Events) -> Recovered {
    loop {
        match soon(events.next()).await {
            Some(Event::Connected { recovered, .. }) => return recovered,
            Some(_) => {}
            None => panic!("the client ended"),
        }
    }
}

#[test]
fn the_last_one_who_sets_it_counts() {
    let counter = Counter::default();
    let actions = [Action::Add(3), Action::Set(-7), Action::Add(2), Action::Add(i64::MIN)];
    let counter = actions.into_iter().fold(counter, Counter::reduce);
    assert_eq!(counter, Counter { total: i64::MIN, actions: 4 });
}

#[tokio::test(start_paused = true)]
async fn clients_are_in_step_whoever_does_what_and_whenever_they_come() {
    let journal = Journal::new();
    let server = TestServer::new(serve(&journal));
    let [ada, bob] = [replica(&server, &server.cable()).await, replica(&server, &server.cable()).await];
    let act = async |replica: &Replica, action: fn(i64) -> Action| {
        for count in 0..100 {
            replica.dispatch(action(count)).await.expect("done");
        }
    };
    tokio::join!(act(&ada, Action::Add), act(&bob, Action::Set));
    let eve = replica(&server, &server.cable()).await;
    eve.dispatch(Action::Add(1)).await.expect("done");
    let counter = journal.counter();
    assert_eq!(counter.actions, 201);
    for replica in [ada, bob, eve] {
        soon(replica.reaches(counter)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_cut_off_is_told_what_was_missed_in_order() {
    let journal = Journal::new();
    let server = TestServer::new(serve(&journal));
    let (cable, ada) = (server.cable(), replica(&server, &server.cable()).await);
    let bob = replica(&server, &cable).await;
    let (mut events, mut actions) = (bob.client.events(), bob.client.packets::<Action>());
    cable.cut();
    let offline = tokio::spawn({
        let bob = bob.clone();
        async move { bob.dispatch(Action::Add(7)).await }
    });
    for count in 0..100 {
        ada.dispatch(Action::Set(count)).await.expect("done");
    }
    cable.restore();
    assert_eq!(back(&mut events).await, Recovered::Full);
    for count in 0..100 {
        assert_eq!(soon(actions.next()).await, Some(Action::Set(count)));
    }
    assert_eq!(offline.await.expect("no panic"), Ok(()));
    let counter = Counter { total: 106, actions: 101 };
    assert_eq!(journal.counter(), counter);
    soon(ada.reaches(counter)).await;
    soon(bob.reaches(counter)).await;
}

#[tokio::test(start_paused = true)]
async fn who_missed_too_much_is_told_the_whole_counter() {
    let journal = Journal::new();
    let server = TestServer::new(serve(&journal));
    let (cable, ada) = (server.cable(), replica(&server, &server.cable()).await);
    let bob = replica(&server, &cable).await;
    let mut events = bob.client.events();
    cable.cut();
    for _ in 0..2_000 {
        ada.dispatch(Action::Add(1)).await.expect("done");
    }
    cable.restore();
    assert!(matches!(back(&mut events).await, Recovered::Gap { missed, lost: 0 } if missed > 900));
    soon(bob.reaches(Counter { total: 2_000, actions: 2_000 })).await;
    ada.dispatch(Action::Add(1)).await.expect("done");
    soon(bob.reaches(Counter { total: 2_001, actions: 2_001 })).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_the_journal_counts() {
    let journal = Journal::new();
    let server = TestServer::new(serve(&journal));
    let ada = replica(&server, &server.cable()).await;
    let mut events = ada.client.events();
    ada.dispatch(Action::Set(20)).await.expect("done");
    soon(ada.reaches(Counter { total: 20, actions: 1 })).await;
    server.kill();
    // What happens meanwhile, for example by another server.
    let mut file = OpenOptions::new().append(true).open(&journal.0).expect("a journal");
    writeln!(file, r#"{{"type":"ADD","payload":23}}"#).expect("a line");
    server.start(serve(&journal));
    assert_eq!(back(&mut events).await, Recovered::New);
    soon(ada.reaches(Counter { total: 43, actions: 2 })).await;
    ada.dispatch(Action::Add(26)).await.expect("done");
    soon(ada.reaches(Counter { total: 69, actions: 3 })).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_server_did_not_answer_may_be_done() {
    let journal = Journal::new();
    let server = TestServer::new(serve(&journal));
    let delay = Duration::from_millis(10);
    let ada = replica(&server, &server.cable().delay(delay..=delay)).await;
    let dispatch = tokio::spawn({
        let ada = ada.clone();
        async move { ada.dispatch(Action::Add(1)).await }
    });
    soon(async {
        while journal.counter().actions == 0 {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    server.start(serve(&journal));
    assert!(matches!(dispatch.await.expect("no panic"), Err(SendError::Disconnected(_))));
    soon(ada.reaches(Counter { total: 1, actions: 1 })).await;
}

#[test]
fn a_journal_that_is_none_is_no_journal() {
    let journal = Journal::new();
    std::fs::write(&journal.0, "{\"type\":\"ADD\",\"payload\":1}\nnothing\n").expect("written");
    assert!(Store::open(&journal.0).is_err());
}
