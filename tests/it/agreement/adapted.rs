//! Packets whose schemas differ in what can be adapted: an old client with a new server, and the reverse.

use std::collections::BTreeSet;

use packets_client::{Client, ClientBuilder, SendError};
use packets_core::bundle::ItemError;
use packets_core::net::pair;
use packets_core::packet::Descriptor;
use packets_core::{AdaptError, Bundle, Incompatible, Registry, RejectKind, Verdict, bundle};
use packets_server::{Server, ServerBuilder, Socket};
use packets_tests::harness::{Tap, Tapped, Witness, only_socket, paused_time};
use serde_json::json;

mod old {
    use std::collections::{BTreeMap, BTreeSet};

    use packets_core::{Packet, Schema};

    /// With a field for every kind of change.
    #[derive(Packet, Clone, Debug, PartialEq)]
    #[packet(gather = false, response = Self)]
    #[packer("document")]
    pub(super) struct Thing {
        pub(super) count: u8,
        pub(super) document: serde_json::Value,
        pub(super) kinds: Vec<Kind>,
        pub(super) pairs: [(i16, bool); 2],
        #[packet(default)]
        pub(super) removed: Note,
        pub(super) scores: BTreeMap<u16, Player>,
        pub(super) tags: BTreeSet<u16>,
        pub(super) target: u32,
        pub(super) tree: Tree,
    }

    #[derive(Schema, Clone, Debug, PartialEq)]
    pub(super) struct Note(pub(super) String);

    impl Default for Note {
        fn default() -> Self {
            Self("none".to_owned())
        }
    }

    #[derive(Schema, Clone, Debug, PartialEq)]
    pub(super) enum Kind {
        Plain,
        Sized(i8),
        Named { name: String },
    }

    #[derive(Schema, Clone, Debug, PartialEq)]
    pub(super) struct Player {
        #[packet(varuint)]
        pub(super) id: u32,
    }

    #[derive(Schema, Clone, Debug, PartialEq)]
    pub(super) struct Tree {
        pub(super) children: Vec<Self>,
        pub(super) value: u8,
    }

    #[derive(Packet)]
    #[packet(gather = false, response = u16)]
    pub(super) struct Double(pub(super) u16);

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Paint(pub(super) Color);

    #[derive(Schema)]
    pub(super) enum Color {
        Red,
        Green,
    }

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Speed(pub(super) f32);

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Same {
        #[packet(default)]
        pub(super) id: u32,
    }
}

mod new {
    use std::collections::{BTreeMap, BTreeSet};

    use packets_core::{Packet, Schema};

    #[derive(Packet, Clone, Debug, PartialEq)]
    #[packet(gather = false, response = Self)]
    #[packer("document")]
    pub(super) struct Thing {
        pub(super) absent: Option<String>,
        #[packet(default)]
        pub(super) added: Volume,
        pub(super) count: u64,
        pub(super) document: serde_json::Value,
        pub(super) kinds: Vec<Kind>,
        pub(super) pairs: [(i64, bool); 2],
        pub(super) scores: BTreeMap<Key, Player>,
        pub(super) tags: BTreeSet<Key>,
        pub(super) target: Option<u32>,
        pub(super) tree: Node,
    }

    #[derive(Schema, Clone, Debug, PartialEq)]
    pub(super) struct Volume(pub(super) u8);

    impl Default for Volume {
        fn default() -> Self {
            Self(50)
        }
    }

    #[derive(Schema, Clone, Debug, PartialEq)]
    pub(super) enum Kind {
        Named {
            name: String,
            #[packet(default)]
            nickname: String,
        },
        Brandnew,
        Sized(i32),
        Plain,
    }

    /// Sorts otherwise than a number of two bytes.
    #[derive(Schema, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(super) struct Key(#[packet(varuint)] pub(super) u32);

    #[derive(Schema, Clone, Debug, PartialEq)]
    pub(super) struct Player {
        pub(super) id: u64,
        pub(super) rank: Option<u8>,
    }

    #[derive(Schema, Clone, Debug, PartialEq)]
    pub(super) struct Node {
        pub(super) children: Vec<Self>,
        #[packet(varint)]
        pub(super) value: i32,
    }

    #[derive(Packet)]
    #[packet(gather = false, response = u32)]
    pub(super) struct Double(pub(super) u32);

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Paint(pub(super) Color);

    #[derive(Schema)]
    pub(super) enum Color {
        Blue,
        Green,
        Red,
    }

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Speed(pub(super) f64);

    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Same {
        pub(super) id: u32,
    }

    /// Sorts before all others, so that every id is another one here.
    #[derive(Packet)]
    #[packet(gather = false)]
    pub(super) struct Aardvark;
}

