//! Rooms that reach over nodes.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use packets_client::{Client, SendError, ValidationError};
use packets_core::SessionId;
use packets_server::{Cluster, Local, PublishError, RejectKind, Server};
use packets_tests::engine::Breakable;
use packets_tests::harness::{Blob, Count, Echo, client, connect, node, paused_time, socket_of, together};
use tokio::time::{Instant, sleep};

use super::{count, guest, holder, numbers, pair};

#[test]
fn what_is_emitted_reaches_the_rooms_members_on_all_nodes_once_and_in_order() {
    paused_time(async {
        let local = Local::default();
        let nodes = [holder(local.clone(), 1), holder(local.clone(), 2), holder(local, 3)];
        together(&[&nodes[0], &nodes[1], &nodes[2]]).await;
        let mut inside = Vec::new();
        for node in &nodes {
            inside.push(guest(node, &["a", "b"]).await);
        }
        let mut outside = guest(&nodes[1], &["c"]).await;
        for value in 0..50 {
            let delivery = nodes[0].to("a").to("b").emit(&count(value)).expect("encoded");
            assert_eq!((delivery.queued, delivery.unpublished), (1, None));
        }
        nodes[0].all().emit(&count(99)).expect("encoded");
        for guest in &mut inside {
            for value in (0..50).chain([99]) {
                assert_eq!(guest.next().await, value);
            }
        }
        assert_eq!(outside.next().await, 99);
    });
}

#[test]
fn who_is_excepted_is_left_out_wherever_it_is() {
    paused_time(async {
        let (a, b, _) = pair().await;
        let (mut here, mut there) = (guest(&a, &["room"]).await, guest(&b, &["room"]).await);
        let mut mute = guest(&b, &["room", "mute"]).await;
        a.to("room").except(there.id()).except("mute").emit(&count(1)).expect("encoded");
        here.socket.to("room").emit(&count(2)).expect("encoded");
        a.emit(&count(3)).expect("encoded");
        assert_eq!((here.next().await, here.next().await), (1, 3));
        assert_eq!((there.next().await, mute.next().await), (2, 2));
        assert_eq!((there.next().await, mute.next().await), (3, 3));
    });
}

#[test]
fn a_socket_is_reached_by_its_id_and_others_are_not_told_of_one_that_is_here() {
    paused_time(async {
        let (a, b, breakable) = pair().await;
        let (mut here, mut there) = (guest(&b, &[]).await, guest(&a, &[]).await);
        let _ = breakable.published();
        b.to(here.id()).emit(&count(1)).expect("encoded");
        b.to("room").to(there.id()).here().emit(&count(2)).expect("encoded");
        b.to(there.id()).emit(&count(3)).expect("encoded");
        assert_eq!((here.next().await, there.next().await), (1, 3));
        assert_eq!(breakable.published().len(), 1);
    });
}

#[test]
fn sockets_of_all_nodes_are_asked_and_each_answer_comes_as_it_is() {
    paused_time(async {
        let local = Local::default();
        let nodes = [holder(local.clone(), 1), holder(local.clone(), 2), holder(local, 3)];
        together(&[&nodes[0], &nodes[1], &nodes[2]]).await;
        let here = guest(&nodes[0], &["room"]).await;
        let there = guest(&nodes[1], &["room"]).await;
        let excepted = guest(&nodes[1], &["room"]).await;
        let refuse = |_: Count, _: Client| async { Err::<u32, _>(ValidationError::new(418, "no tea")) };
        let never = |_: Count, _: Client| std::future::pending::<u32>();
        let ends = |_: Count, client: Client| async move {
            client.close();
            std::future::pending::<u32>().await
        };
        let mut ids = Vec::new();
        let mut clients = Vec::new();
        for client in [client().accept(refuse), client().accept(never), client().accept(ends), client()] {
            let (client, _) = connect(&nodes[2], client.no_reconnect()).await;
            let socket = socket_of(&client, &nodes[2]).await;
            socket.join("room").expect("joined");
            ids.push(socket.id());
            clients.push(client);
        }
        let begin = Instant::now();
        let target = nodes[0].to("room").except(excepted.id());
        let mut asked = target.send(count(21)).expect("encoded").timeout(Duration::from_secs(3));
        let mut answers: HashMap<SessionId, Result<u32, SendError>> = HashMap::new();
        while let Some((id, answer)) = asked.next().await {
            assert!(answers.insert(id, answer).is_none());
        }
        assert_eq!(begin.elapsed().as_secs(), 3);
        assert_eq!((numbers(asked.tally()), asked.unpublished()), ([2, 0, 0, 0, 0], None));
        assert_eq!(answers.len(), 6);
        assert_eq!((&answers[&here.id()], &answers[&there.id()]), (&Ok(42), &Ok(42)));
        let refused = SendError::Validation(ValidationError::new(418, "no tea"));
        assert_eq!(answers[&ids[0]], Err(refused));
        assert_eq!(answers[&ids[1]], Err(SendError::Timeout));
        assert!(matches!(answers[&ids[2]], Err(SendError::Disconnected(_))), "{:?}", answers[&ids[2]]);
        let kind = match &answers[&ids[3]] {
            Err(SendError::Rejected(reject)) => reject.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind, RejectKind::NotAccepted);
    });
}

