//! Which packets travel, and what becomes of the others.

use packets_client::{Client, SendError};
use packets_core::net::pair;
use packets_core::{Bundle, Incompatible, RejectKind, Verdict, bundle};
use packets_server::{Server, Socket};
use packets_tests::harness::{Tap, connect, echo_server, paused_time};
use tokio::sync::Semaphore;

use super::{client, different, our_registry, ours, their_registry, theirs};

#[test]
fn ends_of_equal_digests_exchange_no_manifest() {
    paused_time(async {
        let server = echo_server();
        let (here, there) = pair();
        let (here, tapped) = Tap::new(here);
        tokio::spawn(async move { server.serve_transport(there).await });
        let client = packets_tests::harness::client().connect_transport(here).await.expect("a connection");
        client.send(packets_tests::harness::Slap).await.expect("answered");
        let (sent, received) = (tapped.sent(), tapped.received());
        assert_eq!((sent.len(), received.len()), (2, 2), "HELLO and CALL, WELCOME and REPLY");
        assert_eq!((sent[0][0], received[0][0]), (1 << 3 | 5, 5));
    });
}

#[test]
fn ends_of_different_digests_exchange_the_manifest_once() {
    paused_time(async {
        let (client, _, tapped) = different().await;
        assert_eq!(client.send(ours::Common(4)).await, Ok(8));
        assert_eq!(client.send(ours::Common(5)).await, Ok(10));
        let heads = |frames: Vec<bytes::Bytes>| frames.iter().map(|frame| frame[0]).collect::<Vec<_>>();
        let id = their_registry().id_of::<theirs::Common>().expect("it is there").number() as u8;
        assert_eq!(heads(tapped.sent()), [1 << 3 | 5, 2 << 3 | 5, id << 3 | 1, id << 3 | 1]);
        assert_eq!(heads(tapped.received()), [5, 3 << 3 | 5, 1 << 3 | 2, 2 << 3 | 2]);
    });
}

#[test]
fn a_packet_of_another_schema_fails_alone_with_its_field_and_both_types() {
    paused_time(async {
        let (client, _, tapped) = different().await;
        let sent = tapped.sent().len();
        let step = || ours::Move { id: 1, path: vec![ours::Position { x: 1.0, y: 2.0 }] };
        let Err(SendError::Incompatible(incompatible)) = client.send(step()).await else {
            panic!("the schemas differ");
        };
        let expected = Incompatible {
            path: "Move.path[].x".to_owned(),
            ours: "float32".to_owned(),
            theirs: "string".to_owned(),
        };
        assert_eq!(*incompatible, expected);
        let text = "`Move.path[].x` is float32 here and string on the other end";
        assert_eq!(incompatible.to_string(), text);
        assert_eq!(client.verdict::<ours::Move>(), Verdict::Incompatible(incompatible.clone()));
        assert_eq!(client.emit(&step()), Err(SendError::Incompatible(incompatible.clone())));
        let dehydrated = ("Move", serde_json::json!({"id": 1, "path": []}));
        assert_eq!(client.emit(&dehydrated), Err(SendError::Incompatible(incompatible)));
        assert_eq!(tapped.sent().len(), sent, "nothing was sent");
        assert_eq!(client.send(ours::Common(4)).await, Ok(8));
    });
}

#[test]
fn a_packet_of_another_response_fails_alone_with_both_types() {
    paused_time(async {
        let (client, _, _) = different().await;
        let Err(SendError::Incompatible(incompatible)) = client.send(ours::Who).await else {
            panic!("the schemas differ");
        };
        let Incompatible { path, ours, theirs } = &*incompatible;
        assert_eq!((&**path, &**ours, &**theirs), ("Who ->", "uint8", "string"));
        assert_eq!(client.send(ours::Common(4)).await, Ok(8));
    });
}

#[test]
fn a_packet_that_the_server_does_not_know_fails_alone() {
    paused_time(async {
        let (client, _, tapped) = different().await;
        let sent = tapped.sent().len();
        let unknown = SendError::UnknownToServer("New".into());
        assert_eq!(client.send(ours::New).await, Err(unknown.clone()));
        assert_eq!(client.emit(&ours::New), Err(unknown.clone()));
        assert_eq!(client.send(("New",)).await, Err(unknown));
        assert_eq!(client.verdict::<ours::New>(), Verdict::Unknown);
        assert_eq!(tapped.sent().len(), sent, "nothing was sent");
        assert_eq!(client.send(ours::Common(4)).await, Ok(8));
    });
}

