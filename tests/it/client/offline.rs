//! What is sent while there is no connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use packets_client::{Client, ClientBuilder, Event, Events, Offline, SendError, bundle};
use packets_core::frame::Frame;
use packets_core::net::{ConnectionLimits, Pair};
use packets_core::packet::Descriptor;
use packets_core::{CloseReason, Registry};
use packets_server::{Server, Socket};
use packets_tests::harness::{Count, Document, Echo, Raw, Slap, Witness, connected, paused_time};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use super::{Ask, Network, Scissors, client, unreachable, welcome};

/// An [`Echo`] that is never answered.
const STUCK: &str = "stuck";

/// A client whose server is there when the gate is open, and keeps what arrives.
struct Scene {
    client: Client,
    events: Events,
    open: Arc<AtomicBool>,
    scissors: Scissors,
    seen: UnboundedReceiver<String>,
}

impl Scene {
    async fn new(builder: ClientBuilder) -> Self {
        let (witness, seen) = Witness::new();
        let (counts, echoes) = (witness.clone(), witness);
        // Another build of the server: its ids are not the client's.
        let server = Server::builder()
            .registry(
                Registry::of([
                    Descriptor::of::<Ask>(),
                    Descriptor::of::<Count>(),
                    Descriptor::of::<Document>(),
                    Descriptor::of::<Echo>(),
                ])
                .expect("a registry"),
            )
            .accept(move |packet: Count, _: Socket| {
                counts.tell(packet.value.to_string());
                async move { packet.value }
            })
            .accept(move |packet: Echo, _: Socket| {
                echoes.tell(packet.0.clone());
                async move {
                    if packet.0 == STUCK {
                        std::future::pending::<()>().await;
                    }
                    packet.0
                }
            })
            .build()
            .expect("a server");
        let (open, scissors) = (Arc::new(AtomicBool::new(true)), Scissors::default());
        let (is_open, cuts) = (open.clone(), scissors.clone());
        let network = Network::new(move |_, there| {
            if !is_open.load(Ordering::Relaxed) {
                return Err(unreachable());
            }
            cuts.serve(&server, there);
            Ok(())
        });
        let client = network.connect(builder).await;
        let events = client.events();
        Self { client, events, open, scissors, seen }
    }

    /// One that is offline until it is [let in](Self::come_back).
    async fn offline(builder: ClientBuilder) -> Self {
        let mut scene = Self::new(builder).await;
        scene.open.store(false, Ordering::Relaxed);
        scene.scissors.cut();
        while !matches!(scene.events.next().await, Some(Event::ReconnectingIn(_))) {}
        scene
    }

    async fn come_back(&mut self) {
        self.open.store(true, Ordering::Relaxed);
        connected(&mut self.events).await;
    }

    async fn saw(&mut self, packets: impl IntoIterator<Item = impl ToString>) {
        for packet in packets {
            assert_eq!(self.seen.recv().await, Some(packet.to_string()));
        }
    }
}

fn wait(max_packets: usize, max_bytes: usize) -> Offline {
    Offline::Wait { max_packets, max_bytes, max_age: Duration::from_secs(60) }
}

fn count(value: u32) -> Count {
    Count { value }
}

#[test]
fn by_default_all_fails_at_once_and_ready_waits() {
    paused_time(async {
        let mut scene = Scene::offline(client()).await;
        let begin = Instant::now();
        assert_eq!(scene.client.emit(&count(1)), Err(SendError::Offline));
        assert_eq!(scene.client.send(count(2)).await, Err(SendError::Offline));
        assert_eq!(scene.client.send(Ask(2)).await, Err(SendError::Offline));
        assert_eq!(begin.elapsed(), Duration::ZERO);
        let ready = tokio::spawn(scene.client.ready());
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(!ready.is_finished());
        scene.come_back().await;
        assert_eq!(ready.await.expect("no panic"), Ok(()));
        assert_eq!(scene.client.send(count(3)).await, Ok(3));
        scene.saw([3]).await;
    });
}

#[test]
fn packets_are_dropped_where_that_is_wanted() {
    paused_time(async {
        let mut scene = Scene::offline(client().offline(Offline::Drop)).await;
        assert_eq!(scene.client.emit(&count(1)), Ok(()));
        assert_eq!(scene.client.ready().await, Ok(()));
        assert_eq!(scene.client.send(count(2)).await, Err(SendError::Offline));
        scene.come_back().await;
        assert_eq!(scene.client.send(count(3)).await, Ok(3));
        scene.saw([3]).await;
    });
}

