//! Asking several sockets, and their answers.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use packets_client::{Client, SendError, ValidationError};
use packets_core::SessionId;
use packets_core::net::ConnectionLimits;
use packets_server::Server;
use packets_tests::harness::{Count, Echo, Slap, Witness, client, paused_time, server};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{Guest, count, guest, guest_with, plain_server};

/// A guest who answers a [`Count`] with its value after so many seconds, and never after 0.
async fn after(server: &Server, seconds: u64) -> Guest {
    let answer = move |packet: Count, _: Client| async move {
        if seconds == 0 {
            std::future::pending::<()>().await;
        }
        sleep(Duration::from_secs(seconds)).await;
        packet.value
    };
    guest_with(server, client().accept(answer), &["a"]).await
}

type Answers = HashMap<SessionId, Result<u32, SendError>>;

#[test]
fn answers_come_in_the_order_they_arrive_and_then_no_more() {
    paused_time(async {
        let server = plain_server();
        let [third, first, second] =
            [after(&server, 3).await, after(&server, 1).await, after(&server, 2).await];
        let begin = Instant::now();
        let mut answers = server.to("a").send(count(7)).expect("encoded");
        assert_eq!(answers.size_hint(), (3, Some(3)));
        for (seconds, guest) in [(1, first), (2, second), (3, third)] {
            assert_eq!(answers.next().await, Some((guest.id(), Ok(7))));
            assert_eq!(begin.elapsed().as_secs(), seconds);
        }
        assert_eq!(answers.next().await, None);
        assert_eq!(begin.elapsed().as_secs(), 3);
    });
}

#[test]
fn each_socket_is_asked_once_and_who_is_excepted_not_at_all() {
    paused_time(async {
        let server = plain_server();
        let (a, b) = (after(&server, 1).await, after(&server, 1).await);
        a.socket.join("b").expect("joined");
        let target = server.to("a").to("b");
        let answers: Answers = target.send(count(1)).expect("encoded").collect().await;
        assert_eq!(answers, HashMap::from([(a.id(), Ok(1)), (b.id(), Ok(1))]));
        let answers: Answers = target.except(a.id()).send(count(2)).expect("encoded").collect().await;
        assert_eq!(answers, HashMap::from([(b.id(), Ok(2))]));
        let answers: Answers = b.socket.to("a").send(count(3)).expect("encoded").collect().await;
        assert_eq!(answers, HashMap::from([(a.id(), Ok(3))]));
    });
}

#[test]
fn an_empty_room_has_no_answers() {
    paused_time(async {
        let server = plain_server();
        let _elsewhere = guest(&server, &[]).await;
        assert_eq!(server.to("a").send(count(1)).expect("encoded").next().await, None);
    });
}

#[test]
fn who_never_answers_is_a_timeout_at_the_timeout() {
    paused_time(async {
        let server = plain_server();
        let (never, soon) = (after(&server, 0).await, after(&server, 1).await);
        let begin = Instant::now();
        let asked = server.to("a").send(count(1)).expect("encoded");
        let mut answers = asked.timeout(Duration::from_millis(2_500));
        assert_eq!(answers.next().await, Some((soon.id(), Ok(1))));
        assert_eq!(answers.next().await, Some((never.id(), Err(SendError::Timeout))));
        assert_eq!(begin.elapsed(), Duration::from_millis(2_500));
        assert_eq!(answers.next().await, None);
        // By default, as long as any call.
        let begin = Instant::now();
        let answers: Answers = server.to("a").send(count(1)).expect("encoded").collect().await;
        assert_eq!(answers[&never.id()], Err(SendError::Timeout));
        assert_eq!(begin.elapsed(), ConnectionLimits::server().call_timeout);
    });
}

#[test]
fn who_leaves_meanwhile_settles_by_that() {
    paused_time(async {
        let server = plain_server();
        let (goes, stays) = (after(&server, 0).await, after(&server, 2).await);
        let mut answers = server.to("a").send(count(1)).expect("encoded");
        let begin = Instant::now();
        let id = goes.id();
        tokio::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            goes.client.close();
        });
        let (left, answer) = answers.next().await.expect("settles");
        assert!(matches!(answer, Err(SendError::Disconnected(_))), "{answer:?}");
        assert_eq!((left, begin.elapsed().as_secs()), (id, 1));
        // Leaving the room is not leaving the question.
        stays.socket.leave("a");
        assert_eq!(answers.next().await, Some((stays.id(), Ok(1))));
        assert_eq!(answers.next().await, None);
    });
}

