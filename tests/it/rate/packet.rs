//! The limits of one packet type.

use std::time::Duration;

use packets_client::{Client, SendError};
use packets_core::packet::Descriptor;
use packets_server::{Packet, Policy, Rate, Registry, RejectKind, Server, Socket, bundle};
use packets_tests::harness::{
    Blob, Count, Echo, Raw, attach, client, connect, frames, id, only_socket, paused_time, server,
};

/// Takes a [`Count`] as often as this policy says, and any [`Echo`].
fn limited(policy: Policy) -> Server {
    server()
        .policy::<Count>(policy)
        .accept(|packet: Count, _: Socket| async move { packet.value })
        .accept(|packet: Echo, _: Socket| async { packet.0 })
        .build()
        .expect("a server")
}

#[track_caller]
fn is_rejected<T: std::fmt::Debug>(answer: Result<T, SendError>, kind: RejectKind, code: u32) {
    let Err(SendError::Rejected(reject)) = answer else { panic!("{answer:?}") };
    assert_eq!((reject.kind, reject.code), (kind, code));
}

#[test]
fn calls_beyond_the_rate_are_rejected_until_there_is_more() {
    paused_time(async {
        let server = limited(Policy::new().rate(Rate::per_second(20).burst(40)));
        let (client, _end) = connect(&server, client()).await;
        let count = || client.send(Count { value: 1 });
        for _ in 0..40 {
            assert_eq!(count().await, Ok(1));
        }
        is_rejected(count().await, RejectKind::RateLimited, 429);
        tokio::time::advance(Duration::from_micros(49_999)).await;
        is_rejected(count().await, RejectKind::RateLimited, 429);
        tokio::time::advance(Duration::from_micros(1)).await;
        assert_eq!(count().await, Ok(1));
        is_rejected(count().await, RejectKind::RateLimited, 429);
        assert_eq!(client.send(Echo("others".to_owned())).await, Ok("others".to_owned()));
        tokio::time::advance(Duration::from_secs(1_000)).await;
        for _ in 0..40 {
            assert_eq!(count().await, Ok(1));
        }
        is_rejected(count().await, RejectKind::RateLimited, 429);
    });
}

#[test]
fn packets_beyond_the_rate_are_dropped_and_counted() {
    paused_time(async {
        let server = limited(Policy::new().rate(Rate::per_minute(5)));
        let (client, _end) = connect(&server, client()).await;
        let socket = only_socket(&server).await;
        let mut counts = socket.packets::<Count>();
        for value in 0..20 {
            client.emit(&Count { value }).expect("room");
        }
        client.send(Echo(String::new())).await.expect("answered");
        assert_eq!(socket.dropped().received(RejectKind::RateLimited), 15);
        client.close();
        let mut came = Vec::new();
        while let Some(count) = counts.next().await {
            came.push(count.value);
        }
        assert_eq!(came, [0, 1, 2, 3, 4]);
    });
}

#[test]
fn one_connection_does_not_use_up_what_another_may() {
    paused_time(async {
        let server = limited(Policy::new().rate(Rate::per_hour(1)));
        for _ in 0..3 {
            let (client, _end) = connect(&server, client()).await;
            assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
            is_rejected(client.send(Count { value: 1 }).await, RejectKind::RateLimited, 429);
        }
    });
}

#[test]
fn bundles_do_not_get_around_a_rate() {
    paused_time(async {
        let server = limited(Policy::new().rate(Rate::per_second(3)));
        let (client, _end) = connect(&server, client()).await;
        let count = || Count { value: 1 };
        let bundle = bundle![count(), count(), bundle![count(), count()], count(), Echo(String::new())];
        let results = client.send(bundle).await.expect("results");
        let kinds: Vec<_> = results.iter().map(|result| result.err().map(|reject| reject.kind)).collect();
        let limited = Some(RejectKind::RateLimited);
        assert_eq!(kinds, [None, None, None, limited, None]);
        let inner = results.get::<packets_core::Bundle>(2).expect("a bundle");
        let kinds: Vec<_> = inner.iter().map(|result| result.err().map(|reject| reject.kind)).collect();
        assert_eq!(kinds, [None, limited]);
    });
}

