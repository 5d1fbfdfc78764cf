//! What keeps a packet from travelling, and what its sender learns.

use bytes::Bytes;
use packets_client::{Client, ConnectError, SendError};
use packets_core::net::{ConnectionLimits, UnregisteredPacket, pair};
use packets_core::packet::Descriptor;
use packets_core::{EncodeError, Packet, RegistryError, RejectKind, schema::Type};
use packets_server::{BuildError, Registry, Server, Socket, ValidationError};
use packets_tests::harness::{
    Blob, Count, Echo, Slap, Stray, Tap, client, connect, echo_server, greeted, paused_time, server,
};
use serde_json::json;

#[test]
fn a_validation_error_reaches_the_sender_as_it_is() {
    paused_time(async {
        let server = server()
            .accept(|_: Slap, _: Socket| async { Err::<(), _>(ValidationError::new(2_147_483_647, "nö")) })
            .build()
            .expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let refused = SendError::Validation(ValidationError::new(2_147_483_647, "nö"));
        assert_eq!(client.send(Slap).await, Err(refused));
    });
}

#[test]
fn a_reason_that_is_too_long_is_cut_between_characters() {
    paused_time(async {
        let server = server()
            .accept(|_: Slap, _: Socket| async {
                Err::<(), _>(ValidationError::new(1, "x".to_owned() + &"ö".repeat(9_999)))
            })
            .build()
            .expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let refused = SendError::Validation(ValidationError::new(1, "x".to_owned() + &"ö".repeat(511)));
        assert_eq!(client.send(Slap).await, Err(refused));
    });
}

#[test]
fn another_error_is_hidden_unless_errors_are_exposed() {
    paused_time(async {
        for (expose, reason) in [(false, "error"), (true, "the password is 1234")] {
            let server = server()
                .expose_errors(expose)
                .accept(|_: Slap, _: Socket| async {
                    Err::<(), _>(std::io::Error::other("the password is 1234"))
                })
                .build()
                .expect("a server");
            let (client, _end) = connect(&server, client()).await;
            let Err(SendError::Rejected(reject)) = client.send(Slap).await else { panic!("a reject") };
            assert_eq!((reject.kind, reject.code, &*reject.reason), (RejectKind::Failed, 500, reason));
        }
    });
}

#[test]
fn a_packet_that_nothing_accepts_is_rejected_by_name() {
    paused_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        let Err(SendError::Rejected(reject)) = client.send(Count { value: 1 }).await else {
            panic!("a reject")
        };
        assert_eq!((reject.kind, reject.code), (RejectKind::NotAccepted, 404));
        assert!(reject.reason.contains("`Count`"), "{reject}");
    });
}

#[test]
fn a_response_that_is_too_large_is_rejected() {
    paused_time(async {
        let server = server()
            .accept(|packet: Blob, _: Socket| async move { Bytes::from(vec![0; packet.answer as usize]) })
            .build()
            .expect("a server");
        let (client, _end) =
            connect(&server, client().limits(ConnectionLimits::client().max_message(1_000))).await;
        let blob = |answer| Blob { answer, content: Bytes::new() };
        assert_eq!(client.send(blob(990)).await.map(|answer| answer.len()), Ok(990));
        let Err(SendError::Rejected(reject)) = client.send(blob(1_000)).await else { panic!("a reject") };
        assert_eq!((reject.kind, &*reject.reason), (RejectKind::Failed, "the response is too large"));
        assert_eq!(client.send(blob(1)).await.map(|answer| answer.len()), Ok(1));
    });
}

#[test]
fn a_packet_that_is_too_large_for_the_other_end_is_not_sent() {
    paused_time(async {
        let limits = ConnectionLimits::server().max_message(1_000);
        let server = server().limits(limits).accept(|echo: Echo, _: Socket| async { echo.0 });
        let server = server.build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let too_large = |text: &str| Echo(text.repeat(1_000));
        // A frame's head and the string's length come on top.
        assert_eq!(client.emit(&too_large("x")), Err(SendError::TooLarge { size: 1_003, limit: 1_000 }));
        let Err(SendError::TooLarge { limit: 1_000, .. }) = client.send(too_large("x")).await else {
            panic!("it is too large");
        };
        assert_eq!(client.calls(), 0);
        assert_eq!(client.send(Echo("x".repeat(900))).await, Ok("x".repeat(900)));
    });
}

