//! A server and a client in one program, over a real WebSocket on loopback: every kind of packet once, with
//! the bytes it takes on the wire.
//!
//! Run with `cargo run --bin quickstart`.

mod flecks;
mod narrator;
mod tap;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use packets_client::Client;
use packets_examples::{
    Action, Anything, AnythingField, Logout, Move, Position, PositionRequest, Slap, Whatever,
};
use packets_server::{
    AcceptError, Acceptor, Bundle, Redirect, Refresh, SendError, Server, Socket, ValidationError, bundle,
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::narrator::{Narrator, Says};
use crate::tap::Tap;

/// Accepts requests for positions, and knows one of them.
struct Simulation(Says);

impl Acceptor<PositionRequest, Socket> for Simulation {
    async fn validate(&self, packet: &PositionRequest, _: &Socket) -> Result<(), ValidationError> {
        if packet.id == 7 { Ok(()) } else { Err(ValidationError::new(404, "no such position")) }
    }

    async fn respond(&self, packet: PositionRequest, _: &Socket) -> Result<Position, AcceptError> {
        self.0.say(format!("somebody looks for {}", packet.id));
        Ok(Position { x: 1.5, y: -2.25, z: 64.0 })
    }
}

/// The server: one acceptor per packet.
fn server(says: &Says) -> Result<Server, Box<dyn std::error::Error>> {
    let says = || says.clone();
    let total = Arc::new(AtomicI64::new(0));
    let server = Server::builder()
        .accept({
            let says = says();
            move |_: Slap, _: Socket| {
                says.say("ouch!");
                async {}
            }
        })
        .accept({
            let says = says();
            move |packet: Move, _: Socket| {
                says.say(format!("{packet:?}"));
                async {}
            }
        })
        .accept({
            let says = says();
            move |Anything(anything): Anything, _: Socket| {
                says.say(format!("anything: {anything}"));
                async {}
            }
        })
        .accept({
            let says = says();
            move |packet: AnythingField, _: Socket| {
                says.say(format!("document {} is {}", packet.id, packet.document));
                async {}
            }
        })
        .accept({
            let says = says();
            move |action: Action, _: Socket| {
                let now = match action {
                    Action::Set(value) => {
                        total.store(value, Ordering::Relaxed);
                        value
                    }
                    Action::Add(value) => total.fetch_add(value, Ordering::Relaxed) + value,
                };
                says.say(format!("{action:?}, so the total is {now}"));
                async move { now }
            }
        })
        .accept::<PositionRequest>(Simulation(says()))
        .accept(|_: Whatever, _: Socket| async { "whatever the acceptor returned".to_owned() })
        .accept(|_: Logout, _: Socket| async { Err::<(), _>(ValidationError::new(400, "anonymous")) })
        .build()?;
    Ok(server)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut narrator, says) = Narrator::new();
    let server = server(&says)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (tap, address) = Tap::before(listener.local_addr()?).await?;
    tokio::spawn(server.serve(listener).into_future());

    // One connection only, as Redirect and Refresh, which would move and renew it, are but shown here.
    let client = Client::builder().no_reconnect().connect(&format!("ws://{address}/")).await?;
    client.send(Whatever).await?;
    tap.take();
    narrator.opening(server.registry(), &address);

    narrator.step("The simplest packet: nothing but its id", "client.emit(&Slap)?;");
    client.emit(&Slap)?;
    narrator.heard().await;
    narrator.up(tap.take(), &Slap);

    narrator.step("The same, dehydrated: a packet by its name", r#"client.emit(&("Slap",))?;"#);
    client.emit(&("Slap",))?;
    narrator.heard().await;
    narrator.up(tap.take(), &Slap);

    narrator
        .step("A schema: fields without names or tags", "client.emit(&Move { id: 7, x: 0.5, y: 0.25 })?;");
    let packet = Move { id: 7, x: 0.5, y: 0.25 };
    client.emit(&packet)?;
    narrator.heard().await;
    narrator.up(tap.take(), &packet);

    narrator.step(
        "A packer: the entire packet is MessagePack",
        r#"client.emit(&("Anything", json!({"foo": "bar", "arbitrary": "data"})))?;"#,
    );
    let anything = json!({"foo": "bar", "arbitrary": "data"});
    client.emit(&("Anything", &anything))?;
    narrator.heard().await;
    narrator.up(tap.take(), &Anything(anything));

    narrator.step(
        "A packer for one field, the others by schema",
        r#"client.emit(&AnythingField { id: 1234567, document: json!({"whatever": "you", "want": 42}) })?;"#,
    );
    let packet = AnythingField { id: 1_234_567, document: json!({"whatever": "you", "want": 42}) };
    client.emit(&packet)?;
    narrator.heard().await;
    narrator.up(tap.take(), &packet);

    narrator.step(
        "A bundle of bundles: sent as one, answered one by one",
        r#"let results = client.send(bundle![
        Action::Set(20),
        bundle![("Action", json!({"type": "ADD", "payload": 23})), Action::Add(26)],
    ]).await?;"#,
    );
    let results = client
        .send(bundle![
            Action::Set(20),
            bundle![("Action", json!({"type": "ADD", "payload": 23})), Action::Add(26)],
        ])
        .await?;
    for _ in 0..3 {
        narrator.heard().await;
    }
    let inner = results.get::<Bundle>(1)?;
    let totals = [results.get::<Action>(0)?, inner.get::<Action>(0)?, inner.get::<Action>(1)?];
    narrator.client(format!("the totals were {totals:?}"));
    // flecks' body is the same: the 85 bytes that PROTOCOL.md shows, behind their length.
    narrator.call(tap.take(), "Bundle", 86, None);

    narrator.step(
        "A request with a typed response",
        "let position: Position = client.send(PositionRequest { id: 7 }).await?;",
    );
    let position = client.send(PositionRequest { id: 7 }).await?;
    narrator.heard().await;
    narrator.client(format!("{position:?}"));
    narrator.call(tap.take(), "PositionRequest", 1, Some(json!(position)));

    narrator.step(
        "The same, dehydrated: the response is a dynamic value",
        r#"let position: Value = client.send(("PositionRequest", json!({"id": 7}))).await?;"#,
    );
    let value = client.send(("PositionRequest", json!({"id": 7}))).await?;
    narrator.heard().await;
    narrator.client(format!("{value}"));
    narrator.call(tap.take(), "PositionRequest", 1, Some(json!(position)));

    narrator.step(
        "Full circle: what the acceptor returns is what send resolves to",
        "let result = client.send(Whatever).await?;",
    );
    let result = client.send(Whatever).await?;
    narrator.client(format!("{result:?}"));
    narrator.call(tap.take(), "Whatever", 0, Some(json!(result)));

    narrator.step(
        "A validation error reaches the sender as it is",
        "let Err(SendError::Validation(error)) = client.send(Logout).await else { … };",
    );
    let Err(SendError::Validation(error)) = client.send(Logout).await else {
        return Err("nobody is logged in".into());
    };
    narrator.client(format!("{error:?}"));
    narrator.refused(tap.take(), "Logout", &error);

    narrator.step(
        "Data that does not fit is refused before it is sent, with the place",
        r#"let Err(error) = client.send(("Move", json!({"id": 7, "x": "left", "y": 0}))).await else { … };"#,
    );
    let Err(error) = client.send(("Move", json!({"id": 7, "x": "left", "y": 0}))).await else {
        return Err("left is no number".into());
    };
    narrator.client(error.to_string());
    narrator.nothing(tap.take());

    let mut redirects = client.packets::<Redirect>();
    let mut refreshes = client.packets::<Refresh>();
    let sockets = server.sockets();
    let socket = sockets.first().ok_or("the client is connected")?;
    narrator.step(
        "Default packets, from the server to the client",
        r#"socket.emit(&Redirect::to("/"))?; socket.emit(&Refresh)?;"#,
    );
    socket.emit(&Redirect::to("/"))?;
    let redirect = redirects.next().await.ok_or("the client is connected")?;
    narrator.client(format!("{redirect:?}"));
    narrator.down(tap.take(), &redirect);
    socket.emit(&Refresh)?;
    let refresh = refreshes.next().await.ok_or("the client is connected")?;
    narrator.client(format!("{refresh:?}"));
    narrator.down(tap.take(), &refresh);

    client.close();
    narrator.closing(&client.closed().await);
    Ok(())
}
