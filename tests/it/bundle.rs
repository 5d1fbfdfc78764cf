//! Bundles: their bytes, their results, their limits.

use packets_client::{Client, SendError};
use packets_core::net::{ConnectionLimits, pair};
use packets_core::{Bundle, RejectKind, bundle, schema};
use packets_examples::{Action, Anything, AnythingField, Slap as AppSlap, Whatever};
use packets_server::{Registry, Server, Socket, ValidationError};
use packets_tests::harness::{
    Count, Document, Echo, Raw, Slap, Stray, Tap, Witness, attach, client, connect, echo_server, frames, id,
    only_socket, paused_time, server,
};
use serde_json::json;

/// Doubles, but refuses 1 and panics at 2.
fn counting() -> Server {
    let accept = |packet: Count, _: Socket| async move {
        match packet.value {
            1 => Err(ValidationError::new(418, "not 1")),
            2 => panic!("at 2"),
            value => Ok(value * 2),
        }
    };
    server().accept(accept).accept(|_: Slap, _: Socket| async {}).build().expect("a server")
}

/// The registry of the vectors, whose ids are in the bytes.
fn app1() -> Registry {
    use packets_core::packet::Descriptor;
    Registry::of([
        Descriptor::of::<Action>(),
        Descriptor::of::<Anything>(),
        Descriptor::of::<AnythingField>(),
        Descriptor::of::<AppSlap>(),
        Descriptor::of::<Whatever>(),
    ])
    .expect("a registry")
}

/// The bytes of a vector of `bundles.json`.
fn vector(name: &str) -> Vec<u8> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/bundles.json");
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file).expect("the vectors")).expect("JSON");
    let vectors = file["vectors"].as_array().expect("vectors");
    let vector = vectors.iter().find(|vector| vector["name"] == name).expect("the vector");
    let hex = vector["hex"].as_str().expect("hex");
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

#[test]
fn a_bundle_of_bundles_has_the_bytes_that_flecks_gives_it() {
    paused_time(async {
        let server = Server::builder()
            .registry(app1())
            .accept(|action: Action, _: Socket| async move {
                match action {
                    Action::Set(value) | Action::Add(value) => value,
                }
            })
            .build()
            .expect("a server");
        let (here, there) = pair();
        let (here, tapped) = Tap::new(here);
        tokio::spawn(async move { server.serve_transport(there).await });
        let client = Client::builder().registry(app1()).connect_transport(here).await.expect("a connection");
        let inner = bundle![("Action", json!({"type": "ADD", "payload": 23})), Action::Add(26)];
        let results = client.send(bundle![Action::Set(20), inner]).await.expect("results");
        assert_eq!(results.get::<Action>(0), Ok(20));
        let inner = results.get::<Bundle>(1).expect("a bundle");
        assert_eq!((inner.get::<Action>(0), inner.get::<Action>(1)), (Ok(23), Ok(26)));
        // Head, call id, two bytes of time left, and the body.
        assert_eq!(tapped.sent()[1][4..], vector("doc: bundle of bundles"));
        client.emit(&bundle![AppSlap, ("Redirect", "/"), AppSlap]).expect("room");
        client.emit(&bundle![]).expect("room");
        client.send(Action::Set(0)).await.expect("answered");
        assert_eq!(tapped.sent()[2][1..], vector("Slap, Redirect, Slap"));
        assert_eq!(tapped.sent()[3][1..], vector("empty"));
    });
}

#[test]
fn each_item_has_a_result_and_none_stops_the_others() {
    paused_time(async {
        let server = counting();
        let (client, _end) = connect(&server, client()).await;
        let count = |value| Count { value };
        let inner = bundle![count(1), count(5), bundle![]];
        let results = client
            .send(bundle![count(3), count(1), count(2), Echo("nobody".to_owned()), inner, Slap, count(4)])
            .await
            .expect("results");
        let kinds = |results: &packets_core::BundleResponse| {
            results.iter().map(|result| result.err().map(|reject| reject.kind)).collect::<Vec<_>>()
        };
        assert_eq!(
            kinds(&results),
            [
                None,
                Some(RejectKind::Validation),
                Some(RejectKind::Panicked),
                Some(RejectKind::NotAccepted),
                None,
                None,
                None
            ]
        );
        assert_eq!((results.get::<Count>(0), results.get::<Count>(6)), (Ok(6), Ok(8)));
        assert_eq!(results.get::<Slap>(5), Ok(()));
        let refused = results.iter().nth(1).and_then(Result::err).expect("refused");
        assert_eq!((refused.code, &*refused.reason), (418, "not 1"));
        let inner = results.get::<Bundle>(4).expect("a bundle");
        assert_eq!(kinds(&inner), [Some(RejectKind::Validation), None, None]);
        assert!(inner.get::<Bundle>(2).expect("a bundle").is_empty());
        assert!(results.get::<Count>(7).is_err());
    });
}

