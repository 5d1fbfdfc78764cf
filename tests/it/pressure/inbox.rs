//! Acceptors that do not get done.

use std::time::Duration;

use bytes::Bytes;
use packets_core::net::ConnectionLimits;
use packets_server::{RejectKind, Socket};
use packets_tests::harness::{
    Blob, Count, Raw, Slap, Witness, attach, client, connect, frames, id, only_socket, paused_time, server,
};
use tokio::time::Instant;

const LIMITS: ConnectionLimits = ConnectionLimits::server().acceptors(2).inbox(3);

#[test]
fn packets_beyond_the_inbox_are_counted() {
    paused_time(async {
        let server = server().limits(LIMITS).accept(|_: Slap, _: Socket| std::future::pending::<()>());
        let server = server.build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        for _ in 0..10 {
            client.emit(&Slap).expect("room");
        }
        client.send(Slap).await.expect_err("all acceptors are busy");
        let dropped = only_socket(&server).await.dropped();
        assert_eq!(dropped.received(RejectKind::Overloaded), 5);
    });
}

#[test]
fn acceptors_that_hang_block_the_inbox_no_longer_than_the_packet_timeout() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let server = server()
            .limits(LIMITS.packet_timeout(Duration::from_secs(60)))
            .accept(|_: Slap, _: Socket| std::future::pending::<()>())
            .accept(move |packet: Count, _: Socket| {
                witness.tell(packet.value);
                async { 0 }
            });
        let server = server.build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let begin = Instant::now();
        client.emit(&Slap).expect("room");
        client.emit(&Slap).expect("room");
        client.emit(&Count { value: 7 }).expect("room");
        assert_eq!(seen.recv().await, Some(7));
        assert_eq!(begin.elapsed(), Duration::from_secs(60));
        let dropped = only_socket(&server).await.dropped();
        assert_eq!(dropped.received(RejectKind::DeadlinePassed), 2);
    });
}

#[test]
fn acceptors_that_hang_end_in_time_though_the_connection_ended_before() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let limits = LIMITS.packet_timeout(Duration::from_secs(60));
        let server = server().limits(limits).accept(move |_: Slap, _: Socket| {
            let guard = witness.on_drop("dropped");
            async move {
                std::future::pending::<()>().await;
                drop(guard);
            }
        });
        let server = server.build().expect("a server");
        let (client, end) = connect(&server, client()).await;
        let begin = Instant::now();
        client.emit(&Slap).expect("room");
        client.emit(&Count { value: 1 }).expect("room");
        client.send(Count { value: 1 }).await.expect_err("nobody accepts it");
        drop(client);
        end.await.expect("no panic");
        assert!(seen.try_recv().is_err(), "it goes on");
        assert_eq!(seen.recv().await, Some("dropped"));
        assert_eq!(begin.elapsed(), Duration::from_secs(60));
    });
}

#[test]
fn acceptors_that_were_held_back_begin_before_those_of_later_packets() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let server = server()
            .limits(ConnectionLimits::server().queue_bytes(1_000))
            .accept(|packet: Blob, _: Socket| async move { Bytes::from(vec![0; packet.answer as usize]) })
            .accept(move |packet: Count, _: Socket| {
                witness.tell(packet.value);
                async { 0 }
            });
        let (transport, _end) = attach(&server.build().expect("a server"));
        let mut raw = Raw(transport);
        raw.greet().await;
        // The transport is full, and an answer more waits than acceptors may go on with.
        for call in 1..=66 {
            raw.send(frames::call(id::<Blob>(), call, &[0, 0, 8, 0, 0])).await;
        }
        for value in 0..5 {
            raw.send(frames::packet(id::<Count>(), &[value])).await;
        }
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(seen.try_recv().is_err(), "they are held back");
        // In turns with the server, which looks at fewer packets in one.
        let client = tokio::spawn(async move {
            for call in 1..=64 {
                raw.reply(call).await;
            }
            for value in 5..120 {
                raw.send(frames::packet(id::<Count>(), &[value])).await;
            }
            raw
        });
        for value in 0..120 {
            assert_eq!(seen.recv().await, Some(value));
        }
        client.await.expect("no panic");
    });
}

#[test]
fn packets_that_come_to_nothing_are_counted_by_reason() {
    paused_time(async {
        let server = server().accept(|packet: Count, _: Socket| async move {
            match packet.value {
                1 => Err(packets_server::ValidationError::new(418, "not 1")),
                2 => panic!("at 2"),
                value => Ok(value),
            }
        });
        let server = server.build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let socket = only_socket(&server).await;
        for value in [0, 1, 1, 2] {
            client.emit(&Count { value }).expect("room");
        }
        client.emit(&Slap).expect("room");
        let bundle = packets_core::bundle![Count { value: 1 }, Slap, Count { value: 3 }];
        client.emit(&bundle).expect("room");
        client.send(Count { value: 1 }).await.expect_err("a call is not counted");
        let dropped = socket.dropped();
        assert_eq!(dropped.received(RejectKind::Validation), 3);
        assert_eq!(dropped.received(RejectKind::Panicked), 1);
        assert_eq!(dropped.received(RejectKind::NotAccepted), 2);
        assert_eq!(dropped.received(RejectKind::Overloaded), 0);
    });
}
