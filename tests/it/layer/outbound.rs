//! Those who look on at what goes out.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use packets_client::{Client, ClientBuilder, Outbound, Outcome, SendError, ValidationError};
use packets_core::net::ConnectionLimits;
use packets_server::{Server, SessionId, Socket, bundle};
use packets_tests::harness::{
    Blob, Count, Echo, Slap, Stray, Witness, client, connect, paused_time, server, socket_of,
};
use tokio::sync::mpsc::UnboundedReceiver;

/// What is told of a packet: name, size, whether it is a call, to how many it goes, what came of it and the response's
/// size.
type Told = (String, usize, bool, usize, &'static str, usize);

/// The same, and by which session it went and how long it took.
type Seen = (Told, Option<SessionId>, Duration);

fn tell(witness: &Witness<Seen>, packet: &Outbound<'_>) {
    let answered = if let Outcome::Answered { size } = packet.outcome() { size } else { 0 };
    let (name, label) = (packet.name().to_owned(), packet.outcome().label());
    let told = (name, packet.size(), packet.is_call(), packet.receivers(), label, answered);
    witness.tell((told, packet.session(), packet.elapsed()));
}

fn told(name: &str, size: usize, is_call: bool, outcome: &'static str, answered: usize) -> Told {
    (name.to_owned(), size, is_call, 1, outcome, answered)
}

async fn next(seen: &mut UnboundedReceiver<Seen>) -> Told {
    seen.recv().await.expect("more").0
}

/// A client that is observed.
fn observed() -> (ClientBuilder, UnboundedReceiver<Seen>) {
    let (witness, seen) = Witness::new();
    (client().observe(move |packet: &Outbound<'_>| tell(&witness, packet)), seen)
}

/// Answers [`Echo`] at once, and [`Count`] after as many seconds, but refuses 1.
fn answering() -> Server {
    server()
        .accept(|packet: Echo, _: Socket| async move { packet.0 })
        .accept(|packet: Count, _: Socket| async move {
            tokio::time::sleep(Duration::from_secs(packet.value.into())).await;
            if packet.value == 1 { Err(ValidationError::new(418, "not 1")) } else { Ok(packet.value) }
        })
        .build()
        .expect("a server")
}

#[test]
fn a_packet_is_told_at_once_and_a_call_when_it_settles() {
    paused_time(async {
        let (builder, mut seen) = observed();
        let (client, _end) = connect(&answering(), builder).await;
        client.emit(&Echo("abc".to_owned())).expect("room");
        let (emitted, session, elapsed) = seen.try_recv().expect("it is told at once");
        assert_eq!(emitted, told("Echo", 4, false, "emitted", 0));
        assert_eq!((session, elapsed), (Some(client.id()), Duration::ZERO));

        client.send(Echo("abcd".to_owned())).await.expect("answered");
        assert_eq!(next(&mut seen).await, told("Echo", 5, true, "answered", 5));
        client.send(("Echo", "ab")).await.expect("answered");
        assert_eq!(next(&mut seen).await, told("Echo", 3, true, "answered", 3));
        client.send(Count { value: 1 }).await.expect_err("refused");
        let (refused, _, elapsed) = seen.recv().await.expect("more");
        assert_eq!(refused, told("Count", 1, true, "rejected", 0));
        assert_eq!(elapsed, Duration::from_secs(1));

        let late = client.send(Count { value: 9 }).timeout(Duration::from_secs(3));
        assert_eq!(late.await, Err(SendError::Timeout));
        let (late, _, elapsed) = seen.recv().await.expect("more");
        assert_eq!((late, elapsed), (told("Count", 1, true, "timeout", 0), Duration::from_secs(3)));
        let mut cancelled = client.send(Count { value: 300 });
        assert!((&mut cancelled).now_or_never().is_none());
        tokio::time::advance(Duration::from_secs(2)).await;
        drop(cancelled);
        let (cancelled, _, elapsed) = seen.try_recv().expect("it is told at once");
        assert_eq!((cancelled, elapsed), (told("Count", 2, true, "cancelled", 0), Duration::from_secs(2)));

        let mut bundled = client.send(bundle![Echo("abc".to_owned()), Slap]);
        assert!((&mut bundled).now_or_never().is_none());
        client.close();
        assert!(matches!(bundled.await, Err(SendError::Disconnected(_))));
        // Two items of a length of 4, an id of 2 and their bodies, behind their length.
        assert_eq!(next(&mut seen).await, told("Bundle", 1 + (6 + 4) + 6, true, "disconnected", 0));
        drop(client.send(Slap));
        assert!(seen.try_recv().is_err(), "it never was polled");
    });
}

#[test]
fn what_cannot_be_sent_is_told_too() {
    paused_time(async {
        let (builder, mut seen) = observed();
        let server = server().limits(ConnectionLimits::server().max_message(100)).build().expect("a server");
        let (client, _end) =
            connect(&server, builder.limits(ConnectionLimits::client().queue_frames(1))).await;
        client.emit(&Stray).expect_err("not in the registry");
        assert_eq!(next(&mut seen).await, told("Stray", 0, false, "unsendable", 0));
        client.send(("Nobody", 1)).await.expect_err("not in the registry");
        assert_eq!(next(&mut seen).await, told("Nobody", 0, true, "unsendable", 0));
        client.send(("Count", "a text")).await.expect_err("of another schema");
        assert_eq!(next(&mut seen).await, told("Count", 0, true, "unsendable", 0));
        let large = Blob { answer: 0, content: vec![0; 100].into() };
        client.emit(&large).expect_err("too large");
        assert_eq!(next(&mut seen).await, told("Blob", 4 + 1 + 100, false, "too_large", 0));
        client.send(large).await.expect_err("too large");
        assert_eq!(next(&mut seen).await, told("Blob", 4 + 1 + 100, true, "too_large", 0));
        client.emit(&Slap).expect("room");
        client.emit(&Count { value: 1 }).expect_err("full");
        assert_eq!(next(&mut seen).await, told("Slap", 0, false, "emitted", 0));
        assert_eq!(next(&mut seen).await, told("Count", 1, false, "full", 0));
    });
}

/// Two clients that answer [`Count`] with the next one, and their server, which is observed.
async fn two() -> ([Client; 2], Server, UnboundedReceiver<Seen>) {
    let (witness, seen) = Witness::new();
    let server = server().observe(move |packet: &Outbound<'_>| tell(&witness, packet));
    let server = server.build().expect("a server");
    let client = || client().accept(|packet: Count, _: Client| async move { packet.value + 1 });
    let (one, _) = connect(&server, client()).await;
    let (two, _) = connect(&server, client()).await;
    for client in [&one, &two] {
        socket_of(client, &server).await.join("room").expect("room");
    }
    ([one, two], server, seen)
}

#[test]
fn a_server_tells_the_same_of_each_socket() {
    paused_time(async {
        let ([one, _two], server, mut seen) = two().await;
        let socket = socket_of(&one, &server).await;
        socket.emit(&Slap).expect("room");
        socket.send(Count { value: 200 }).await.expect("answered");
        for expected in [told("Slap", 0, false, "emitted", 0), told("Count", 2, true, "answered", 4)] {
            let (told, session, _) = seen.try_recv().expect("more");
            assert_eq!((told, session), (expected, Some(one.id())));
        }
    });
}

#[test]
fn a_broadcast_is_told_once_and_a_question_once_a_socket() {
    paused_time(async {
        let ([one, two], server, mut seen) = two().await;
        server.to("room").emit(&Count { value: 7 }).expect("encoded");
        let (broadcast, session, _) = seen.try_recv().expect("it is told at once");
        assert_eq!(broadcast, ("Count".to_owned(), 1, false, 2, "emitted", 0));
        assert_eq!(session, None);
        server.to("nowhere").emit(&Slap).expect("encoded");
        assert_eq!(next(&mut seen).await, ("Slap".to_owned(), 0, false, 0, "emitted", 0));
        server.emit(&Stray).expect_err("not in the registry");
        assert_eq!(next(&mut seen).await, ("Stray".to_owned(), 0, false, 0, "unsendable", 0));

        let answers: Vec<_> = server.to("room").send(Count { value: 7 }).expect("encoded").collect().await;
        assert_eq!(answers.len(), 2);
        let mut asked = Vec::new();
        for _ in 0..2 {
            let (answered, session, _) = seen.try_recv().expect("more");
            assert_eq!(answered, told("Count", 1, true, "answered", 4));
            asked.push(session.expect("a socket's"));
        }
        assert!(asked.contains(&one.id()) && asked.contains(&two.id()));
        assert!(seen.try_recv().is_err());
    });
}

#[test]
fn an_observer_may_use_the_client_and_its_panic_harms_nothing() {
    paused_time(async {
        let place: Arc<OnceLock<Client>> = Arc::default();
        let (held, ids) = (place.clone(), Arc::new(Mutex::new(Vec::new())));
        let seen = ids.clone();
        let builder = client()
            .observe(|packet: &Outbound<'_>| assert_ne!(packet.name(), "Count", "it panics"))
            .observe(move |packet: &Outbound<'_>| {
                let Some(client) = held.get() else { return };
                seen.lock().expect("no panic").push((packet.name().to_owned(), client.id()));
                if packet.name() == "Count" {
                    client.emit(&Slap).expect("room");
                }
            });
        let (client, _end) = connect(&answering(), builder).await;
        place.set(client.clone()).expect("it is empty");
        client.emit(&Count { value: 2 }).expect("room");
        assert_eq!(client.send(Count { value: 2 }).await, Ok(2));
        drop(client.send(Count { value: 2 }));
        let seen: Vec<_> = ids.lock().expect("no panic").clone();
        let expected = ["Count", "Slap", "Count", "Slap"].map(|name| (name.to_owned(), client.id()));
        assert_eq!(seen, expected);
    });
}