fn old_thing() -> old::Thing {
    old::Thing {
        count: 200,
        document: json!({"deep": [1, null]}),
        kinds: vec![old::Kind::Plain, old::Kind::Sized(-3), old::Kind::Named { name: "joe".to_owned() }],
        pairs: [(-300, true), (300, false)],
        removed: old::Note("an old note".to_owned()),
        scores: [(5, old::Player { id: 1 }), (300, old::Player { id: 2 })].into(),
        tags: [5, 128, 300].into(),
        target: 9,
        tree: old::Tree { children: vec![old::Tree { children: vec![], value: 2 }], value: 1 },
    }
}

fn new_thing() -> new::Thing {
    let player = |id| new::Player { id, rank: Some(3) };
    let nickname = "the great".to_owned();
    new::Thing {
        absent: Some("not here".to_owned()),
        added: new::Volume(7),
        count: 200,
        document: json!({"deep": [1, null]}),
        kinds: vec![
            new::Kind::Plain,
            new::Kind::Sized(-3),
            new::Kind::Named { name: "joe".to_owned(), nickname },
        ],
        pairs: [(-300, true), (300, false)],
        scores: [(new::Key(5), player(1)), (new::Key(300), player(2))].into(),
        tags: [5, 128, 300].map(new::Key).into(),
        target: Some(9),
        tree: new::Node { children: vec![new::Node { children: vec![], value: 2 }], value: 1 },
    }
}

/// What the old build makes of [`new_thing`]: where it knows more, its own default.
fn new_as_old() -> old::Thing {
    old::Thing { removed: old::Note::default(), ..old_thing() }
}

/// What the new build makes of [`old_thing`].
fn old_as_new() -> new::Thing {
    let mut thing = new_thing();
    thing.absent = None;
    thing.added = new::Volume(50);
    thing.scores.values_mut().for_each(|player| player.rank = None);
    thing.kinds[2] = new::Kind::Named { name: "joe".to_owned(), nickname: String::new() };
    thing
}

fn old_registry() -> Registry {
    Registry::of([
        Descriptor::of::<old::Double>(),
        Descriptor::of::<old::Paint>(),
        Descriptor::of::<old::Same>(),
        Descriptor::of::<old::Speed>(),
        Descriptor::of::<old::Thing>(),
    ])
    .expect("a registry")
}

fn new_registry() -> Registry {
    Registry::of([
        Descriptor::of::<new::Aardvark>(),
        Descriptor::of::<new::Double>(),
        Descriptor::of::<new::Paint>(),
        Descriptor::of::<new::Same>(),
        Descriptor::of::<new::Speed>(),
        Descriptor::of::<new::Thing>(),
    ])
    .expect("a registry")
}

/// A client and a server, and the frames between them as the client sees them.
async fn connected(server: ServerBuilder, client: ClientBuilder) -> (Client, Socket, Tapped) {
    let server = server.build().expect("a server");
    let (here, there) = pair();
    let (here, tapped) = Tap::new(here);
    let serving = server.clone();
    tokio::spawn(async move { serving.serve_transport(there).await });
    let client = client.connect_transport(here).await.expect("a connection");
    let socket = only_socket(&server).await;
    (client, socket, tapped)
}

/// An old client and a new server, both of which answer.
async fn old_client() -> (Client, Socket, Tapped) {
    let server = Server::builder()
        .registry(new_registry())
        .accept(|packet: new::Thing, _: Socket| async { packet })
        .accept(|packet: new::Double, _: Socket| async move { packet.0 * 2 })
        .accept(|_: new::Speed, _: Socket| async {})
        .accept(|_: new::Paint, _: Socket| async {});
    let client = Client::builder()
        .registry(old_registry())
        .accept(|packet: old::Thing, _: Client| async { packet })
        .accept(|packet: old::Double, _: Client| async move { packet.0 * 2 })
        .accept(|_: old::Paint, _: Client| async {});
    connected(server, client).await
}

/// A new client and an old server, likewise.
async fn new_client() -> (Client, Socket, Tapped) {
    let server = Server::builder()
        .registry(old_registry())
        .accept(|packet: old::Thing, _: Socket| async { packet })
        .accept(|packet: old::Double, _: Socket| async move { packet.0 * 2 })
        .accept(|_: old::Paint, _: Socket| async {});
    let client = Client::builder()
        .registry(new_registry())
        .accept(|packet: new::Thing, _: Client| async { packet })
        .accept(|packet: new::Double, _: Client| async move { packet.0 * 2 })
        .accept(|_: new::Speed, _: Client| async {})
        .accept(|_: new::Paint, _: Client| async {});
    connected(server, client).await
}

