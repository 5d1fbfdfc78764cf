//! The defaults that a manifest tells.

use packets_client::{Client, ConnectError};
use packets_core::control::VERSION;
use packets_core::net::{Message, Pair, pair};
use packets_core::packet::Descriptor;
use packets_core::{CloseReason, Incompatible, Packet, Registry, Verdict};
use packets_tests::harness::{Raw, attach, frames, paused_time};

#[derive(Packet)]
#[packet(gather = false)]
struct Move {
    id: u8,
}

/// The packet's id on the wire.
const ID: u16 = 5;

/// A manifest of one packet, which has more fields than [`Move`] and a response of more.
fn manifest(rest: &[u8]) -> Vec<u8> {
    let mut entry = frames::string("Move");
    frames::varuint(&mut entry, ID.into());
    entry.extend([7; 8]);
    entry.extend(frames::string("{id:uint8,name?:string}"));
    entry.extend(frames::string("{code?:uint8,depth:uint8?}"));
    entry.extend(rest);
    let mut body = vec![1];
    frames::varuint(&mut body, entry.len() as u32);
    body.extend(entry);
    frames::control(3, &body)
}

/// What becomes of a client that is told this manifest, and its server.
async fn told(rest: &[u8]) -> (Result<Client, ConnectError>, Raw<Pair>) {
    let registry = Registry::of([Descriptor::of::<Move>()]).expect("a registry");
    let client = Client::builder().registry(registry).accept(|_: Move, _: Client| async {});
    let (here, there) = pair();
    let connecting = tokio::spawn(client.connect_transport(here));
    let mut raw = Raw(there);
    raw.send(frames::welcome(VERSION, &super::their_registry())).await;
    raw.frame().await;
    raw.frame().await;
    raw.send(manifest(rest)).await;
    (connecting.await.expect("no panic"), raw)
}

async fn binary(raw: &mut Raw<Pair>) -> Vec<u8> {
    match raw.message().await {
        Some(Message::Binary(frame)) => frame.into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_field_that_the_client_lacks_has_the_servers_default() {
    paused_time(async {
        // For the name `hi`, for the code 9; and what a later version may add.
        let (client, mut raw) = told(&[2, 1, 3, 2, b'h', b'i', 1, 1, 9, 0xff, 0xff]).await;
        let client = client.expect("a connection");
        client.emit(&Move { id: 7 }).expect("room");
        assert_eq!(binary(&mut raw).await, frames::packet(ID, &[7, 2, b'h', b'i']));
        raw.send(frames::call(ID, 1, &[7, 0])).await;
        assert_eq!(raw.reply(1).await[..], [9, 0]);
    });
}

#[test]
fn without_a_default_the_packet_cannot_be_sent() {
    paused_time(async {
        let nothing_told: [&[u8]; 3] = [&[], &[0], &[1, 0]];
        for rest in nothing_told {
            let (client, _raw) = told(rest).await;
            let Verdict::Incompatible(incompatible) = client.expect("a connection").verdict::<Move>() else {
                panic!("the server needs a name");
            };
            let Incompatible { path, ours, theirs } = &*incompatible;
            assert_eq!([path, ours, theirs], ["Move.name", "not there", "string"]);
        }
    });
}

#[test]
fn defaults_that_are_malformed_end_the_connection() {
    paused_time(async {
        for rest in [&[1, 2][..], &[200], &[1, 1, 9, 0]] {
            let (client, mut raw) = told(rest).await;
            let Err(ConnectError::Closed(reason)) = client else { panic!("a malformed manifest") };
            assert!(matches!(reason, CloseReason::Protocol(_)), "{reason}");
            assert_eq!(raw.close_code().await, 1002);
        }
    });
}

#[test]
fn a_manifest_has_the_defaults_of_all_fields_in_the_order_of_the_texts() {
    #[derive(packets_core::Schema)]
    struct Inner {
        #[packet(default)]
        deep: u16,
    }
    impl Default for Inner {
        fn default() -> Self {
            Self { deep: 258 }
        }
    }
    #[derive(Packet)]
    #[packet(gather = false, response = Inner)]
    struct Told {
        #[packet(default)]
        inner: Inner,
        #[packet(default)]
        text: String,
    }
    paused_time(async {
        let registry = Registry::of([Descriptor::of::<Told>()]).expect("a registry");
        let server = packets_server::Server::builder().registry(registry).build().expect("a server");
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.welcomed().await;
        raw.send(frames::hello(VERSION, &super::our_registry(), 1 << 20)).await;
        raw.send(frames::control(2, &[])).await;
        let manifest = binary(&mut raw).await;
        let texts =
            [frames::string("{inner?:{deep?:uint16},text?:string}"), frames::string("{deep?:uint16}")];
        // The inner one, its field, the text; the response's field.
        let defaults = [4, 1, 2, 1, 2, 1, 2, 0, 0, 1, 1, 0, 1, 2, 0, 0];
        let expected = [&texts.concat()[..], &defaults].concat();
        assert!(manifest.windows(expected.len()).any(|part| part == expected), "{manifest:?}");
    });
}
