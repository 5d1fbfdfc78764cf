//! The limits of a whole connection.

use std::time::Duration;

use bytes::Bytes;
use packets_client::{Client, SendError};
use packets_core::CloseReason;
use packets_core::net::ConnectionLimits;
use packets_server::{Rate, RejectKind, Server, Socket};
use packets_tests::harness::{
    Blob, Count, Echo, Raw, Slap, attach, client, connect, frames, id, only_socket, paused_time, server,
};

const LIMITS: ConnectionLimits = ConnectionLimits::server();

fn limited(limits: ConnectionLimits) -> Server {
    server()
        .limits(limits)
        .accept(|packet: Count, _: Socket| async move { packet.value })
        .accept(|_: Blob, _: Socket| async { Bytes::new() })
        .build()
        .expect("a server")
}

fn kind<T: std::fmt::Debug>(answer: Result<T, SendError>) -> RejectKind {
    match answer {
        Err(SendError::Rejected(reject)) => reject.kind,
        other => panic!("{other:?}"),
    }
}

#[test]
fn packets_of_all_types_count_together() {
    paused_time(async {
        let server = limited(LIMITS.packet_rate(Rate::per_second(10)));
        let (client, _end) = connect(&server, client()).await;
        for _ in 0..3 {
            client.send(Count { value: 1 }).await.expect("answered");
            client.emit(&Slap).expect("room");
            client.send(Echo(String::new())).await.expect_err("nobody accepts it");
        }
        assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
        assert_eq!(kind(client.send(Count { value: 1 }).await), RejectKind::RateLimited);
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
        client.emit(&Slap).expect("room");
        assert_eq!(kind(client.send(Count { value: 1 }).await), RejectKind::RateLimited);
        let dropped = only_socket(&server).await.dropped();
        assert_eq!(dropped.received(RejectKind::RateLimited), 1);
    });
}

#[test]
fn packets_of_unknown_ids_count_too() {
    paused_time(async {
        let server = limited(LIMITS.packet_rate(Rate::per_second(10)));
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        for call in 1..=5 {
            raw.send(frames::packet(9_999, &[])).await;
            raw.send(frames::call(9_998, call, &[])).await;
            assert_eq!(raw.reject(call).await.0, RejectKind::UnknownPacket);
        }
        raw.send(frames::packet(9_999, &[])).await;
        raw.send(frames::call(id::<Count>(), 6, &[1])).await;
        assert_eq!(raw.reject(6).await.0, RejectKind::RateLimited);
        let dropped = only_socket(&server).await.dropped();
        let counts = [RejectKind::UnknownPacket, RejectKind::RateLimited].map(|kind| dropped.received(kind));
        assert_eq!(counts, [5, 1]);
    });
}

#[test]
fn the_items_of_bundles_count_as_packets() {
    paused_time(async {
        let server = limited(LIMITS.packet_rate(Rate::per_second(10)));
        let (client, _end) = connect(&server, client()).await;
        let count = || Count { value: 1 };
        let bundle = (0..12).fold(packets_core::Bundle::new(), |bundle, _| bundle.with(count()));
        let results = client.send(bundle).await.expect("results");
        let passed = results.iter().take_while(Result::is_ok).count();
        assert_eq!(passed, 9, "the bundle is the first");
        assert!(
            results
                .iter()
                .skip(9)
                .all(|result| { result.is_err_and(|reject| reject.kind == RejectKind::RateLimited) })
        );
    });
}

#[test]
fn answers_to_calls_of_this_end_do_not_count() {
    paused_time(async {
        let server = limited(LIMITS.packet_rate(Rate::per_second(1)));
        let client = client().accept(|packet: Count, _: Client| async move { packet.value });
        let (_client, _end) = connect(&server, client).await;
        let socket = only_socket(&server).await;
        for value in 0..50 {
            assert_eq!(socket.send(Count { value }).await, Ok(value));
        }
    });
}

#[test]
fn bytes_count_and_the_largest_message_fits_once() {
    paused_time(async {
        let limits = LIMITS.max_message(10_000).byte_rate(Rate::per_second(1_000));
        let server = limited(limits);
        let (client, _end) = connect(&server, client()).await;
        let blob = || Blob { answer: 0, content: vec![0; 9_000].into() };
        assert!(client.send(blob()).await.is_ok());
        assert_eq!(kind(client.send(blob()).await), RejectKind::RateLimited);
        tokio::time::advance(Duration::from_secs(8)).await;
        assert_eq!(kind(client.send(blob()).await), RejectKind::RateLimited);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(client.send(blob()).await.is_ok());
    });
}

#[test]
fn who_sends_a_little_too_much_for_ever_is_not_closed() {
    paused_time(async {
        let server = limited(LIMITS.packet_rate(Rate::per_second(10)));
        let (client, _end) = connect(&server, client()).await;
        let mut passed = 0;
        for _ in 0..1_900 {
            passed += u32::from(client.send(Count { value: 1 }).await.is_ok());
            tokio::time::advance(Duration::from_secs(1) / 19).await;
        }
        assert!((1_000..=1_010).contains(&passed), "{passed}");
    });
}

#[test]
fn who_goes_on_beyond_the_rate_is_closed() {
    paused_time(async {
        for packet in [frames::packet(id::<Slap>(), &[]), frames::packet(9_999, &[])] {
            let server = limited(LIMITS.packet_rate(Rate::per_second(10)));
            let (transport, end) = attach(&server);
            let mut raw = Raw(transport);
            raw.greet().await;
            // Ten pass, and four times as many are forgiven.
            for _ in 0..50 {
                raw.send(packet.clone()).await;
            }
            raw.send(frames::call(id::<Count>(), 1, &[1])).await;
            assert_eq!(raw.close_code().await, 1008);
            drop(raw);
            assert_eq!(end.await.expect("no panic"), CloseReason::Flood("packets beyond the rate"));
        }
    });
}

#[test]
fn who_goes_on_by_bundles_is_closed_too() {
    paused_time(async {
        let server = limited(LIMITS.packet_rate(Rate::per_second(10)));
        let (transport, end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        let items: Vec<_> = (0..1_000).map(|_| frames::item(id::<Slap>(), &[])).collect();
        raw.send(frames::packet(id::<packets_core::Bundle>(), &frames::bundle(&items))).await;
        assert_eq!(raw.close_code().await, 1008);
        drop(raw);
        assert_eq!(end.await.expect("no panic"), CloseReason::Flood("packets beyond the rate"));
    });
}

#[test]
fn who_keeps_to_the_limits_is_served_beside_who_does_not() {
    paused_time(async {
        let server = limited(LIMITS.packet_rate(Rate::per_second(10)));
        let (good, _end) = connect(&server, client()).await;
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        for value in 0..6 {
            for _ in 0..10 {
                raw.send(frames::packet(id::<Slap>(), &[])).await;
            }
            assert_eq!(good.send(Count { value }).await, Ok(value));
        }
        assert_eq!(raw.close_code().await, 1008);
        assert_eq!(good.send(Count { value: 7 }).await, Ok(7));
    });
}
