//! Asking all nodes from what there is of a program.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::get;
use futures_util::StreamExt;
use packets_client::{Client, ConnectError};
use packets_server::{Engine, Incoming, Local, Node, Refusal, Request, Server, Socket, Subject};
use packets_tests::harness::{
    Count, Echo, Slap, client, connect, listen, node, paused_time, real_time, together,
};
use tower_service::Service;

use super::{count, holder};

#[test]
fn requests_and_sockets_ask_all_nodes() {
    real_time(async {
        let local = Local::default();
        let banned = |ask: Echo, _: Node| async move { (ask.0 == "Eve").then_some(ask.0) };
        let gate = |request: Request| async move {
            let name = request.parameter("name").unwrap_or_default().into_owned();
            match request.intercom(Echo(name)).first().await? {
                Some(name) => Err(Refusal::new(403, format!("{name} is banned"))),
                None => Ok(request),
            }
        };
        let look = |ask: Count, socket: Socket| async move {
            let found = socket.intercom(ask).first().await?;
            found.ok_or_else(|| packets_server::ValidationError::new(404, "nowhere").into())
                as Result<u32, packets_server::AcceptError>
        };
        let a = node(local.clone()).request(gate).accept(look).build().expect("a server");
        let here = |ask: Count, _: Node| async move { (ask.value == 5).then_some(50) };
        let b = node(local).intercom(banned).intercom(here).build().expect("a server");
        together(&[&a, &b]).await;
        let address = listen(&a).await;
        let connect = async |name: &str| -> Result<Client, ConnectError> {
            client().no_reconnect().connect(&format!("ws://{address}/?name={name}")).await
        };
        assert!(connect("Eve").await.is_err());
        let client = connect("Ada").await.expect("let in");
        assert_eq!(client.send(count(5)).await, Ok(50));
        let nowhere = client.send(count(6)).await;
        assert!(
            matches!(&nowhere, Err(packets_client::SendError::Validation(error)) if error.code == 404),
            "{nowhere:?}"
        );
    });
}

#[test]
fn nodes_have_no_more_time_than_the_call_they_are_asked_for() {
    paused_time(async {
        let local = Local::default();
        let ask = |_: Slap, socket: Socket| async move { socket.intercom(count(2)).await.map(drop) };
        let (a, b) = (node(local.clone()).accept(ask).build().expect("a server"), holder(local.clone(), 2));
        together(&[&a, &b]).await;
        let all = Subject::of(["packets", "default", "all"]);
        let mut heard = local.subscribe(vec![all]).await.expect("subscribed");
        let (client, _) = connect(&a, client()).await;
        for (timeout, millis) in [(2, 1_900..=2_000), (60, 5_000..=5_000)] {
            client.send(Slap).timeout(Duration::from_secs(timeout)).await.expect("asked");
            // A question is of kind 5, and ends with its time.
            let time = loop {
                match heard.next().await {
                    Some(Incoming::Message(message)) if message[34] == 5 => {
                        let end = message.last_chunk().expect("a time");
                        break u32::from_be_bytes(*end);
                    }
                    _ => {}
                }
            };
            assert!(millis.contains(&time), "{time} ms");
        }
    });
}

#[test]
fn handlers_of_a_web_application_ask_all_nodes() {
    real_time(async {
        let local = Local::default();
        let (a, b) = (holder(local.clone(), 1), holder(local, 2));
        together(&[&a, &b]).await;
        let look = async |State(server): State<Server>, number: Path<u32>| match server
            .intercom(count(number.0))
            .first()
            .await
        {
            Ok(Some(found)) => format!("found {found}"),
            Ok(None) => "nowhere".to_owned(),
            Err(error) => error.to_string(),
        };
        let app = Router::new().route("/{number}", get(look)).with_state(a.clone());
        for (path, body) in [("/1", "found 1"), ("/2", "found 2"), ("/3", "nowhere")] {
            let request = axum::http::Request::get(path).body(Body::empty()).expect("a request");
            let response = app.clone().call(request).await.expect("a response");
            let bytes = axum::body::to_bytes(response.into_body(), 1_000).await.expect("a body");
            assert_eq!(bytes, body);
        }
    });
}
