//! Layers around what comes in, and those who look on at what goes out.

mod outbound;

use std::time::Duration;

use packets_client::{Client, SendError};
use packets_server::{
    Accepted, Inbound, Layer, Next, Reject, RejectKind, Server, ServerBuilder, Socket, ValidationError,
    bundle,
};
use packets_tests::harness::{
    Count, Echo, Slap, Witness, client, connect, frames, greeted, id, only_socket, paused_time, server,
};
use tokio::sync::mpsc::UnboundedReceiver;

/// What a layer saw of a packet: name, size, whether it is a call and an item, and what came of it.
type Seen = (String, usize, bool, bool, Result<usize, RejectKind>);

/// A layer that tells what it sees.
fn observe(witness: Witness<Seen>) -> impl Layer<Socket> {
    move |packet: Inbound<Socket>, next: Next<Socket>| {
        let witness = witness.clone();
        async move {
            let outcome = next.run().await;
            witness.tell((
                packet.name().to_owned(),
                packet.size(),
                packet.is_call(),
                packet.is_item(),
                outcome.as_ref().map(Accepted::size).map_err(|reject| reject.kind),
            ));
            outcome
        }
    }
}

/// Answers [`Echo`] and refuses a [`Count`] of 1.
fn builder() -> ServerBuilder {
    server().accept(|packet: Echo, _: Socket| async move { packet.0 }).accept(
        |packet: Count, _: Socket| async move {
            if packet.value == 1 { Err(ValidationError::new(418, "not 1")) } else { Ok(packet.value) }
        },
    )
}

fn observed() -> (Server, UnboundedReceiver<Seen>) {
    let (witness, seen) = Witness::new();
    (builder().layer(observe(witness)).build().expect("a server"), seen)
}

#[test]
fn a_layer_sees_what_comes_and_what_comes_of_it() {
    paused_time(async {
        let (server, mut seen) = observed();
        let (client, _end) = connect(&server, client()).await;
        let mut next = async || {
            let (name, size, is_call, is_item, outcome) = seen.recv().await.expect("more");
            (name, size, (is_call, is_item), outcome)
        };
        let named = |name: &str| name.to_owned();
        client.send(Echo("abc".to_owned())).await.expect("answered");
        // One byte more for the head of the REPLY.
        assert_eq!(next().await, (named("Echo"), 4, (true, false), Ok(5)));
        client.emit(&Echo("abc".to_owned())).expect("room");
        assert_eq!(next().await, (named("Echo"), 4, (false, false), Ok(0)));
        client.send(Count { value: 1 }).await.expect_err("refused");
        assert_eq!(next().await, (named("Count"), 1, (true, false), Err(RejectKind::Validation)));
        client.send(Slap).await.expect_err("nobody accepts it");
        assert_eq!(next().await, (named("Slap"), 0, (true, false), Err(RejectKind::NotAccepted)));
    });
}

#[test]
fn the_items_of_a_bundle_pass_within_the_bundle() {
    paused_time(async {
        let (server, mut seen) = observed();
        let (client, _end) = connect(&server, client()).await;
        let bundle = || bundle![Count { value: 2 }, bundle![Count { value: 1 }]];
        client.send(bundle()).await.expect("results");
        client.emit(&bundle()).expect("room");
        for is_call in [true, false] {
            let mut events = Vec::new();
            for _ in 0..4 {
                let (name, _, call, item, outcome) = seen.recv().await.expect("more");
                assert_eq!(call, is_call, "{name}");
                events.push((name, item, outcome.is_ok()));
            }
            let event = |name: &str, item, ok| (name.to_owned(), item, ok);
            let (first, refused) = (event("Count", true, true), event("Count", true, false));
            assert_eq!(events, [first, refused, event("Bundle", true, true), event("Bundle", false, true)]);
        }
    });
}

