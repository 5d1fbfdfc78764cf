//! What comes before the manifest.

use std::time::Duration;

use packets_client::{Client, ConnectError};
use packets_core::control::VERSION;
use packets_core::net::{ConnectionLimits, Message, pair};
use packets_core::{CloseReason, RejectKind};
use packets_tests::harness::{Raw, Witness, attach, connect, frames, paused_time};

use super::{client, our_registry, ours, server, their_registry, theirs};

#[test]
fn what_the_connect_hook_sends_at_once_reaches_a_client_of_another_build_in_order() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let server = server().connect(|socket| async move {
            for number in 0..50 {
                socket.emit(&theirs::Common(number)).expect("room");
            }
            socket.emit(&theirs::Move { id: 1, path: vec![] }).expect("room");
            assert_eq!(socket.send(theirs::Common(50)).await, Ok(51));
            socket.emit(&theirs::Common(51)).expect("room");
        });
        let client =
            Client::builder().registry(our_registry()).accept(move |packet: ours::Common, _: Client| {
                witness.tell(packet.0);
                async move { packet.0 + 1 }
            });
        let (_client, _end) = connect(&server.build().expect("a server"), client).await;
        for number in 0..52 {
            assert_eq!(seen.recv().await, Some(number));
        }
    });
}

/// The frame in which a server says what its packets are.
async fn manifest() -> Vec<u8> {
    let (transport, _end) = attach(&server().build().expect("a server"));
    let mut raw = Raw(transport);
    raw.welcomed().await;
    raw.send(frames::hello(VERSION, &our_registry(), 1 << 20)).await;
    raw.send(frames::control(2, &[])).await;
    match raw.message().await {
        Some(Message::Binary(manifest)) => manifest.into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_held_back_is_looked_at_in_order_and_each_call_is_answered_at_once() {
    paused_time(async {
        let manifest = manifest().await;
        let (witness, mut seen) = Witness::new();
        let client =
            Client::builder().registry(our_registry()).accept(move |packet: ours::Common, _: Client| {
                witness.tell(packet.0);
                async move { packet.0 + 1 }
            });
        let (here, there) = pair();
        let client = tokio::spawn(client.connect_transport(here));
        let mut raw = Raw(there);
        raw.send(frames::welcome(VERSION, &their_registry())).await;
        raw.frame().await;
        raw.frame().await;
        let registry = their_registry();
        let common = registry.id_of::<theirs::Common>().expect("it is there").number();
        let step = registry.id_of::<theirs::Move>().expect("it is there").number();
        raw.send(frames::packet(common, &[1])).await;
        raw.send(frames::call(common, 1, &[2])).await;
        raw.send(frames::call(step, 2, &[0, 0])).await;
        raw.send(frames::call(999, 3, &[])).await;
        raw.send(frames::packet(common, &[3])).await;
        raw.send(manifest).await;
        let begin = tokio::time::Instant::now();
        let _client = client.await.expect("no panic").expect("a connection");
        for number in 1..=3 {
            assert_eq!(seen.recv().await, Some(number));
        }
        assert_eq!(raw.reply(1).await[..], [0, 0, 0, 3]);
        assert_eq!(raw.reject(2).await.0, RejectKind::Incompatible);
        assert_eq!(raw.reject(3).await.0, RejectKind::UnknownPacket);
        assert_eq!(begin.elapsed(), Duration::ZERO);
    });
}

/// A server that has more to say before the manifest than the client cares to keep.
async fn held_too_much(limits: ConnectionLimits, emitted: u32) -> Option<CloseReason> {
    let (here, there) = pair();
    let connecting = tokio::spawn(client().limits(limits).connect_transport(here));
    let mut raw = Raw(there);
    raw.send(frames::welcome(VERSION, &their_registry())).await;
    raw.frame().await;
    raw.frame().await;
    for _ in 0..emitted {
        raw.send(frames::packet(9, &[0; 10])).await;
    }
    let code = tokio::time::timeout(Duration::from_secs(1), raw.close_code()).await.ok()?;
    drop(raw);
    match connecting.await.expect("no panic") {
        Err(ConnectError::Closed(reason)) => {
            assert_eq!(code, 1002);
            Some(reason)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_does_not_hold_back_more_than_its_limits() {
    paused_time(async {
        let too_many = Some(CloseReason::Protocol("too many frames before the manifest"));
        let frames = ConnectionLimits::client().inbox(4);
        assert_eq!(held_too_much(frames, 4).await, None);
        assert_eq!(held_too_much(frames, 5).await, too_many);
        let bytes = ConnectionLimits::client().queue_bytes(44);
        assert_eq!(held_too_much(bytes, 4).await, None);
        assert_eq!(held_too_much(bytes, 5).await, too_many);
    });
}

#[test]
fn a_server_that_never_sends_its_manifest_is_given_up_on() {
    paused_time(async {
        let (here, there) = pair();
        let connecting = tokio::spawn(client().connect_transport(here));
        let mut raw = Raw(there);
        raw.send(frames::welcome(VERSION, &their_registry())).await;
        assert_eq!(raw.close_code().await, 4408);
        drop(raw);
        let error = connecting.await.expect("no panic").expect_err("no manifest");
        assert!(matches!(error, ConnectError::Closed(CloseReason::HandshakeTimeout)));
    });
}
