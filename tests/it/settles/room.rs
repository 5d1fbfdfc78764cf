//! Full queues and call tables.

use std::sync::Arc;
use std::time::Duration;

use packets_client::{Client, SendError};
use packets_core::CloseReason;
use packets_core::net::{ConnectionLimits, Pair, pair};
use packets_server::Socket;
use packets_tests::harness::{Count, Raw, client, connect, frames, paused_time, registry, server};
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// A client whose server reads only when the test does.
async fn with_raw_server(limits: ConnectionLimits) -> (Client, Raw<Pair>) {
    let (here, there) = pair();
    let client = tokio::spawn(client().limits(limits).connect_transport(here));
    let mut raw = Raw(there);
    raw.send(frames::welcome(1, &registry())).await;
    let client = client.await.expect("no panic").expect("a connection");
    raw.frame().await;
    (client, raw)
}

/// Emits until there is no room, and yields to the connection as long as that helps.
async fn fill(client: &Client) -> u32 {
    let mut emitted = 0;
    let mut turns = 0;
    while turns < 10 {
        match client.emit(&Count { value: emitted }) {
            Ok(()) => (emitted, turns) = (emitted + 1, 0),
            Err(error) => {
                assert_eq!(error, SendError::Full);
                turns += 1;
                tokio::task::yield_now().await;
            }
        }
    }
    emitted
}

#[test]
fn emit_fails_when_the_queue_is_full_and_ready_waits_for_room() {
    paused_time(async {
        let (client, mut raw) = with_raw_server(ConnectionLimits::client().queue_frames(4)).await;
        let emitted = fill(&client).await;
        assert!((4..200).contains(&emitted), "{emitted}");
        let ready = tokio::spawn(client.ready());
        tokio::task::yield_now().await;
        assert!(!ready.is_finished());
        // All that was taken arrives, and then there is room.
        for _ in 0..emitted {
            raw.frame().await;
        }
        assert_eq!(ready.await.expect("no panic"), Ok(()));
        assert_eq!(client.emit(&Count { value: 0 }), Ok(()));
    });
}

#[test]
fn send_waits_for_room_in_the_queue_and_goes_on() {
    paused_time(async {
        let (client, mut raw) = with_raw_server(ConnectionLimits::client().queue_frames(4)).await;
        let emitted = fill(&client).await;
        let call = tokio::spawn(client.send(Count { value: 0 }));
        tokio::task::yield_now().await;
        assert_eq!(client.calls(), 0, "it waits");
        for _ in 0..=emitted {
            raw.frame().await;
        }
        raw.send(frames::reply(1, &[0, 0, 0, 7])).await;
        assert_eq!(call.await.expect("no panic"), Ok(7));
    });
}

#[test]
fn send_that_waits_for_room_times_out() {
    paused_time(async {
        let limits = ConnectionLimits::client().queue_frames(4).write_timeout(Duration::from_secs(60));
        let (client, _raw) = with_raw_server(limits).await;
        fill(&client).await;
        let begin = Instant::now();
        assert_eq!(client.send(Count { value: 0 }).await, Err(SendError::Timeout));
        assert_eq!(begin.elapsed(), limits.call_timeout);
    });
}

#[test]
fn all_that_wait_for_room_learn_of_the_end() {
    paused_time(async {
        let (client, raw) = with_raw_server(ConnectionLimits::client().queue_frames(4)).await;
        fill(&client).await;
        let (ready, call) = (tokio::spawn(client.ready()), tokio::spawn(client.send(Count { value: 0 })));
        tokio::task::yield_now().await;
        drop(raw);
        let reason = client.closed().await;
        assert!(matches!(reason, CloseReason::Lost(_)));
        assert_eq!(ready.await.expect("no panic"), Err(SendError::Disconnected(reason.clone())));
        assert_eq!(call.await.expect("no panic"), Err(SendError::Disconnected(reason)));
    });
}

