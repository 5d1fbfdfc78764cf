//! Credentials of sessions that go on over connections.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use packets_client::{Client, ClientBuilder, Event, Events, Recovered};
use packets_core::CloseReason;
use packets_server::{Credential, Request, Resume, ServerBuilder, Socket};
use packets_testkit::{Cable, TestServer};
use packets_tests::harness::{Witness, connected, listen, paused_time, real_time};
use tokio::time::{Instant, sleep};

use super::{client, server};

const MINUTE: Duration = Duration::from_secs(60);

/// A server that gives each session a minute, and what it learns: the credentials that come, and how sessions end.
fn minutes() -> (ServerBuilder, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (witness, seen) = Witness::new();
    let ends = witness.clone();
    let server = server(Resume::default())
        .connect(|socket: Socket| async move { socket.expires_in(MINUTE) })
        .renew(move |socket: Socket, credential: Credential| {
            witness.tell(credential.as_str().to_owned());
            socket.expires_in(MINUTE);
            async { Ok::<_, ()>(()) }
        })
        .disconnect(move |_: Socket, reason| {
            ends.tell(format!("{reason:?}"));
            async {}
        });
    (server, seen)
}

/// A client with a token function that counts from 0.
fn counting() -> ClientBuilder {
    let count = AtomicUsize::new(0);
    client().token(move || {
        let token = format!("t{}", count.fetch_add(1, Ordering::Relaxed));
        async { Ok::<_, std::io::Error>(token) }
    })
}

/// The server, and a counting client by a cable that can be cut.
async fn cabled(server: ServerBuilder) -> (TestServer, Cable, Client) {
    let test = TestServer::new(server.build().expect("a server"));
    let cable = test.cable();
    let client = counting().connector(cable.clone()).connect("ws://test/").await.expect("a connection");
    (test, cable, client)
}

/// Waits for the end of the connection, and says by which code.
async fn closed_by(events: &mut Events) -> u16 {
    loop {
        match events.next().await {
            Some(Event::Disconnected(reason)) => return reason.code(),
            Some(_) => {}
            None => panic!("the client ended"),
        }
    }
}

#[test]
fn a_credential_whose_time_is_over_ends_a_session_without_a_connection() {
    paused_time(async {
        let (server, mut seen) = minutes();
        let (test, cable, client) = cabled(server).await;
        let (begin, mut events) = (Instant::now(), client.events());
        test.socket_of(&client).await;
        cable.cut();
        assert_eq!(seen.recv().await.as_deref(), Some("Unauthorized"));
        let lived = begin.elapsed();
        assert!((MINUTE..MINUTE + Duration::from_secs(1)).contains(&lived), "{lived:?}");
        cable.restore();
        assert_eq!(connected(&mut events).await, Recovered::New);
    });
}

#[test]
fn the_time_of_a_credential_goes_on_over_connections_until_it_is_renewed() {
    paused_time(async {
        let (server, mut seen) = minutes();
        let (_test, cable, client) = cabled(server).await;
        let (id, mut events) = (client.id(), client.events());
        let begin = Instant::now();
        for _ in 0..2 {
            sleep(MINUTE / 4).await;
            cable.cut();
            cable.restore();
            assert_eq!(connected(&mut events).await, Recovered::Full);
        }
        // On the connection by which the session was resumed.
        client.renew();
        assert_eq!(seen.recv().await.as_deref(), Some("t3"));
        let renewed = begin.elapsed();
        cable.cut();
        cable.restore();
        assert_eq!(connected(&mut events).await, Recovered::Full);
        assert_eq!(closed_by(&mut events).await, 4401);
        assert_eq!(client.id(), id, "it was one session");
        let lived = begin.elapsed() - renewed;
        assert!((MINUTE..MINUTE + Duration::from_secs(1)).contains(&lived), "{lived:?}");
        assert_eq!(seen.recv().await.as_deref(), Some("Unauthorized"));
        assert_eq!(connected(&mut events).await, Recovered::New);
    });
}

#[test]
fn a_renewal_that_is_cut_off_loses_nothing() {
    paused_time(async {
        let (server, mut seen) = minutes();
        let (test, cable, client) = cabled(server).await;
        let (id, mut events) = (client.id(), client.events());
        test.socket_of(&client).await;
        client.renew();
        cable.cut();
        cable.restore();
        assert_eq!(connected(&mut events).await, Recovered::Full);
        // The next one is not kept from being sent.
        client.renew();
        let credential = seen.recv().await;
        assert!(matches!(credential.as_deref(), Some("t1" | "t2" | "t3")), "{credential:?}");
        assert_eq!(client.id(), id);
    });
}

/// A client of a server that listens.
async fn dial(address: SocketAddr) -> Client {
    client().connect(&format!("ws://{address}/")).await.expect("a connection")
}

#[test]
fn the_request_by_which_a_client_comes_back_says_for_how_long_its_credential_is_good() {
    real_time(async {
        let requests = AtomicUsize::new(0);
        let server = server(Resume::default())
            .request(move |mut request: Request| {
                // The first one of each client is good for an hour, the next one for a moment.
                let is_first = requests.fetch_add(1, Ordering::Relaxed) == 0;
                request.expires_in(if is_first { MINUTE * 60 } else { Duration::from_millis(50) });
                async { Ok(request) }
            })
            .build()
            .expect("a server");
        let client = dial(listen(&server).await).await;
        let mut events = client.events();
        client.reconnect();
        assert_eq!(connected(&mut events).await, Recovered::Full);
        let ended = tokio::time::timeout(Duration::from_secs(5), closed_by(&mut events)).await;
        assert_eq!(ended, Ok(4401));
        // Without another one, there is no connection.
        assert!(matches!(client.closed().await, CloseReason::Remote { code: 4401, .. }));
    });
}

#[test]
fn a_request_may_say_that_its_credential_is_good_for_ever() {
    real_time(async {
        let requests = AtomicUsize::new(0);
        let server = server(Resume::default())
            .request(move |mut request: Request| {
                let is_first = requests.fetch_add(1, Ordering::Relaxed) == 0;
                request.expires_in(if is_first { Duration::from_secs(1) } else { Duration::MAX });
                async { Ok(request) }
            })
            .build()
            .expect("a server");
        let client = dial(listen(&server).await).await;
        let mut events = client.events();
        client.reconnect();
        assert_eq!(connected(&mut events).await, Recovered::Full);
        let ended = tokio::time::timeout(Duration::from_millis(1_500), closed_by(&mut events)).await;
        assert!(ended.is_err(), "{ended:?}");
    });
}