#[test]
fn a_dehydrated_question_to_sockets_elsewhere_has_values_as_answers() {
    paused_time(async {
        let (a, b, _) = pair().await;
        let there = guest(&b, &["room"]).await;
        let question = ("Count", serde_json::json!({"value": 4}));
        let mut answers = a.to("room").send(question).expect("encoded");
        let (id, answer) = answers.next().await.expect("an answer");
        assert_eq!(id, there.id());
        assert_eq!(serde_json::to_value(answer.expect("answered")).expect("json"), serde_json::json!(8));
        assert_eq!(answers.next().await.map(|(id, _)| id), None);
    });
}

#[test]
fn a_node_that_leaves_or_falls_silent_meanwhile_holds_up_nobody() {
    paused_time(async {
        let local = Local::default();
        let (gone, breakable) = (Breakable::new(local.clone()), Breakable::new(local.clone()));
        let (a, leaves) = (holder(local, 1), holder(gone.clone(), 2));
        let silent = holder(breakable.clone(), 3);
        together(&[&a, &leaves, &silent]).await;
        let (here, _gone) = (guest(&a, &["room"]).await, guest(&silent, &["room"]).await);
        let never = |_: Count, _: Client| std::future::pending::<u32>();
        let (client, _) = connect(&leaves, client().accept(never)).await;
        socket_of(&client, &leaves).await.join("room").expect("joined");
        breakable.lose_all(true);
        let begin = Instant::now();
        let mut asked = a.to("room").send(count(1)).expect("encoded").timeout(Duration::from_secs(1));
        assert_eq!(asked.next().await, Some((here.id(), Ok(2))));
        gone.lose_all(true);
        gone.refuse(true);
        gone.cut();
        assert_eq!(asked.next().await, None);
        // The sockets' second, and five more for the node.
        assert_eq!(begin.elapsed().as_secs(), 6);
        assert_eq!(numbers(asked.tally()), [0, 0, 0, 1, 1]);
    });
}

#[test]
fn questions_to_sockets_elsewhere_are_cancelled_when_nobody_waits() {
    paused_time(async {
        let (a, b, _) = pair().await;
        let (witness, mut seen) = packets_tests::harness::Witness::new();
        let slow = move |_: Count, _: Client| {
            let witness = witness.clone();
            async move {
                witness.tell("asked");
                let _dropped = witness.on_drop("dropped");
                std::future::pending::<u32>().await
            }
        };
        let (client, _) = connect(&b, client().accept(slow)).await;
        socket_of(&client, &b).await.join("room").expect("joined");
        let begin = Instant::now();
        let mut answers = a.to("room").send(count(1)).expect("encoded");
        tokio::select! {
            _ = answers.next() => panic!("no answer"),
            told = seen.recv() => assert_eq!(told, Some("asked")),
        }
        drop(answers);
        assert_eq!(seen.recv().await, Some("dropped"));
        assert!(begin.elapsed() < Duration::from_secs(1));
    });
}

/// Two nodes of a cluster, whose messages have 2,000 bytes at most.
async fn two_of_small_messages() -> (Server, Server) {
    let local = Local::default();
    let small = || Cluster::default().max_message(2_000);
    let a = node(local.clone()).cluster(small()).build().expect("a server");
    let b = node(local).cluster(small()).build().expect("a server");
    together(&[&a, &b]).await;
    (a, b)
}