#[test]
fn send_waits_for_room_among_the_calls_and_goes_on_when_one_settles() {
    paused_time(async {
        let gate = Arc::new(Semaphore::new(0));
        let passes = gate.clone();
        let accept = move |packet: Count, _: Socket| {
            let gate = passes.clone();
            async move {
                gate.acquire().await.expect("open").forget();
                packet.value
            }
        };
        let server = server().accept(accept).build().expect("a server");
        let limits = ConnectionLimits::client().calls(2);
        let (client, _end) = connect(&server, client().limits(limits)).await;
        let calls: Vec<_> = (0..6).map(|value| tokio::spawn(client.send(Count { value }))).collect();
        for settled in 0..6 {
            while client.calls() < 2.min(6 - settled) {
                tokio::task::yield_now().await;
            }
            assert_eq!(client.calls(), 2.min(6 - settled));
            gate.add_permits(1);
            while calls.iter().filter(|call| call.is_finished()).count() <= settled {
                tokio::task::yield_now().await;
            }
        }
        for (value, call) in calls.into_iter().enumerate() {
            assert_eq!(call.await.expect("no panic"), Ok(value as u32));
        }
    });
}

#[test]
fn send_that_waits_for_room_among_the_calls_times_out() {
    paused_time(async {
        let (client, _raw) = with_raw_server(ConnectionLimits::client().calls(1)).await;
        let first = tokio::spawn(client.send(Count { value: 0 }).timeout(Duration::from_secs(9)));
        while client.calls() == 0 {
            tokio::task::yield_now().await;
        }
        let begin = Instant::now();
        let second = client.send(Count { value: 1 }).timeout(Duration::from_secs(2)).await;
        assert_eq!((second, begin.elapsed()), (Err(SendError::Timeout), Duration::from_secs(2)));
        // The first one's time passes, and the third one has its place.
        let third = client.send(Count { value: 2 }).timeout(Duration::from_secs(20)).await;
        assert_eq!((third, begin.elapsed()), (Err(SendError::Timeout), Duration::from_secs(22)));
        assert_eq!(first.await.expect("no panic"), Err(SendError::Timeout));
    });
}

#[test]
fn a_cancelled_call_makes_room_for_another() {
    paused_time(async {
        let (client, mut raw) = with_raw_server(ConnectionLimits::client().calls(1)).await;
        let first = tokio::spawn(client.send(Count { value: 0 }));
        raw.frame().await;
        let second = tokio::spawn(client.send(Count { value: 1 }));
        tokio::task::yield_now().await;
        first.abort();
        raw.frame().await;
        raw.frame().await;
        raw.send(frames::reply(2, &[0, 0, 0, 7])).await;
        assert_eq!(second.await.expect("no panic"), Ok(7));
    });
}

#[test]
fn a_call_that_cannot_be_encoded_takes_no_room() {
    paused_time(async {
        let (client, mut raw) = with_raw_server(ConnectionLimits::client().calls(1)).await;
        let beyond = Count { value: u32::MAX };
        assert!(matches!(client.send(beyond).await, Err(SendError::Encode { .. })));
        assert_eq!(client.calls(), 0);
        let call = tokio::spawn(client.send(Count { value: 1 }));
        raw.frame().await;
        raw.send(frames::reply(2, &[0, 0, 0, 7])).await;
        assert_eq!(call.await.expect("no panic"), Ok(7));
    });
}

/// Data that is not ready for what is done to it.
struct Bomb;

impl serde::Serialize for Bomb {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("boom")
    }
}

#[test]
fn a_panic_while_a_call_is_encoded_takes_no_room() {
    paused_time(async {
        let (client, mut raw) = with_raw_server(ConnectionLimits::client().calls(1)).await;
        assert!(tokio::spawn(client.send(("Echo", Bomb))).await.is_err_and(|error| error.is_panic()));
        assert_eq!(client.calls(), 0);
        let call = tokio::spawn(client.send(Count { value: 1 }));
        raw.frame().await;
        raw.send(frames::reply(2, &[0, 0, 0, 7])).await;
        assert_eq!(call.await.expect("no panic"), Ok(7));
    });
}