#[test]
fn items_that_are_unknown_or_malformed_do_not_stop_the_others() {
    paused_time(async {
        let (transport, _end) = attach(&counting());
        let mut raw = Raw(transport);
        raw.greet().await;
        let bundle_id = id::<Bundle>();
        let malformed_bundle = frames::item(bundle_id, &[5, 1]);
        let bundle_with_trailing_bytes = frames::item(bundle_id, &[0, 0]);
        let body = frames::bundle(&[
            frames::item(id::<Count>(), &[3]),
            frames::item(999, &[1, 2]),
            frames::item(0, &[]),
            frames::item(id::<Count>(), &[0x80]),
            frames::item(id::<Count>(), &[1, 1]),
            malformed_bundle,
            bundle_with_trailing_bytes,
            frames::item(id::<Count>(), &[4]),
        ]);
        raw.send(frames::call(bundle_id, 1, &body)).await;
        let reply = raw.reply(1).await;
        let results: packets_core::BundleResponse = packets_core::schema::decode(&reply).expect("results");
        let kinds: Vec<_> = results.iter().map(|result| result.err().map(|reject| reject.kind)).collect();
        let (unknown, malformed) = (Some(RejectKind::UnknownPacket), Some(RejectKind::Malformed));
        assert_eq!(kinds, [None, unknown, unknown, malformed, malformed, malformed, malformed, None]);
    });
}

#[test]
fn a_malformed_bundle_is_rejected_before_anything_of_it_is_accepted() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move { packet.value }
        };
        let (transport, _end) = attach(&server().accept(accept).build().expect("a server"));
        let mut raw = Raw(transport);
        raw.greet().await;
        let good = frames::item(id::<Count>(), &[7]);
        let mut too_long = good.clone();
        too_long[0] = 9;
        let whole = frames::bundle(std::slice::from_ref(&good));
        for body in [
            vec![],
            frames::bundle(&[good.clone(), vec![1, 0, 0, 0]]),
            frames::bundle(&[good.clone(), too_long]),
            [whole.clone(), vec![0]].concat(),
            whole[..5].to_vec(),
        ] {
            raw.send(frames::call(id::<Bundle>(), 1, &body)).await;
            assert_eq!(raw.reject(1).await.0, RejectKind::Malformed, "{body:02x?}");
        }
        assert!(seen.try_recv().is_err());
    });
}

#[test]
fn items_are_accepted_in_order_and_their_results_are_in_order_too() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move {
                // The first ones take the longest.
                tokio::time::sleep(std::time::Duration::from_millis(500 - u64::from(packet.value))).await;
                packet.value
            }
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        for items in [10, 100] {
            let mut bundle = Bundle::new();
            (0..items).for_each(|value| bundle.push(Count { value }));
            let results = client.send(bundle).await.expect("results");
            for value in 0..items {
                assert_eq!(results.get::<Count>(value as usize), Ok(value));
                assert_eq!(seen.recv().await, Some(value));
            }
        }
    });
}

/// An item of a bundle.
fn item(id: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("short");
    [&length.to_le_bytes()[..], &id.to_le_bytes(), body].concat()
}

/// Bytes behind their length.
fn buffer(bytes: &[u8]) -> Vec<u8> {
    schema::encode(&bytes.to_vec()).expect("short")
}

#[test]
fn bundles_nest_8_levels_deep_and_no_deeper() {
    paused_time(async {
        let server = counting();
        let (client, _end) = connect(&server, client()).await;
        let nested = |levels| (1..levels).fold(bundle![Count { value: 3 }], |inner, _| bundle![inner]);
        let mut results = client.send(nested(8)).await.expect("results");
        for _ in 1..8 {
            results = results.get::<Bundle>(0).expect("a bundle");
        }
        assert_eq!(results.get::<Count>(0), Ok(6));
        for too_deep in [nested(9), nested(1_000)] {
            assert!(matches!(client.send(too_deep).await, Err(SendError::Encode { .. })), "it is not sent");
        }
        // A client that does not look at that itself; 5,000 levels would end a stack.
        let id = server.registry().id_of::<Bundle>().expect("a default packet").number();
        for levels in [9, 5_000] {
            let mut body = Vec::new();
            for _ in 1..levels {
                body = item(id, &buffer(&body));
            }
            let too_deep: Bundle = schema::decode(&buffer(&body)).expect("a bundle");
            let Err(SendError::Rejected(reject)) = client.send(too_deep).await else { panic!("too deep") };
            assert_eq!(reject.kind, RejectKind::Malformed);
        }
        assert_eq!(client.send(Count { value: 3 }).await, Ok(6));
    });
}