#[test]
fn bodies_beyond_the_size_are_refused_before_they_are_decoded() {
    paused_time(async {
        let server = server()
            .policy::<Blob>(Policy::new().max_size(100))
            .accept(|_: Blob, _: Socket| async { bytes::Bytes::new() })
            .accept(|packet: Echo, _: Socket| async { packet.0 })
            .build()
            .expect("a server");
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        let blob = |size: usize| {
            let mut body = vec![0; 4];
            frames::varuint(&mut body, size as u32 - 5);
            body.resize(size, 0);
            body
        };
        raw.send(frames::call(id::<Blob>(), 1, &blob(100))).await;
        raw.reply(1).await;
        raw.send(frames::call(id::<Blob>(), 2, &blob(101))).await;
        assert_eq!(raw.reject(2).await.0, RejectKind::TooLarge);
        raw.send(frames::call(id::<Blob>(), 3, &[0xff; 101])).await;
        assert_eq!(raw.reject(3).await.0, RejectKind::TooLarge, "though it is malformed, too");
        raw.send(frames::packet(id::<Blob>(), &blob(101))).await;
        let body =
            frames::bundle(&[frames::item(id::<Blob>(), &blob(101)), frames::item(id::<Blob>(), &blob(100))]);
        raw.send(frames::call(id::<packets_core::Bundle>(), 4, &body)).await;
        let results: packets_core::BundleResponse =
            packets_core::schema::decode(&raw.reply(4).await).expect("results");
        let codes: Vec<_> = results.iter().map(|result| result.err().map(|reject| reject.code)).collect();
        assert_eq!(codes, [Some(413), None]);
        assert_eq!(only_socket(&server).await.dropped().received(RejectKind::TooLarge), 1);
    });
}

/// Says its limits itself.
#[derive(Packet)]
#[packet(gather = false, response = u32, rate = "2/min", burst = 3, max_size = "2B")]
struct Ask(#[packet(varuint)] u32);

fn asks() -> Registry {
    Registry::of([Descriptor::of::<Ask>()]).expect("a registry")
}

#[test]
fn attributes_say_the_limits_unless_the_builder_does() {
    paused_time(async {
        for (policy, calls) in [(None, 3), (Some(Policy::new().rate(Rate::per_second(5))), 5)] {
            let mut builder =
                Server::builder().registry(asks()).accept(|ask: Ask, _: Socket| async move { ask.0 });
            if let Some(policy) = policy {
                builder = builder.policy::<Ask>(policy);
            }
            let server = builder.build().expect("a server");
            let (client, _end) = connect(&server, Client::builder().registry(asks())).await;
            is_rejected(client.send(Ask(1 << 20)).await, RejectKind::TooLarge, 413);
            for _ in 0..calls {
                assert_eq!(client.send(Ask(7)).await, Ok(7));
            }
            is_rejected(client.send(Ask(7)).await, RejectKind::RateLimited, 429);
        }
    });
}

#[test]
fn a_client_takes_as_many_as_its_server_sends() {
    paused_time(async {
        let server = Server::builder().registry(asks()).build().expect("a server");
        let client = Client::builder().registry(asks()).accept(|ask: Ask, _: Client| async move { ask.0 });
        let (_client, _end) = connect(&server, client).await;
        let socket = only_socket(&server).await;
        for value in 1_000_000..1_000_010 {
            assert_eq!(socket.send(Ask(value)).await, Ok(value));
        }
    });
}

#[test]
fn a_policy_of_a_packet_that_is_not_registered_is_an_error() {
    let policy = Policy::new().max_size(1);
    let error =
        server().policy::<packets_tests::harness::Stray>(policy).build().expect_err("it is not there");
    assert!(error.to_string().contains("`Stray`"), "{error}");
}