fn out_of_range(path: &str, number: &str, ty: &'static str) -> Box<AdaptError> {
    Box::new(AdaptError::OutOfRange { path: path.to_owned(), number: number.to_owned(), ty })
}

#[test]
fn an_old_client_and_a_new_server_see_each_others_packets_as_their_own() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let (testimony, mut here) = Witness::new();
        let server =
            Server::builder().registry(new_registry()).accept(move |packet: new::Thing, _: Socket| {
                witness.tell(packet.clone());
                async { packet }
            });
        let client =
            Client::builder().registry(old_registry()).accept(move |packet: old::Thing, _: Client| {
                testimony.tell(packet.clone());
                async { packet }
            });
        let (client, socket, _) = connected(server, client).await;
        assert!(matches!(client.verdict::<old::Thing>(), Verdict::Adapted { .. }));
        client.emit(&old_thing()).expect("room");
        assert_eq!(seen.recv().await, Some(old_as_new()));
        assert_eq!(client.send(old_thing()).await, Ok(new_as_old()));
        assert_eq!(seen.recv().await, Some(old_as_new()));
        socket.emit(&new_thing()).expect("room");
        assert_eq!(here.recv().await, Some(new_as_old()));
        assert_eq!(socket.send(new_thing()).await, Ok(old_as_new()));
        assert_eq!(here.recv().await, Some(new_as_old()));
    });
}

#[test]
fn a_new_client_and_an_old_server_see_each_others_packets_as_their_own() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let (testimony, mut here) = Witness::new();
        let server =
            Server::builder().registry(old_registry()).accept(move |packet: old::Thing, _: Socket| {
                witness.tell(packet.clone());
                async { packet }
            });
        let client =
            Client::builder().registry(new_registry()).accept(move |packet: new::Thing, _: Client| {
                testimony.tell(packet.clone());
                async { packet }
            });
        let (client, socket, _) = connected(server, client).await;
        client.emit(&new_thing()).expect("room");
        assert_eq!(seen.recv().await, Some(new_as_old()));
        assert_eq!(client.send(new_thing()).await, Ok(old_as_new()));
        assert_eq!(seen.recv().await, Some(new_as_old()));
        socket.emit(&old_thing()).expect("room");
        assert_eq!(here.recv().await, Some(old_as_new()));
        assert_eq!(socket.send(old_thing()).await, Ok(new_as_old()));
        assert_eq!(here.recv().await, Some(old_as_new()));
    });
}

#[test]
fn streams_have_packets_as_this_end_does() {
    paused_time(async {
        let (client, socket, _) = old_client().await;
        let mut doubles = client.packets::<old::Double>();
        socket.emit(&new::Double(70_000)).expect("room");
        socket.emit(&new::Double(7)).expect("room");
        let next = futures_util::StreamExt::next(&mut doubles).await;
        assert_eq!(next.map(|packet| packet.0), Some(7), "the other one does not fit");
    });
}

#[test]
fn dehydrated_packets_are_adapted_too() {
    paused_time(async {
        let (client, socket, _) = old_client().await;
        assert_eq!(client.send(("Double", 4)).await.map(|value| value.to_string()), Ok("8".to_owned()));
        assert_eq!(socket.send(("Double", 4)).await.map(|value| value.to_string()), Ok("8".to_owned()));
    });
}

#[test]
fn bundles_are_adapted_item_by_item() {
    paused_time(async {
        let (client, socket, _) = old_client().await;
        let bundle = bundle![old::Double(4), bundle![old_thing(), ("Double", 5)], old::Double(40_000)];
        let results = client.send(bundle).await.expect("results");
        assert_eq!(results.get::<old::Double>(0), Ok(8));
        let inner = results.get::<Bundle>(1).expect("a bundle");
        assert_eq!(inner.get::<old::Thing>(0), Ok(new_as_old()));
        assert_eq!(inner.get::<old::Double>(1), Ok(10));
        let Err(ItemError::Rejected(reject)) = results.get::<old::Double>(2) else { panic!("a reject") };
        assert_eq!(reject.kind, RejectKind::Incompatible);
        assert_eq!(reject.reason, "`Double ->` is 80000, which uint16 cannot say");

        let bundle = bundle![new::Double(4), bundle![new_thing()], new::Double(70_000)];
        let results = socket.send(bundle).await.expect("results");
        assert_eq!(results.get::<new::Double>(0), Ok(8));
        assert_eq!(results.get::<Bundle>(1).expect("a bundle").get::<new::Thing>(0), Ok(old_as_new()));
        let Err(ItemError::Rejected(reject)) = results.get::<new::Double>(2) else { panic!("a reject") };
        assert_eq!(reject.reason, "`Double` is 70000, which uint16 cannot say");
    });
}