#[test]
fn a_bundle_holds_1024_packets_in_all_and_no_more() {
    paused_time(async {
        let server = counting();
        let (client, _end) = connect(&server, client()).await;
        // One half in each of two bundles, which are packets themselves.
        let halves = |more: usize| {
            let half = |items| (0..items).fold(Bundle::new(), |bundle, _| bundle.with(Slap));
            bundle![half(511), half(511 + more)]
        };
        let results = client.send(halves(0)).await.expect("results");
        assert_eq!(results.get::<Bundle>(1).expect("a bundle").len(), 511);
        assert!(matches!(client.send(halves(1)).await, Err(SendError::Encode { .. })), "it is not sent");
        let id = server.registry().id_of::<Slap>().expect("a packet").number();
        let inner = item(
            server.registry().id_of::<Bundle>().expect("a packet").number(),
            &buffer(&item(id, &[]).repeat(512)),
        );
        let too_many: Bundle = schema::decode(&buffer(&inner.repeat(2))).expect("a bundle");
        let Err(SendError::Rejected(reject)) = client.send(too_many).await else { panic!("too many") };
        assert_eq!(reject.kind, RejectKind::Malformed);
    });
}

#[test]
fn an_emitted_bundle_is_accepted_and_answered_by_nothing() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move { packet.value }
        };
        let server = server().accept(accept).build().expect("a server");
        let (here, there) = pair();
        let (here, tapped) = Tap::new(here);
        tokio::spawn(async move { server.serve_transport(there).await });
        let client = client().connect_transport(here).await.expect("a connection");
        let count = |value| Count { value };
        client
            .emit(&bundle![count(1), bundle![count(2), ("Count", json!({"value": 3}))], count(4)])
            .expect("room");
        assert_eq!(client.send(count(5)).await, Ok(5));
        for value in 1..=5 {
            assert_eq!(seen.recv().await, Some(value));
        }
        assert_eq!(tapped.received().len(), 2, "WELCOME and one REPLY");
    });
}

#[test]
fn a_bundle_goes_from_the_server_to_the_client_too() {
    paused_time(async {
        let server = echo_server();
        let client = client().accept(|packet: Count, _: Client| async move { packet.value + 1 });
        let (_client, _end) = connect(&server, client).await;
        let socket = only_socket(&server).await;
        let results = socket.send(bundle![Count { value: 1 }, Slap]).await.expect("results");
        assert_eq!(results.get::<Count>(0), Ok(2));
        let reject = results.iter().nth(1).and_then(Result::err).expect("a reject");
        assert_eq!(reject.kind, RejectKind::NotAccepted);
    });
}

#[test]
fn an_item_that_cannot_be_encoded_fails_the_whole_bundle_by_name() {
    paused_time(async {
        let server = counting();
        let (client, _end) = connect(&server, client()).await;
        for (bundle, names) in [
            (bundle![Slap, Stray], ["Stray", "registry"]),
            (bundle![Slap, bundle![("Nothing", 1)]], ["Nothing", "registry"]),
            (bundle![("Count", json!({"value": "x"}))], ["Count", "value"]),
            (bundle![Document { id: 1, document: json!(1) }, ("Count", json!({}))], ["Count", "value"]),
        ] {
            let Err(SendError::Encode { packet, error }) = client.send(bundle).await else {
                panic!("it cannot be encoded");
            };
            assert_eq!(&*packet, "Bundle");
            let error = error.to_string();
            assert!(names.iter().all(|name| error.contains(name)), "{error}");
        }
        let beyond = client.send(bundle![Count { value: u32::MAX }]).await.expect_err("out of range");
        assert!(beyond.to_string().contains("varuint"), "{beyond}");
        assert_eq!(client.calls(), 0);
    });
}

#[test]
fn a_bundle_is_held_to_the_message_size() {
    paused_time(async {
        let server = server().limits(ConnectionLimits::server().max_message(100)).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let bundle = bundle![Echo("x".repeat(50)), Echo("y".repeat(50))];
        assert!(matches!(client.send(bundle).await, Err(SendError::TooLarge { limit: 100, .. })));
    });
}
