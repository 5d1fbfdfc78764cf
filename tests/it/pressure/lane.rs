//! Packet types of which only so many are accepted at a time.

use std::time::Duration;

use packets_server::{Policy, Server, Socket};
use packets_tests::harness::{Count, Slap, Witness, client, connect, paused_time, server};
use tokio::sync::mpsc::UnboundedReceiver;

/// Accepts a [`Count`] in so many seconds as its value says, and tells of the beginning and the end.
fn slow(width: Option<usize>) -> (Server, UnboundedReceiver<(&'static str, u32)>) {
    let (witness, seen) = Witness::new();
    let mut server =
        server().accept(|_: Slap, _: Socket| async {}).accept(move |packet: Count, _: Socket| {
            let witness = witness.clone();
            async move {
                witness.tell(("begin", packet.value));
                tokio::time::sleep(Duration::from_secs(packet.value.into())).await;
                witness.tell(("end", packet.value));
                packet.value
            }
        });
    if let Some(width) = width {
        server = server.policy::<Count>(Policy::new().concurrency(width));
    }
    (server.build().expect("a server"), seen)
}

async fn seen_of(width: Option<usize>, values: [u32; 3]) -> Vec<(&'static str, u32)> {
    let (server, mut seen) = slow(width);
    let (client, _end) = connect(&server, client()).await;
    for value in values {
        client.emit(&Count { value }).expect("room");
    }
    // Packets of other types pass.
    client.send(Slap).await.expect("answered");
    let mut events = Vec::new();
    for _ in 0..6 {
        events.push(seen.recv().await.expect("more"));
    }
    events
}

#[test]
fn one_at_a_time_is_strict_order() {
    paused_time(async {
        let strict = [("begin", 3), ("end", 3), ("begin", 2), ("end", 2), ("begin", 1), ("end", 1)];
        assert_eq!(seen_of(Some(1), [3, 2, 1]).await, strict);
        assert_eq!(seen_of(Some(0), [3, 2, 1]).await, strict, "there is always one");
    });
}

#[test]
fn several_at_a_time_begin_in_order() {
    paused_time(async {
        let two = [("begin", 3), ("begin", 2), ("end", 2), ("begin", 1), ("end", 3), ("end", 1)];
        let events = seen_of(Some(2), [3, 2, 1]).await;
        // Two end at the same time.
        assert_eq!(events[..4], two[..4]);
        let all = [("begin", 3), ("begin", 2), ("begin", 1), ("end", 1), ("end", 2), ("end", 3)];
        assert_eq!(seen_of(None, [3, 2, 1]).await, all);
    });
}

#[test]
fn a_call_that_is_cancelled_while_it_waits_does_not_hold_up_the_next() {
    paused_time(async {
        let (server, mut seen) = slow(Some(1));
        let (client, _end) = connect(&server, client()).await;
        client.emit(&Count { value: 5 }).expect("room");
        let short = client.send(Count { value: 1 }).timeout(Duration::from_secs(1));
        short.await.expect_err("it waits for too long");
        assert_eq!(client.send(Count { value: 2 }).await, Ok(2));
        let mut events = Vec::new();
        while let Ok(event) = seen.try_recv() {
            events.push(event);
        }
        assert_eq!(events, [("begin", 5), ("end", 5), ("begin", 2), ("end", 2)]);
    });
}

#[test]
fn each_connection_has_lanes_of_its_own() {
    paused_time(async {
        let (server, _seen) = slow(Some(1));
        let (first, _end) = connect(&server, client()).await;
        let (second, _end) = connect(&server, client()).await;
        first.emit(&Count { value: 60 }).expect("room");
        assert_eq!(second.send(Count { value: 1 }).await, Ok(1));
    });
}