#[test]
fn a_value_that_its_schema_cannot_say_is_not_sent() {
    paused_time(async {
        let server = echo_server();
        let (here, there) = pair();
        let (here, tapped) = Tap::new(here);
        tokio::spawn(async move { server.serve_transport(there).await });
        let client = client().connect_transport(here).await.expect("a connection");
        let beyond = Count { value: 1 << 31 };
        for result in [client.emit(&beyond), client.send(beyond).await.map(drop)] {
            let Err(SendError::Encode { packet, error }) = result else { panic!("{result:?}") };
            assert_eq!(&*packet, "Count");
            let EncodeError::OutOfRange { value, ty, .. } = error else { panic!("{error:?}") };
            assert_eq!((value, ty), (1 << 31, "varuint"));
        }
        for data in [json!({"value": "x"}), json!({}), json!(null), json!({"value": -1})] {
            let Err(SendError::Data(error)) = client.emit(&("Count", &data)) else { panic!("{data}") };
            assert!(error.to_string().contains("Count"), "{error}");
        }
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        assert_eq!(tapped.sent().len(), 2, "HELLO and the last call");
    });
}

#[test]
fn a_packet_that_is_not_registered_is_not_sent_and_never_arrives() {
    paused_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        let unregistered = |name: &str| SendError::Unregistered(name.into());
        assert_eq!(client.emit(&Stray), Err(unregistered("Stray")));
        assert_eq!(client.send(Stray).await, Err(unregistered("Stray")));
        assert_eq!(client.send(("Nobody", 1)).await, Err(unregistered("Nobody")));
        assert_eq!(client.emit(&("Nobody",)), Err(unregistered("Nobody")));
        assert_eq!(client.packets::<Stray>().next().await, None);
    });
}

#[test]
fn an_acceptor_of_a_packet_that_is_not_registered_is_an_error() {
    paused_time(async {
        let error = server().accept(|_: Stray, _: Socket| async {}).build().expect_err("not registered");
        assert_eq!(error, BuildError::Unregistered(UnregisteredPacket("Stray")));
        let connecting = client().accept(|_: Stray, _: Client| async {}).connect_transport(pair().0);
        let error = connecting.await.expect_err("not registered");
        assert!(matches!(error, ConnectError::Unregistered(UnregisteredPacket("Stray"))));
    });
}

#[derive(Packet)]
#[packet(gather = false, name = "Echo")]
struct Impostor;

#[test]
fn two_packets_of_one_name_are_an_error_that_names_both() {
    let error = Registry::of([Descriptor::of::<Echo>(), Descriptor::of::<Impostor>()]).expect_err("twice");
    let text = error.to_string();
    assert!(
        text.contains("`Echo`") && text.contains("protocol::Echo") && text.contains("Impostor"),
        "{text}"
    );
    assert!(text.contains("protocol.rs:") && text.contains("error.rs:"), "{text}");
    let dynamic = Descriptor::dynamic("Refresh", Type::UNIT, Type::UNIT);
    let error = Registry::of([dynamic]).expect_err("Refresh is there already");
    assert!(matches!(error, RegistryError::Duplicate { name, .. } if name == "Refresh"));
}

#[test]
fn a_registry_ends_at_65535_packets() {
    let packets = |count: usize| {
        (0..count).map(|n| Descriptor::dynamic(format!("P{n}"), Type::UNIT, Type::UNIT)).collect::<Vec<_>>()
    };
    assert_eq!(Registry::of(packets(65_532)).map(|registry| registry.len()).ok(), Some(65_535));
    assert_eq!(Registry::of(packets(65_533)).err(), Some(RegistryError::TooMany(65_536)));
}

#[test]
fn default_packets_alone_have_to_be_asked_for() {
    paused_time(async {
        let server = Server::builder().defaults_only().build().expect("a server");
        assert_eq!(server.registry().len(), 3);
        let (client, _end) = connect(&server, Client::builder().defaults_only()).await;
        assert_eq!(client.emit(&Slap), Err(SendError::Unregistered("Slap".into())));
    });
}

#[test]
fn a_reject_of_a_kind_that_this_version_does_not_know_is_a_failure() {
    paused_time(async {
        let server = server().build().expect("a server");
        let (mut raw, socket, _end) = greeted(&server).await;
        let call = tokio::spawn(socket.send(Slap));
        raw.frame().await;
        // REJECT of call 1: kind 99, code 7, reason `x`, no details.
        raw.send(vec![0x0b, 99, 7, 1, b'x', 0]).await;
        let Err(SendError::Rejected(reject)) = call.await.expect("no panic") else { panic!("a reject") };
        assert_eq!((reject.kind, reject.code, &*reject.reason), (RejectKind::Failed, 7, "x"));
    });
}