#[test]
fn a_value_that_the_server_has_not_is_an_error_and_not_sent() {
    paused_time(async {
        let (client, _, tapped) = new_client().await;
        let sent = tapped.sent().len();
        let error = SendError::Unadaptable(out_of_range("Double", "70000", "uint16"));
        assert_eq!(client.emit(&new::Double(70_000)), Err(error.clone()));
        assert_eq!(client.send(new::Double(70_000)).await, Err(error.clone()));
        assert_eq!(client.send(("Double", 70_000)).await, Err(error));
        let Err(SendError::Unadaptable(error)) = client.send(new::Paint(new::Color::Blue)).await else {
            panic!("there is no blue");
        };
        assert_eq!(error.to_string(), "`Paint` is `Blue`, a variant that the receiver does not know");
        let absent = AdaptError::Absent { path: "Thing.target".to_owned() };
        let thing = new::Thing { target: None, ..new_thing() };
        assert_eq!(client.send(thing).await, Err(SendError::Unadaptable(absent.into())));
        let mut thing = new_thing();
        thing.tree.children[0].value = 256;
        let error = out_of_range("Thing.tree.children[0].value", "256", "uint8");
        assert_eq!(client.send(thing).await, Err(SendError::Unadaptable(error)));
        let error = client.send(bundle![new::Double(1), new::Double(70_000)]).await.expect_err("too large");
        assert!(error.to_string().contains("`Double` is 70000"), "{error}");
        assert_eq!(tapped.sent().len(), sent, "nothing was sent");
        assert_eq!(client.send(new::Double(4)).await, Ok(8));
        assert_eq!(client.send(new::Paint(new::Color::Green)).await, Ok(()));
    });
}

#[test]
fn a_value_that_the_client_has_not_is_refused_by_name_and_the_connection_goes_on() {
    paused_time(async {
        let (client, socket, _) = old_client().await;
        let error = SendError::UnadaptableResponse(out_of_range("Double ->", "80000", "uint16"));
        assert_eq!(client.send(old::Double(40_000)).await, Err(error));
        let Err(SendError::Rejected(reject)) = socket.send(new::Double(70_000)).await else {
            panic!("it does not fit");
        };
        assert_eq!(reject.kind, RejectKind::Incompatible);
        assert_eq!(reject.reason, "`Double` is 70000, which uint16 cannot say");
        let Err(SendError::Rejected(reject)) = socket.send(new::Paint(new::Color::Blue)).await else {
            panic!("there is no blue");
        };
        assert_eq!(reject.reason, "`Paint` is `Blue`, a variant that the receiver does not know");
        socket.emit(&new::Double(70_000)).expect("room");
        assert_eq!(socket.send(new::Paint(new::Color::Red)).await, Ok(()));
        assert_eq!(socket.send(new::Double(4)).await, Ok(8));
        assert_eq!(client.send(old::Double(4)).await, Ok(8));
    });
}

#[test]
fn what_can_go_one_way_goes_that_way() {
    paused_time(async {
        let (client, socket, _) = old_client().await;
        assert_eq!(client.send(old::Speed(1.5)).await, Ok(()));
        let Err(SendError::Rejected(reject)) = socket.send(new::Speed(1.5)).await else {
            panic!("a float64 is no float32");
        };
        assert_eq!(reject.reason, "`Speed` is float64 here and float32 on the other end");

        let (client, _, tapped) = new_client().await;
        let sent = tapped.sent().len();
        let Err(SendError::Incompatible(incompatible)) = client.send(new::Speed(1.5)).await else {
            panic!("a float64 is no float32");
        };
        let Incompatible { path, ours, theirs } = &*incompatible;
        assert_eq!([path, ours, theirs], ["Speed", "float64", "float32"]);
        assert_eq!(tapped.sent().len(), sent, "nothing was sent");
    });
}

#[test]
fn schemas_of_the_same_bytes_are_as_good_as_identical() {
    paused_time(async {
        let (client, _, _) = old_client().await;
        assert_ne!(Descriptor::of::<old::Same>().fingerprint(), Descriptor::of::<new::Same>().fingerprint());
        assert!(matches!(client.verdict::<old::Same>(), Verdict::Identical { .. }));
    });
}

#[test]
fn a_set_is_in_the_order_of_its_new_bytes() {
    paused_time(async {
        let (client, _, tapped) = old_client().await;
        let tags: BTreeSet<_> = (0..1_000).step_by(7).collect();
        let thing = old::Thing { tags: tags.clone(), ..new_as_old() };
        assert_eq!(client.send(thing.clone()).await, Ok(thing), "through {} frames", tapped.sent().len());
    });
}
