//! Asking all nodes before there is a socket.

use packets_client::{Client, ConnectError};
use packets_server::{Local, Node, Refusal, Request, Socket};
use packets_tests::harness::{Count, Echo, client, listen, node, real_time, together};

use super::count;

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