#[test]
fn layers_stand_around_each_other_in_the_order_they_were_added() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let named = |name: &'static str| {
            let witness = witness.clone();
            move |_: Inbound<Socket>, next: Next<Socket>| {
                let witness = witness.clone();
                async move {
                    witness.tell(format!("into {name}"));
                    let outcome = next.run().await;
                    witness.tell(format!("out of {name}"));
                    outcome
                }
            }
        };
        let server = builder().layer(named("outer")).layer(named("inner")).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        client.send(Count { value: 2 }).await.expect("answered");
        for event in ["into outer", "into inner", "out of inner", "out of outer"] {
            assert_eq!(seen.recv().await.as_deref(), Some(event));
        }
    });
}

/// Lets no [`Count`] pass.
struct NoCounts;

impl Layer<Socket> for NoCounts {
    async fn around(&self, packet: Inbound<Socket>, next: Next<Socket>) -> Result<Accepted, Reject> {
        if packet.name() == "Count" {
            return Err(ValidationError::new(403, "no counts").into());
        }
        next.run().await
    }
}

#[test]
fn what_a_layer_refuses_is_not_even_decoded() {
    paused_time(async {
        let server = builder().layer(NoCounts).build().expect("a server");
        let (mut raw, socket, _end) = greeted(&server).await;
        let mut counts = socket.packets::<Count>();
        let malformed = &[0x80, 0x80, 0x80];
        raw.send(frames::packet(id::<Count>(), &[7])).await;
        raw.send(frames::call(id::<Count>(), 1, malformed)).await;
        assert_eq!(raw.reject(1).await, (RejectKind::Validation, "no counts".to_owned()));
        raw.send(frames::call(id::<Echo>(), 2, &frames::string("on"))).await;
        raw.reply(2).await;
        assert_eq!(socket.dropped().received(RejectKind::Validation), 1);
        drop(raw);
        assert_eq!(counts.next().await, None, "streams do not see it either");
    });
}

#[test]
fn a_layer_refuses_the_items_of_bundles_too() {
    paused_time(async {
        let server = builder().layer(NoCounts).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let results = client.send(bundle![Count { value: 5 }, Echo("on".to_owned())]).await.expect("results");
        let kinds: Vec<_> = results.iter().map(|result| result.err().map(|reject| reject.code)).collect();
        assert_eq!(kinds, [Some(403), None]);
    });
}

#[test]
fn a_layer_knows_who_sent_the_packet() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let layer = move |packet: Inbound<Socket>, next: Next<Socket>| {
            witness.tell(packet.from().id());
            next.run()
        };
        let server = builder().layer(layer).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        client.send(Count { value: 2 }).await.expect("answered");
        assert_eq!(seen.recv().await, Some(client.id()));
    });
}

#[test]
fn the_time_of_a_call_goes_on_in_a_layer() {
    paused_time(async {
        let layer = |_: Inbound<Socket>, next: Next<Socket>| async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            next.run().await
        };
        let server = builder().layer(layer).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        assert_eq!(client.send(Count { value: 2 }).await, Ok(2));
        let short = client.send(Count { value: 2 }).timeout(Duration::from_secs(1));
        assert_eq!(short.await, Err(SendError::Timeout));
    });
}

async fn panicked(client: &Client, packet: Count) {
    let Err(SendError::Rejected(reject)) = client.send(packet).await else { panic!("a reject") };
    assert_eq!((reject.kind, &*reject.reason), (RejectKind::Panicked, "error"));
}

#[test]
fn a_panic_in_a_layer_concerns_the_packet_alone() {
    paused_time(async {
        let at_once = |packet: Inbound<Socket>, next: Next<Socket>| {
            assert_ne!(packet.name(), "Count", "before there is a future");
            next.run()
        };
        let later = |packet: Inbound<Socket>, next: Next<Socket>| async move {
            tokio::task::yield_now().await;
            assert_ne!(packet.name(), "Count", "in the future");
            next.run().await
        };
        for server in [builder().layer(at_once), builder().layer(later)] {
            let server = server.build().expect("a server");
            let (client, _end) = connect(&server, client()).await;
            panicked(&client, Count { value: 5 }).await;
            client.emit(&Count { value: 5 }).expect("room");
            assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
            let socket = only_socket(&server).await;
            assert_eq!(socket.dropped().received(RejectKind::Panicked), 1);
        }
    });
}