#[test]
fn answers_that_fit_no_message_are_rejected_alone() {
    paused_time(async {
        let (a, b) = two_of_small_messages().await;
        let blob = |ask: Blob, _: Client| async move { Bytes::from(vec![7; ask.answer as usize]) };
        let (client, _) = connect(&b, client().accept(blob)).await;
        socket_of(&client, &b).await.join("room").expect("joined");
        let ask = |answer| Blob { answer, content: Bytes::new() };
        let mut answers = a.to("room").send(ask(1_500)).expect("encoded");
        assert_eq!(answers.next().await.map(|(_, answer)| answer.map(|body| body.len())), Some(Ok(1_500)));
        let mut answers = a.to("room").send(ask(2_500)).expect("encoded");
        let kind = match answers.next().await {
            Some((_, Err(SendError::Rejected(reject)))) => reject.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind, RejectKind::TooLarge);
        assert_eq!(answers.next().await, None);
        assert_eq!(numbers(answers.tally()), [1, 0, 0, 0, 0]);
    });
}

#[test]
fn answers_of_many_sockets_come_in_several_messages() {
    paused_time(async {
        let (a, b) = two_of_small_messages().await;
        let blob = |ask: Blob, _: Client| async move {
            match ask.answer {
                100 => Ok(Bytes::from(vec![7; 100])),
                _ => Err(ValidationError::new(418, "x".repeat(100))),
            }
        };
        let mut clients = Vec::new();
        for _ in 0..150 {
            clients.push(connect(&b, client().accept(blob)).await);
        }
        for (client, _) in &clients {
            socket_of(client, &b).await.join("room").expect("joined");
        }
        for (answer, responses) in [(100, 150), (200, 0)] {
            let ask = Blob { answer, content: Bytes::new() };
            let mut answers = a.to("room").send(ask).expect("encoded");
            let (mut came, mut responded) = (0, 0);
            while let Some((_, answer)) = answers.next().await {
                came += 1;
                match answer {
                    Ok(body) => responded += usize::from(body.len() == 100),
                    Err(error) => assert!(matches!(error, SendError::Validation(_)), "{error:?}"),
                }
            }
            assert_eq!((came, responded, numbers(answers.tally())), (150, responses, [1, 0, 0, 0, 0]));
        }
    });
}

#[test]
fn answers_that_nobody_reads_are_bounded() {
    paused_time(async {
        let (a, b, _) = pair().await;
        let blob = |ask: Blob, _: Client| async move { Bytes::from(vec![7; ask.answer as usize]) };
        let mut clients = Vec::new();
        for _ in 0..150 {
            clients.push(connect(&b, client().accept(blob)).await);
        }
        for (client, _) in &clients {
            socket_of(client, &b).await.join("room").expect("joined");
        }
        let ask = Blob { answer: 60_000, content: Bytes::new() };
        let mut answers = a.to("room").send(ask).expect("encoded");
        // It is asked for, and then not looked at for a while.
        let first = answers.next().await;
        assert!(matches!(first, Some((_, Ok(_)))));
        sleep(Duration::from_secs(1)).await;
        let mut rest = 0;
        while let Some((_, answer)) = answers.next().await {
            assert_eq!(answer.map(|body| body.len()), Ok(60_000));
            rest += 1;
        }
        assert!((100..149).contains(&rest), "{rest}");
        assert_eq!(numbers(answers.tally()), [0, 0, 1, 0, 0]);
    });
}

#[test]
fn a_packet_that_fits_no_message_reaches_the_sockets_here_alone() {
    paused_time(async {
        let local = Local::default();
        let a = node(local).cluster(Cluster::default().max_message(2_000)).build().expect("a server");
        a.engine_up().await;
        let (client, _) = connect(&a, client()).await;
        let mut texts = client.packets::<Echo>();
        socket_of(&client, &a).await;
        let delivery = a.emit(&Echo("x".repeat(2_000))).expect("encoded");
        assert_eq!(delivery.queued, 1);
        let unpublished = delivery.unpublished;
        assert!(matches!(unpublished, Some(PublishError::TooLarge { limit: 2_000, .. })), "{unpublished:?}");
        assert_eq!(texts.next().await.map(|text| text.0.len()), Some(2_000));
    });
}