#[test]
fn packets_that_wait_go_out_in_order_and_calls_after_them() {
    paused_time(async {
        let mut scene = Scene::offline(client().offline(wait(10, 1_000))).await;
        let call = tokio::spawn(scene.client.send(Echo("asked".to_owned())));
        tokio::task::yield_now().await;
        for value in 0..5 {
            assert_eq!(scene.client.emit(&count(value)), Ok(()));
        }
        assert_eq!(scene.client.emit(&("Count", serde_json::json!({"value": 5}))), Ok(()));
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(!call.is_finished());
        scene.come_back().await;
        scene.saw([0, 1, 2, 3, 4, 5]).await;
        scene.saw(["asked"]).await;
        assert_eq!(call.await.expect("no panic"), Ok("asked".to_owned()));
    });
}

#[test]
fn a_bundle_that_waits_has_the_ids_of_the_server_it_goes_to() {
    paused_time(async {
        let mut scene = Scene::offline(client().offline(wait(10, 1_000))).await;
        let bundle =
            bundle![count(1), bundle![Echo("two".to_owned()), ("Count", serde_json::json!({"value": 3}))]];
        assert_eq!(scene.client.emit(&bundle), Ok(()));
        // The server does not know it; it goes nowhere, and holds up nothing.
        assert_eq!(scene.client.emit(&bundle![Slap]), Ok(()));
        assert_eq!(scene.client.emit(&Slap), Ok(()));
        assert_eq!(scene.client.emit(&count(4)), Ok(()));
        scene.come_back().await;
        scene.saw(["1", "two", "3", "4"]).await;
    });
}

#[test]
fn what_cannot_be_sent_at_all_fails_offline_too() {
    paused_time(async {
        let scene = Scene::offline(client().offline(wait(10, 1_000))).await;
        assert!(
            matches!(scene.client.emit(&count(u32::MAX)), Err(SendError::Encode { packet, .. }) if &*packet == "Count")
        );
        assert!(matches!(scene.client.emit(&("Nobody",)), Err(SendError::Unregistered(_))));
        assert!(matches!(scene.client.emit(&("Count", "x")), Err(SendError::Data(_))));
    });
}

#[test]
fn so_many_packets_and_calls_wait_and_no_more() {
    paused_time(async {
        let mut scene = Scene::offline(client().offline(wait(3, 1_000))).await;
        let call = tokio::spawn(scene.client.send(count(9)));
        tokio::task::yield_now().await;
        assert_eq!(scene.client.emit(&count(1)), Ok(()));
        assert_eq!(scene.client.emit(&count(2)), Ok(()));
        assert_eq!(scene.client.emit(&count(3)), Err(SendError::Full));
        assert_eq!(scene.client.send(count(4)).await, Err(SendError::Full));
        let ready = tokio::spawn(scene.client.ready());
        tokio::task::yield_now().await;
        assert!(!ready.is_finished());
        // A call that gives up makes room.
        call.abort();
        assert_eq!(ready.await.expect("no panic"), Ok(()));
        assert_eq!(scene.client.emit(&count(5)), Ok(()));
        scene.come_back().await;
        scene.saw([1, 2, 5]).await;
    });
}

#[test]
fn so_many_bytes_wait_and_no_more() {
    paused_time(async {
        let mut scene = Scene::offline(client().offline(wait(100, 10))).await;
        assert_eq!(scene.client.emit(&Echo("12345".to_owned())), Ok(()));
        assert_eq!(scene.client.emit(&Echo("1234".to_owned())), Err(SendError::Full));
        assert_eq!(scene.client.emit(&Echo("123".to_owned())), Ok(()));
        assert_eq!(scene.client.emit(&Echo(String::new())), Err(SendError::Full));
        scene.come_back().await;
        scene.saw(["12345", "123"]).await;
    });
}

#[test]
fn what_waits_too_long_is_dropped() {
    paused_time(async {
        let max_age = Duration::from_secs(4);
        let policy = Offline::Wait { max_packets: 3, max_bytes: 100, max_age };
        let mut scene = Scene::offline(client().offline(policy)).await;
        let begin = Instant::now();
        assert_eq!(scene.client.emit(&count(1)), Ok(()));
        assert_eq!(scene.client.send(count(2)).await, Err(SendError::Offline));
        assert_eq!(begin.elapsed(), max_age);
        // The first one is gone.
        for value in 3..6 {
            assert_eq!(scene.client.emit(&count(value)), Ok(()));
        }
        scene.come_back().await;
        let survivors = if begin.elapsed() < max_age * 2 { vec![3, 4, 5] } else { vec![] };
        assert_eq!(scene.client.send(count(6)).await, Ok(6));
        scene.saw(survivors.into_iter().chain([6])).await;
    });
}

