//! The answers of several sockets.

use std::collections::BTreeSet;

use packets_server::{Server, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{Count, Tapped, calls_made, echo_server, paused_time, polled};

use super::{counting, tapped};

/// Three clients in a room.
async fn room(server: &Server) -> Vec<(packets_client::Client, Socket, Tapped)> {
    let test = TestServer::new(server.clone());
    let mut members = Vec::new();
    for _ in 0..3 {
        let member = tapped(&test, counting()).await;
        member.1.join("room").expect("a room");
        members.push(member);
    }
    members
}

#[test]
fn collect() {
    paused_time(async {
        for turns in 1..5 {
            let server = echo_server();
            let members = room(&server).await;
            let (mut done, mut sent) = (0, Vec::new());
            for times in 0..100 {
                let value = times as u8;
                let answers = server.to("room").send(Count { value: value.into() }).expect("a packet");
                if let Some(answers) = polled(times, turns, answers.collect::<Vec<_>>()).await {
                    assert!(answers.iter().all(|(_, answer)| *answer == Ok(value.into())), "{answers:?}");
                    assert_eq!(answers.len(), 3);
                    done += 1;
                }
                if times > 0 {
                    sent.push(value);
                }
                assert!(members.iter().all(|(_, socket, _)| socket.calls() == 0), "after {times} polls");
                if done == 2 {
                    break;
                }
            }
            assert_eq!(done, 2);
            for (_, socket, tapped) in &members {
                assert_eq!(socket.send(Count { value: 100 }).await, Ok(100));
                let made = calls_made(&tapped.received(), &tapped.sent());
                assert_eq!(made, [&*sent, &[100]].concat());
            }
        }
    });
}

#[test]
fn next() {
    paused_time(async {
        for times in 1..10 {
            let server = echo_server();
            let members = room(&server).await;
            let mut answers = server.to("room").send(Count { value: 7 }).expect("a packet");
            let mut settled = Vec::new();
            // Whatever is dropped in between, each answer comes once.
            loop {
                match polled(times, 1, answers.next()).await {
                    Some(Some(answer)) => settled.push(answer),
                    Some(None) => break,
                    None => {}
                }
                tokio::task::yield_now().await;
            }
            assert!(settled.iter().all(|(_, answer)| *answer == Ok(7)), "{settled:?}");
            assert_eq!(settled.len(), 3);
            let ids: BTreeSet<_> = settled.iter().map(|(id, _)| *id).collect();
            assert_eq!(ids, members.iter().map(|(_, socket, _)| socket.id()).collect());
            for (_, _, tapped) in &members {
                assert_eq!(calls_made(&tapped.received(), &tapped.sent()), [7]);
            }
        }
    });
}
