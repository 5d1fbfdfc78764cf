//! Several servers of NATS that are one.

use std::net::TcpListener;
use std::time::Duration;

use futures_util::FutureExt;
use packets_server::Nats;
use packets_server::async_nats::ConnectOptions;
use packets_tests::broker::{Broker, Program};
use packets_tests::engine::{Load, Member};
use packets_tests::harness::together;
use tokio::time::{sleep, timeout};

use crate::node::HEARTBEAT;

/// A server that is one with the one whose routes are at this port, or the first of them.
fn start(own: u16, other: Option<u16>) -> Broker {
    Broker::start_with(Program::Nats, |_, _| {
        let own = format!("nats://127.0.0.1:{own}");
        let mut arguments = vec!["--cluster_name".into(), "test".into(), "--cluster".into(), own];
        arguments.extend(other.map(|port| format!("--routes=nats://127.0.0.1:{port}")));
        arguments
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// A member that prefers the first of these, and takes the second.
async fn member(first: &Broker, second: &Broker) -> Member {
    let urls = format!("{},{}", first.url(), second.url());
    let options = ConnectOptions::new().retain_servers_order();
    let engine = Nats::connect_with(&urls, options).await.expect("a connection");
    Member::new(engine, Member::settings("cluster"), |_| {})
}

/// Who was connected to it goes to the other one, and nothing is lost unnoticed.
#[test]
fn a_server_of_several_is_killed_and_its_nodes_go_to_another() {
    crate::run(60, async {
        let routes = (free_port(), free_port());
        let mut one = start(routes.0, None);
        let two = start(routes.1, Some(routes.0));
        let (moves, stays) = (member(&one, &two).await, member(&two, &one).await);
        together(&[moves.server(), stays.server()]).await;
        let mut events = stays.server().cluster_events();
        let loads = [Load::start(&moves), Load::start(&stays)];
        let loaded = async {
            while moves.sent().min(stays.sent()) < 100 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(5), loaded).await.expect("they ask");
        one.kill();
        // Who was on it is not there until it has found the other one.
        let missing = async { while stays.ask(Duration::from_millis(50)).await.tally.silent == 0 {} };
        timeout(Duration::from_secs(5), missing).await.expect("one is gone");
        for member in [&moves, &stays] {
            let answered = async {
                while member.ask(Duration::from_millis(200)).await.tally.answered < 2 {
                    sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(Duration::from_secs(5), answered).await.expect("it is back");
        }
        for load in loads {
            load.stop().await;
        }
        sleep(HEARTBEAT).await;
        for (sender, receiver) in [(&moves, &stays), (&stays, &moves)] {
            let (asked, missed) = receiver.account(sender.server().node_id());
            assert_eq!(asked + missed, sender.sent(), "{asked} received, {missed} missed");
        }
        while let Some(event) = events.next().now_or_never() {
            assert_ne!(
                event,
                Some(packets_server::ClusterEvent::EngineDown),
                "the other one is up all the time"
            );
        }
    });
}