#[test]
fn ids_that_differ_are_translated_in_both_directions() {
    paused_time(async {
        let (client, socket, _) = different().await;
        assert_ne!(our_registry().id_of::<ours::Common>(), their_registry().id_of::<theirs::Common>());
        assert_eq!(client.send(ours::Common(4)).await, Ok(8));
        assert_eq!(socket.send(theirs::Common(4)).await, Ok(12));
        assert_eq!(client.send(("Common", 4)).await.map(|value| value.to_string()), Ok("8".to_owned()));
        assert_eq!(socket.send(("Common", 4)).await.map(|value| value.to_string()), Ok("12".to_owned()));
    });
}

#[test]
fn ids_inside_of_bundles_are_translated_in_both_directions() {
    paused_time(async {
        let (client, socket, _) = different().await;
        let bundle = bundle![ours::Common(4), bundle![("Common", 5), ours::Common(6)]];
        let results = client.send(bundle).await.expect("results");
        let inner = results.get::<Bundle>(1).expect("a bundle");
        assert_eq!(results.get::<ours::Common>(0), Ok(8));
        assert_eq!((inner.get::<ours::Common>(0), inner.get::<ours::Common>(1)), (Ok(10), Ok(12)));
        let results = socket.send(bundle![bundle![theirs::Common(4)], ("Common", 5)]).await.expect("results");
        assert_eq!(results.get::<Bundle>(0).expect("a bundle").get::<theirs::Common>(0), Ok(12));
        assert_eq!(results.get::<theirs::Common>(1), Ok(15));
    });
}

#[test]
fn a_bundle_with_a_packet_that_cannot_travel_fails_as_a_whole_and_names_it() {
    paused_time(async {
        let (client, _, _) = different().await;
        for (bundle, name) in
            [(bundle![ours::Common(4), bundle![ours::New]], "New"), (bundle![("Who",)], "Who ->")]
        {
            let error = client.send(bundle).await.expect_err("it cannot travel").to_string();
            assert!(error.contains(name), "{error}");
        }
    });
}

#[test]
fn the_client_drops_packets_and_rejects_calls_of_another_schema() {
    paused_time(async {
        let (client, socket, _) = different().await;
        let step = || theirs::Move { id: 1, path: vec![theirs::Position { x: String::new(), y: 2.0 }] };
        socket.emit(&step()).expect("room");
        let Err(SendError::Rejected(reject)) = socket.send(step()).await else { panic!("a reject") };
        assert_eq!(reject.kind, RejectKind::Incompatible);
        assert!(reject.reason.contains("Move.path[].x"), "{reject}");
        socket.emit(&theirs::Zebra).expect("room");
        let Err(SendError::Rejected(reject)) = socket.send(theirs::Zebra).await else { panic!("a reject") };
        assert_eq!(reject.kind, RejectKind::UnknownPacket);
        let results = socket.send(bundle![step(), theirs::Common(1), theirs::Aardvark]).await;
        let results = results.expect("results");
        let kinds: Vec<_> = results.iter().map(|result| result.err().map(|reject| reject.kind)).collect();
        assert_eq!(kinds, [Some(RejectKind::Incompatible), None, Some(RejectKind::UnknownPacket)]);
        assert_eq!(client.send(ours::Common(4)).await, Ok(8));
    });
}

#[test]
fn many_clients_of_both_builds_are_served_side_by_side() {
    paused_time(async {
        let gate = std::sync::Arc::new(Semaphore::new(0));
        let waits = gate.clone();
        let server =
            Server::builder().registry(their_registry()).accept(move |packet: theirs::Common, _: Socket| {
                let gate = waits.clone();
                async move {
                    drop(gate.acquire().await);
                    packet.0 * 2
                }
            });
        let server = server.build().expect("a server");
        let (old, _) = connect(&server, client()).await;
        let (new, _) = connect(&server, Client::builder().registry(their_registry())).await;
        let calls =
            tokio::spawn(futures_util::future::join(old.send(ours::Common(1)), new.send(theirs::Common(2))));
        tokio::task::yield_now().await;
        gate.add_permits(1);
        assert_eq!(calls.await.expect("no panic"), (Ok(2), Ok(4)));
    });
}