#[test]
fn more_than_the_queue_holds_goes_out_in_order_before_what_comes_later() {
    paused_time(async {
        let limits = ConnectionLimits::client().queue_frames(4);
        let mut scene = Scene::offline(client().limits(limits).offline(wait(2_000, 100_000))).await;
        for value in 0..1_000 {
            assert_eq!(scene.client.emit(&count(value)), Ok(()));
        }
        scene.come_back().await;
        for value in 1_000..1_100 {
            assert_eq!(scene.client.emit(&count(value)), Ok(()));
        }
        assert_eq!(scene.client.send(count(1_100)).await, Ok(1_100));
        scene.saw(0..=1_100).await;
    });
}

#[test]
fn what_waits_survives_several_cuts() {
    paused_time(async {
        // The server takes one frame a connection.
        let (witness, mut seen) = Witness::new();
        let take = move |there: Pair, frames: usize| {
            let witness = witness.clone();
            tokio::spawn(async move {
                let mut raw: Raw<Pair> = welcome(there).await;
                for _ in 0..frames {
                    let Frame::Packet { body, .. } = raw.frame().await else { panic!("a packet") };
                    witness.tell(body[0]);
                }
            });
        };
        let network = Network::new(move |attempt, there| {
            take(there, attempt);
            Ok(())
        });
        let limits = ConnectionLimits::client().queue_frames(1);
        let client = network.connect(client().limits(limits).offline(wait(100, 1_000))).await;
        let mut events = client.events();
        while !matches!(events.next().await, Some(Event::ReconnectingIn(_))) {}
        for value in 0..20 {
            assert_eq!(client.emit(&count(value)), Ok(()));
        }
        // What was handed to a connection may be lost with it; nothing comes twice or out of order.
        let (mut last, mut value) = (None, 20);
        while last < Some(20) {
            tokio::select! {
                next = seen.recv() => {
                    assert!(next > last, "{next:?} after {last:?}");
                    last = next;
                }
                // The last ones may be lost, too.
                () = tokio::time::sleep(Duration::from_secs(1)) => {
                    assert_eq!(client.emit(&count(value)), Ok(()));
                    value += 1;
                }
            }
        }
    });
}

#[test]
fn a_calls_time_counts_while_it_waits() {
    paused_time(async {
        let open = Arc::new(AtomicBool::new(true));
        let (is_open, (witness, mut seen)) = (open.clone(), Witness::new());
        let network = Network::new(move |attempt, there| {
            if !is_open.load(Ordering::Relaxed) {
                return Err(unreachable());
            }
            let witness = witness.clone();
            tokio::spawn(async move {
                let mut raw = welcome(there).await;
                if attempt > 0 {
                    witness.tell(raw.frame().await);
                    while raw.message().await.is_some() {}
                }
            });
            Ok(())
        });
        let client = network.connect(client().offline(wait(10, 100))).await;
        let mut events = client.events();
        open.store(false, Ordering::Relaxed);
        while !matches!(events.next().await, Some(Event::ReconnectingIn(_))) {}
        let begin = Instant::now();
        let call = tokio::spawn(client.send(count(1)).timeout(Duration::from_secs(40)));
        tokio::time::sleep(Duration::from_secs(5)).await;
        open.store(true, Ordering::Relaxed);
        connected(&mut events).await;
        let waited = begin.elapsed();
        let Some(Frame::Call { time_left: Some(left), .. }) = seen.recv().await else { panic!("the call") };
        let left = Duration::from_millis(u64::from(left.get()));
        assert!((left + waited).abs_diff(Duration::from_secs(40)) <= Duration::from_millis(2), "{left:?}");
        assert_eq!(call.await.expect("no panic"), Err(SendError::Timeout));
        assert!(begin.elapsed().abs_diff(Duration::from_secs(40)) <= Duration::from_millis(2));
    });
}

