//! What is told of packets that go out while connections come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use packets_client::{Client, ClientBuilder, Events, Offline, Outbound, SendError};
use packets_server::{Server, Socket};
use packets_tests::harness::{Count, Echo, Slap, Witness, connected, paused_time};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Ask, Network, Scissors, client, registry, unreachable};

/// Name, size, outcome and time.
type Told = (String, usize, &'static str, Duration);

/// A client that is observed, and whose server is there when the gate is open.
struct Scene {
    client: Client,
    events: Events,
    open: Arc<AtomicBool>,
    scissors: Scissors,
    seen: UnboundedReceiver<Told>,
}

impl Scene {
    async fn new(builder: ClientBuilder) -> Self {
        let server = Server::builder().registry(registry()).accept(|packet: Ask, _: Socket| async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            packet.0
        });
        let server = server.build().expect("a server");
        let (open, scissors) = (Arc::new(AtomicBool::new(true)), Scissors::default());
        let (is_open, cuts) = (open.clone(), scissors.clone());
        let network = Network::new(move |_, there| {
            if is_open.load(Ordering::Relaxed) {
                cuts.serve(&server, there);
                Ok(())
            } else {
                Err(unreachable())
            }
        });
        let (witness, seen) = Witness::new();
        let builder = builder.observe(move |packet: &Outbound<'_>| {
            let label = packet.outcome().label();
            witness.tell((packet.name().to_owned(), packet.size(), label, packet.elapsed()));
        });
        let client = network.connect(builder).await;
        let events = client.events();
        Self { client, events, open, scissors, seen }
    }

    /// One that is offline.
    async fn offline(offline: Offline) -> Self {
        let scene = Self::new(client().offline(offline)).await;
        scene.open.store(false, Ordering::Relaxed);
        scene.scissors.cut();
        tokio::time::sleep(Duration::from_secs(5)).await;
        scene
    }

    #[track_caller]
    fn tells(&mut self, name: &str, size: usize, outcome: &'static str, elapsed: Duration) {
        assert_eq!(self.seen.try_recv(), Ok((name.to_owned(), size, outcome, elapsed)));
    }
}

#[test]
fn what_fails_or_is_dropped_without_a_connection_is_offline() {
    paused_time(async {
        for offline in [Offline::Fail, Offline::Drop] {
            let mut scene = Scene::offline(offline).await;
            let emitted = scene.client.emit(&Echo("abc".to_owned()));
            assert_eq!(emitted.is_ok(), offline == Offline::Drop);
            scene.tells("Echo", 0, "offline", Duration::ZERO);
            assert_eq!(scene.client.send(Count { value: 1 }).await, Err(SendError::Offline));
            scene.tells("Count", 0, "offline", Duration::ZERO);
        }
    });
}

#[test]
fn what_waits_for_a_connection_is_told_once() {
    paused_time(async {
        let wait = Offline::Wait { max_packets: 2, max_bytes: 100, max_age: Duration::from_secs(60) };
        let mut scene = Scene::offline(wait).await;
        scene.client.emit(&Echo("abc".to_owned())).expect("it may wait");
        scene.tells("Echo", 4, "emitted", Duration::ZERO);
        let mut waits = scene.client.send(Count { value: 1 });
        assert!((&mut waits).now_or_never().is_none());
        scene.client.emit(&Slap).expect_err("full");
        scene.tells("Slap", 0, "full", Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(waits);
        scene.tells("Count", 0, "cancelled", Duration::from_secs(1));
        scene.open.store(true, Ordering::Relaxed);
        connected(&mut scene.events).await;
        scene.client.ready().await.expect("a connection");
        assert!(scene.seen.try_recv().is_err(), "all has been told");
    });
}

#[test]
fn a_call_that_is_sent_again_is_told_once() {
    paused_time(async {
        let mut scene = Scene::new(client()).await;
        let call = tokio::spawn(scene.client.send(Ask(7)));
        tokio::time::sleep(Duration::from_secs(1)).await;
        scene.open.store(false, Ordering::Relaxed);
        scene.scissors.cut();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(scene.seen.try_recv().is_err(), "it goes on");
        scene.open.store(true, Ordering::Relaxed);
        assert_eq!(call.await.expect("no panic"), Ok(7));
        let (name, size, outcome, elapsed) = scene.seen.try_recv().expect("it is told");
        assert_eq!((&*name, size, outcome), ("Ask", 1, "answered"));
        assert!(elapsed >= Duration::from_secs(1 + 2 + 2), "{elapsed:?}");
        assert!(scene.seen.try_recv().is_err(), "and once");
    });
}
