//! Ends that do not read what they are sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::SinkExt;
use packets_client::SendError;
use packets_core::CloseReason;
use packets_core::net::{ConnectionLimits, Message};
use packets_server::{Server, Socket};
use packets_tests::harness::{
    Blob, Count, Echo, Raw, Slap, attach, client, connect, frames, greeted, id, listen, only_socket,
    paused_time, real_time, server,
};
use tokio::time::Instant;

const LIMITS: ConnectionLimits = ConnectionLimits::server();

#[test]
fn who_never_reads_while_it_is_flooded_is_closed_as_a_slow_consumer() {
    paused_time(async {
        let server = server().build().expect("a server");
        let (_raw, socket, end) = greeted(&server).await;
        let begin = Instant::now();
        let mut taken = 0;
        loop {
            match socket.emit(&Count { value: taken }) {
                Ok(()) => taken += 1,
                Err(SendError::Full) => {
                    // Until there is room, or the connection ends.
                    if socket.ready().await.is_err() {
                        break;
                    }
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(socket.closed().await, CloseReason::SlowConsumer);
        assert_eq!(begin.elapsed(), LIMITS.write_timeout);
        // What the transport took, and what one side of the queue holds and the other.
        assert!((taken as usize) <= 64 + 2 * LIMITS.queue_frames, "{taken}");
        // By then the transport still is full, so not even a close gets through.
        assert_eq!(end.await.expect("no panic"), CloseReason::SlowConsumer);
        assert!(server.sockets().is_empty());
    });
}

#[test]
fn who_reads_again_in_time_is_not_closed() {
    paused_time(async {
        let server = server().build().expect("a server");
        let (mut raw, socket, _end) = greeted(&server).await;
        for _ in 0..5 {
            for value in 0..200 {
                socket.emit(&Count { value }).expect("room");
            }
            tokio::time::sleep(LIMITS.write_timeout - std::time::Duration::from_millis(1)).await;
            for _ in 0..200 {
                raw.frame().await;
            }
        }
        raw.send(frames::call(id::<Slap>(), 1, &[])).await;
        raw.reject(1).await;
    });
}

/// A server that counts how often it answers.
fn counting(limits: ConnectionLimits) -> (Server, Arc<AtomicUsize>) {
    let answers = Arc::new(AtomicUsize::new(0));
    let count = answers.clone();
    let server = server().limits(limits).accept(move |packet: Blob, _: Socket| {
        count.fetch_add(1, Ordering::Relaxed);
        async move { Bytes::from(vec![0; packet.answer as usize]) }
    });
    (server.build().expect("a server"), answers)
}

/// Calls for ever and reads nothing; how often it was answered until it was closed.
async fn calls_without_reading(limits: ConnectionLimits, call: impl Fn(u32) -> Vec<u8>) -> usize {
    let (server, answers) = counting(limits);
    let (transport, end) = attach(&server);
    let mut raw = Raw(transport);
    raw.greet().await;
    let begin = Instant::now();
    for number in 1..100_000 {
        if raw.0.send(Message::Binary(call(number).into())).await.is_err() {
            break;
        }
        if end.is_finished() {
            break;
        }
    }
    assert_eq!(end.await.expect("no panic"), CloseReason::SlowConsumer);
    assert!(begin.elapsed() <= limits.write_timeout + limits.close_timeout);
    answers.load(Ordering::Relaxed)
}

#[test]
fn who_calls_and_never_reads_the_answers_is_answered_so_many_times_and_closed() {
    paused_time(async {
        let limits = LIMITS.queue_bytes(10_000).max_send(2_000).acceptors(50);
        let answers =
            calls_without_reading(limits, |call| frames::call(id::<Blob>(), call, &[0, 0, 4, 0, 0]));
        // Those that the transport took, those that wait, and those that got no further than to an acceptor.
        let answers = answers.await;
        assert!((64..64 + 10 + 10).contains(&answers), "{answers}");
    });
}

#[test]
fn small_answers_that_nobody_reads_do_not_pile_up_either() {
    paused_time(async {
        let limits = LIMITS.queue_bytes(10_000).queue_frames(10).max_send(1_000);
        let answers =
            calls_without_reading(limits, |call| frames::call(id::<Blob>(), call, &[0, 0, 0, 0, 0]));
        // An answer of 4 bytes takes more than 4 bytes to keep.
        let answers = answers.await;
        assert!((64..64 + 200).contains(&answers), "{answers}");
    });
}

#[test]
fn rejects_that_nobody_reads_do_not_pile_up_either() {
    paused_time(async {
        let limits = LIMITS.queue_bytes(10_000).queue_frames(10).max_send(1_000);
        assert_eq!(calls_without_reading(limits, |call| frames::call(9_999, call, &[])).await, 0);
    });
}

#[test]
fn answers_larger_than_the_queue_reach_who_reads_them() {
    paused_time(async {
        let (server, _) = counting(LIMITS.queue_bytes(1_000));
        let (client, _end) = connect(&server, client()).await;
        let blob = || Blob { answer: 100_000, content: Bytes::new() };
        for answer in futures_util::future::join_all((0..200).map(|_| client.send(blob()))).await {
            assert_eq!(answer.map(|answer| answer.len()), Ok(100_000));
        }
    });
}

#[test]
fn who_never_reads_from_a_real_socket_harms_nobody_else() {
    real_time(async {
        let limits = LIMITS.write_timeout(std::time::Duration::from_millis(300));
        let server = server()
            .limits(limits)
            .accept(|packet: Echo, _: Socket| async { packet.0 })
            .build()
            .expect("a server");
        let address = listen(&server).await;
        let raw = Raw::connect(address).await;
        let slow = only_socket(&server).await;
        let good = client().connect(&format!("ws://{address}/")).await.expect("a connection");
        let flood = Blob { answer: 0, content: vec![0; 50_000].into() };
        while slow.ready().await.is_ok() {
            match slow.emit(&flood) {
                Ok(()) | Err(SendError::Disconnected(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(slow.closed().await, CloseReason::SlowConsumer);
        assert_eq!(good.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        drop(raw);
    });
}