#[test]
fn what_waits_ends_with_the_client() {
    paused_time(async {
        let mut scene = Scene::offline(client().offline(wait(10, 100))).await;
        assert_eq!(scene.client.emit(&count(1)), Ok(()));
        let call = tokio::spawn(scene.client.send(count(2)));
        tokio::task::yield_now().await;
        scene.client.close();
        let over = SendError::Disconnected(CloseReason::Local);
        assert_eq!(call.await.expect("no panic"), Err(over.clone()));
        assert_eq!(scene.client.emit(&count(3)), Err(over));
        assert!(scene.events.next().await.is_none());
        assert!(scene.seen.is_empty());
    });
}

#[test]
fn ready_resolves_when_packets_that_waited_too_long_make_room() {
    paused_time(async {
        let scene = Scene::offline(client().offline(wait(2, 1_000))).await;
        let begin = Instant::now();
        for value in 0..2 {
            assert_eq!(scene.client.emit(&count(value)), Ok(()));
        }
        assert_eq!(scene.client.emit(&count(2)), Err(SendError::Full));
        assert_eq!(scene.client.ready().await, Ok(()));
        assert_eq!(begin.elapsed(), Duration::from_secs(60));
        assert_eq!(scene.client.emit(&count(3)), Ok(()));
    });
}

/// A client with one call at a time, which is never answered, and a call that waited for it when the connection broke.
async fn crowded(offline: Offline) -> (Scene, tokio::task::JoinHandle<Result<u32, SendError>>) {
    let limits = ConnectionLimits::client().calls(1);
    let scene = Scene::new(client().limits(limits).offline(offline)).await;
    let first = tokio::spawn(scene.client.send(Echo(STUCK.to_owned())).timeout(Duration::MAX));
    while scene.client.calls() == 0 {
        tokio::task::yield_now().await;
    }
    let second = tokio::spawn(scene.client.send(count(2)).timeout(Duration::from_secs(30)));
    tokio::task::yield_now().await;
    scene.open.store(false, Ordering::Relaxed);
    scene.scissors.cut();
    let first = first.await.expect("no panic");
    assert!(matches!(first, Err(SendError::Disconnected(CloseReason::Lost(_)))), "{first:?}");
    (scene, second)
}

#[test]
fn a_call_that_waits_for_room_when_the_connection_breaks_waits_for_the_next_one() {
    paused_time(async {
        let (mut scene, call) = crowded(wait(1, 1_000)).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(!call.is_finished());
        // It is what waits.
        assert_eq!(scene.client.emit(&count(3)), Err(SendError::Full));
        scene.come_back().await;
        assert_eq!(call.await.expect("no panic"), Ok(2));
        scene.saw([STUCK, "2"]).await;

        // Its timeout counts all the while.
        let (scene, call) = crowded(wait(1, 1_000)).await;
        let begin = Instant::now();
        assert_eq!(call.await.expect("no panic"), Err(SendError::Timeout));
        assert_eq!(begin.elapsed(), Duration::from_secs(30));
        assert_eq!(scene.client.emit(&count(3)), Ok(()), "there is room again");

        // There is no room to wait for the next connection, either.
        let (_scene, call) = crowded(wait(0, 1_000)).await;
        assert_eq!(call.await.expect("no panic"), Err(SendError::Full));
    });
}

#[test]
fn a_call_that_waits_for_room_when_the_connection_breaks_says_that_it_was_not_sent() {
    paused_time(async {
        for offline in [Offline::Fail, Offline::Drop] {
            let (mut scene, call) = crowded(offline).await;
            assert_eq!(call.await.expect("no panic"), Err(SendError::Offline));
            scene.come_back().await;
            scene.saw([STUCK]).await;
            assert_eq!(scene.client.send(count(3)).await, Ok(3), "and was not");
        }
    });
}

#[test]
fn a_call_that_waits_for_room_when_the_client_ends_says_why() {
    paused_time(async {
        for reconnects in [true, false] {
            let builder = client().limits(ConnectionLimits::client().calls(1));
            let builder = if reconnects { builder } else { builder.no_reconnect() };
            let scene = Scene::new(builder).await;
            let first = tokio::spawn(scene.client.send(Echo(STUCK.to_owned())));
            let second = tokio::spawn(scene.client.send(count(2)));
            while scene.client.calls() == 0 {
                tokio::task::yield_now().await;
            }
            if reconnects {
                scene.client.close()
            } else {
                scene.scissors.cut()
            }
            let reason = scene.client.closed().await;
            for result in
                [first.await.expect("no panic").map(drop), second.await.expect("no panic").map(drop)]
            {
                assert_eq!(result, Err(SendError::Disconnected(reason.clone())));
            }
        }
    });
}
