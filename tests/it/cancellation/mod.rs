//! Public futures of servers that are dropped at each of their awaits: nothing on the wire is torn, lost or doubled,
//! nobody waits for ever, and no place stays taken. Those of clients are in `client::cancel`.

mod answers;
mod arriving;
mod cluster;
mod ending;
mod socket;

use packets_client::{Client, ClientBuilder, ConnectError, Connector, Request};
use packets_core::net::ConnectionLimits;
use packets_server::Socket;
use packets_testkit::TestServer;
use packets_tests::harness::{Count, Tap, Tapped, client};

/// Answers counts, after a while.
fn counting() -> ClientBuilder {
    client().accept(|packet: Count, _: Client| async move {
        tokio::task::yield_now().await;
        packet.value
    })
}

/// A client over WebSocket, whose frames are kept, and its socket.
async fn tapped(server: &TestServer, builder: ClientBuilder) -> (Client, Socket, Tapped) {
    let tapped = Tapped::default();
    let (cable, tap) = (server.cable(), tapped.clone());
    let connector = move |request: Request| {
        let (mut cable, tap) = (cable.clone(), tap.clone());
        async move {
            let transport = cable.connect(request, ConnectionLimits::client()).await?;
            Ok::<_, ConnectError>(Tap::with(transport, tap))
        }
    };
    let client = builder.connector(connector).connect("ws://localhost/").await.expect("a connection");
    let socket = server.socket_of(&client).await;
    (client, socket, tapped)
}
