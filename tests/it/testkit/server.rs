//! A server without a network is as one with it.

use std::net::SocketAddr;
use std::time::Duration;

use packets_client::{Backoff, Client, ConnectError, Event, SendError};
use packets_core::{CloseReason, ValidationError};
use packets_server::{AcceptError, Acceptor, AdmissionLimits, Refusal, Request, Server, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{Count, Echo, Slap, Witness, client, echo_server, paused_time, server};

#[test]
fn calls_are_answered_and_rejected() {
    paused_time(async {
        let server = server()
            .accept(|packet: Echo, _: Socket| async move {
                if packet.0.is_empty() {
                    Err(ValidationError::new(400, "say something"))
                } else {
                    Ok(packet.0)
                }
            })
            .build()
            .expect("a server");
        let client = TestServer::new(server).connect_with(client()).await.expect("a connection");
        let large = client.send(Echo("a".repeat(100_000))).await;
        assert!(matches!(large, Err(SendError::TooLarge { limit: 65_536, .. })), "{large:?}");
        assert_eq!(client.send(Echo("hello".to_owned())).await.as_deref(), Ok("hello"));
        let refused = SendError::Validation(ValidationError::new(400, "say something"));
        assert_eq!(client.send(Echo(String::new())).await, Err(refused));
    });
}

#[test]
fn requests_pass_the_hook() {
    paused_time(async {
        let server = server().request(|mut request: Request| async move {
            if request.header("x-key") != Some("secret") {
                return Err(Refusal::new(403, "no key"));
            }
            request.insert(request.parameter("name").unwrap_or_default().into_owned());
            request.answer_header("x-answer".parse().expect("a name"), "42".parse().expect("a value"));
            Ok(request)
        });
        let server = TestServer::new(server.build().expect("a server"));
        match server.connect_with(client()).await {
            Err(ConnectError::Refused { status: 403, text, .. }) => assert_eq!(text, "no key"),
            other => panic!("{other:?}"),
        }
        let address: SocketAddr = "[2001:db8::7]:700".parse().expect("an address");
        let builder = client().header("X-Key", "secret").connector(server.cable().address(address));
        let client = builder.connect("wss://example.com:7/a/b?name=Ada+L").await.expect("a connection");
        let socket = server.socket_of(&client).await;
        let request = socket.request();
        assert_eq!((request.path(), request.header("host")), ("/a/b", Some("example.com:7")));
        assert_eq!((request.peer(), request.ip()), (Some(address), Some(address.ip())));
        assert_eq!(socket.extensions().get::<String>().as_deref().map(String::as_str), Some("Ada L"));
    });
}

#[test]
fn limits_of_admission_are_kept() {
    paused_time(async {
        let limits = AdmissionLimits::default().new_per_ip(2);
        let server = TestServer::new(server().admission(limits).build().expect("a server"));
        let mut clients = Vec::new();
        for _ in 0..2 {
            clients.push(server.connect_with(client()).await.expect("a connection"));
        }
        match server.connect_with(client()).await {
            Err(ConnectError::Refused { status: 429, retry_after, .. }) => {
                assert_eq!(retry_after, Some(Duration::from_secs(1)));
            }
            other => panic!("{other:?}"),
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        server.connect_with(client()).await.expect("a connection");
    });
}

struct Doubling;

impl Acceptor<Count, Socket> for Doubling {
    async fn validate(&self, packet: &Count, socket: &Socket) -> Result<(), ValidationError> {
        if socket.rooms().is_empty() {
            return Err(ValidationError::new(409, "enter a room"));
        }
        if packet.value > u32::MAX / 2 { Err(ValidationError::new(400, "too much")) } else { Ok(()) }
    }

    async fn respond(&self, packet: Count, _: &Socket) -> Result<u32, AcceptError> {
        Ok(packet.value * 2)
    }
}

#[test]
fn acceptors_can_be_called_without_a_packet_travelling() {
    paused_time(async {
        let server = TestServer::new(echo_server());
        let client = server.connect_with(client()).await.expect("a connection");
        let socket = server.socket_of(&client).await;
        let count = Count { value: 21 };
        let error = Doubling.validate(&count, &socket).await.expect_err("it is in no room");
        assert_eq!(error.code, 409);
        socket.join("room").expect("room");
        assert_eq!(Doubling.validate(&count, &socket).await, Ok(()));
        assert!(matches!(Doubling.respond(count, &socket).await, Ok(42)));
        let error = Doubling.validate(&Count { value: u32::MAX }, &socket).await.expect_err("too much");
        assert_eq!(error.code, 400);
    });
}

fn named(name: &'static str, witness: Witness<(&'static str, CloseReason)>) -> Server {
    let server = server().accept(move |_: Echo, _: Socket| async move { name.to_owned() });
    let server = server.disconnect(move |_: Socket, reason: CloseReason| {
        let witness = witness.clone();
        async move { witness.tell((name, reason)) }
    });
    server.build().expect("a server")
}

#[test]
fn a_server_is_killed_and_another_started() {
    paused_time(async {
        let (witness, mut testimony) = Witness::new();
        let server = TestServer::new(named("first", witness.clone()));
        let builder = client().backoff(Backoff::default().seed(3));
        let client = server.connect_with(builder).await.expect("a connection");
        let mut events = client.events();
        assert_eq!(client.send(Echo(String::new())).await.as_deref(), Ok("first"));
        server.kill();
        assert!(matches!(events.next().await, Some(Event::Disconnected(CloseReason::Lost(_)))));
        assert!(matches!(testimony.recv().await, Some(("first", CloseReason::Lost(_)))));
        loop {
            match events.next().await {
                Some(Event::Failed(error)) => {
                    assert!(matches!(*error, ConnectError::Unreachable { .. }), "{error}");
                    break;
                }
                Some(_) => {}
                None => panic!("it goes on"),
            }
        }
        server.start(named("second", witness.clone()));
        while !matches!(events.next().await, Some(Event::Connected { .. })) {}
        assert_eq!(client.send(Echo(String::new())).await.as_deref(), Ok("second"));
        server.start(named("third", witness));
        assert!(matches!(testimony.recv().await, Some(("second", CloseReason::Lost(_)))));
        while !matches!(events.next().await, Some(Event::Connected { .. })) {}
        assert_eq!(client.send(Echo(String::new())).await.as_deref(), Ok("third"));
    });
}

#[test]
fn a_server_shuts_down_gracefully() {
    paused_time(async {
        let inner = echo_server();
        let server = TestServer::new(inner.clone());
        let client = server.connect_with(client().no_reconnect()).await.expect("a connection");
        assert_eq!(client.send(Slap).await, Ok(()));
        inner.shut_down().await;
        assert!(matches!(client.closed().await, CloseReason::Remote { code: 1001 | 1012, .. }));
        let refused = server.connect_with(Client::builder().defaults_only()).await;
        assert!(matches!(refused, Err(ConnectError::Refused { status: 503, .. })), "{refused:?}");
    });
}