#[test]
fn a_refusal_is_its_members_alone() {
    paused_time(async {
        let server = plain_server();
        let refuse = |_: Count, _: Client| async { Err::<u32, _>(ValidationError::new(403, "not me")) };
        let refuses = guest_with(&server, client().accept(refuse), &["a"]).await;
        let answers_it = after(&server, 1).await;
        let answers: Answers = server.to("a").send(count(1)).expect("encoded").collect().await;
        let refused = Err(SendError::Validation(ValidationError::new(403, "not me")));
        assert_eq!(answers, HashMap::from([(refuses.id(), refused), (answers_it.id(), Ok(1))]));
    });
}

#[test]
fn all_are_asked_at_the_first_poll_even_if_one_settles_at_once() {
    paused_time(async {
        let server = plain_server();
        let (witness, mut seen) = Witness::new();
        let mut guests = Vec::new();
        for _ in 0..20 {
            let witness = witness.clone();
            let tell = move |packet: Count, client: Client| {
                witness.tell(client.id());
                async move { packet.value }
            };
            guests.push(guest_with(&server, client().accept(tell), &["a"]).await);
        }
        for guest in guests.iter().step_by(2) {
            guest.socket.close();
        }
        let mut answers = server.to("a").send(count(1)).expect("encoded");
        assert!(matches!(answers.next().await, Some((_, Err(SendError::Disconnected(_))))));
        for _ in guests.iter().skip(1).step_by(2) {
            seen.recv().await.expect("is asked");
        }
        assert_eq!(answers.by_ref().count().await, 19);
    });
}

#[test]
fn dropping_it_cancels_what_is_left() {
    paused_time(async {
        let server = plain_server();
        let (witness, mut seen) = Witness::new();
        let never = move |_: Slap, _: Client| {
            witness.tell("asked");
            let guard = witness.on_drop("cancelled");
            async move {
                let _guard = guard;
                std::future::pending::<()>().await;
            }
        };
        let guest = guest_with(&server, client().accept(never), &["a"]).await;
        let quick = guest_with(&server, client().accept(|_: Slap, _: Client| async {}), &["a"]).await;
        let mut answers = server.to("a").send(Slap).expect("encoded");
        assert_eq!(answers.next().await, Some((quick.id(), Ok(()))));
        assert_eq!(seen.recv().await, Some("asked"));
        assert_eq!(guest.socket.calls(), 1);
        drop(answers);
        assert_eq!(guest.socket.calls(), 0);
        assert_eq!(seen.recv().await, Some("cancelled"));
    });
}

#[test]
fn nothing_is_sent_before_it_is_polled() {
    paused_time(async {
        let server = plain_server();
        let guest = after(&server, 1).await;
        let mut answers = server.to("a").send(count(1)).expect("encoded");
        tokio::task::yield_now().await;
        assert_eq!(guest.socket.calls(), 0);
        // Who joins after the question was put is not asked.
        let _late = after(&server, 1).await;
        assert_eq!(answers.next().await, Some((guest.id(), Ok(1))));
        assert_eq!(answers.next().await, None);
    });
}

#[test]
fn each_question_counts_among_the_calls_of_its_connection() {
    paused_time(async {
        let server = server().limits(ConnectionLimits::server().calls(1)).build().expect("a server");
        let guest = after(&server, 2).await;
        let begin = Instant::now();
        let questions = (1..=3).map(|value| server.to("a").send(count(value)).expect("encoded"));
        let answers = futures_util::future::join_all(questions.map(|it| it.collect::<Vec<_>>())).await;
        for (value, answers) in (1..).zip(answers) {
            assert_eq!(answers, [(guest.id(), Ok(value))]);
        }
        assert_eq!(begin.elapsed().as_secs(), 6, "one after the other");
    });
}

#[test]
fn a_dehydrated_question_has_values_for_answers() {
    paused_time(async {
        let server = plain_server();
        let echo = |packet: Echo, _: Client| async move { packet.0 + "!" };
        let guest = guest_with(&server, client().accept(echo), &["a"]).await;
        let mut answers = server.to("a").send(("Echo", json!("hey"))).expect("encoded");
        let (id, answer) = answers.next().await.expect("settles");
        assert_eq!((id, answer.expect("answered").as_str()), (guest.id(), Some("hey!")));
    });
}
