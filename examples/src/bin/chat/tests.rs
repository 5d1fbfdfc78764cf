//! The chat's server with real clients, without a network. Time is paused: what takes minutes is over at once.

use std::sync::Arc;
use std::time::Duration;

use packets_client::{Client, ConnectError, Event, Packets, RejectKind, SendError, ValidationError};
use packets_testkit::{Cable, TestServer};

use crate::protocol::{Entered, Join, Line, Say, Who};
use crate::room::Rooms;
use crate::server::server;

fn chat() -> TestServer {
    TestServer::new(server(&Arc::new(Rooms::new())).expect("a server"))
}

/// A client of this name, and the lines it sees.
async fn user(cable: &Cable, name: &str) -> Result<(Client, Packets<Line>), ConnectError> {
    let url = format!("ws://localhost/socket?name={name}");
    let client = Client::builder().connector(cable.clone()).connect(&url).await?;
    let lines = client.packets();
    Ok((client, lines))
}

async fn join(client: &Client, room: &str) -> Entered {
    client.send(Join { room: room.to_owned() }).await.expect("a room to enter")
}

async fn say(client: &Client, text: &str) -> Result<(), SendError> {
    client.send(Say { text: text.to_owned() }).await
}

/// The next line: who said it, and what.
async fn next(lines: &mut Packets<Line>) -> (Option<String>, String) {
    let line = lines.next().await.expect("the client is connected");
    (line.name, line.text)
}

#[tokio::test(start_paused = true)]
async fn what_is_said_is_heard_now_and_found_later() {
    let server = chat();
    let (ada, mut seen_by_ada) = user(&server.cable(), "Ada").await.expect("a name");
    assert_eq!(join(&ada, "lobby").await.users, ["Ada"]);
    let (bob, mut seen_by_bob) = user(&server.cable(), "Bob").await.expect("a name");
    assert_eq!(join(&bob, "lobby").await.users, ["Ada", "Bob"]);
    assert_eq!(next(&mut seen_by_ada).await, (None, "Bob enters".to_owned()));

    say(&ada, "Good morning!").await.expect("a line");
    assert_eq!(next(&mut seen_by_bob).await, (Some("Ada".to_owned()), "Good morning!".to_owned()));

    let (eve, _) = user(&server.cable(), "Eve").await.expect("a name");
    assert_eq!(join(&eve, "lobby").await.history[0].text, "Good morning!");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_there_without_a_name() {
    let refused = user(&chat().cable(), "").await.err();
    assert!(matches!(refused, Some(ConnectError::Refused { status: 400, .. })), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_speaks_outside_of_rooms() {
    let (ada, _) = user(&chat().cable(), "Ada").await.expect("a name");
    let error = say(&ada, "Is there anybody?").await;
    assert_eq!(error, Err(SendError::Validation(ValidationError::new(409, "enter a room first"))));
}

#[tokio::test(start_paused = true)]
async fn nobody_speaks_all_the_time() {
    let (ada, _) = user(&chat().cable(), "Ada").await.expect("a name");
    join(&ada, "lobby").await;
    for _ in 0..10 {
        say(&ada, "Listen!").await.expect("ten at once");
    }
    match say(&ada, "Listen!").await {
        Err(SendError::Rejected(reject)) => assert_eq!(reject.kind, RejectKind::RateLimited),
        other => panic!("{other:?}"),
    }
    tokio::time::advance(Duration::from_millis(200)).await;
    say(&ada, "Listen!").await.expect("five a second");
}

#[tokio::test(start_paused = true)]
async fn who_loses_the_connection_leaves_the_room() {
    let server = chat();
    let (ada, mut seen_by_ada) = user(&server.cable(), "Ada").await.expect("a name");
    join(&ada, "lobby").await;
    let cable = server.cable();
    let (bob, _) = user(&cable, "Bob").await.expect("a name");
    let mut events = bob.events();
    join(&bob, "lobby").await;
    assert_eq!(next(&mut seen_by_ada).await.1, "Bob enters");

    cable.cut();
    assert_eq!(next(&mut seen_by_ada).await.1, "Bob leaves");
    assert_eq!(ada.send(Who).await.expect("a room"), ["Ada"]);

    cable.restore();
    while !matches!(events.next().await, Some(Event::Connected { .. })) {}
    assert_eq!(join(&bob, "lobby").await.users, ["Ada", "Bob"]);
}
