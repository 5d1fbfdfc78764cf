//! Bundles do not get around the bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use packets_core::Bundle;
use packets_server::{Server, Socket};
use packets_tests::harness::{Count, client, connect, paused_time, server};

/// Takes a second for a [`Count`], and knows how many it had at most at a time.
fn gauge() -> (Server, Arc<AtomicUsize>) {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let peak = most.clone();
    let server = server().accept(move |packet: Count, _: Socket| {
        let (now, peak) = (now.clone(), peak.clone());
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(1)).await;
            now.fetch_sub(1, Ordering::Relaxed);
            packet.value
        }
    });
    (server.build().expect("a server"), most)
}

fn counts(count: u32) -> Bundle {
    (0..count).fold(Bundle::new(), |bundle, value| bundle.with(Count { value }))
}

#[test]
fn a_bundle_has_16_acceptors_at_a_time() {
    paused_time(async {
        let (server, most) = gauge();
        let (client, _end) = connect(&server, client()).await;
        let results = client.send(counts(100)).await.expect("results");
        assert_eq!(most.load(Ordering::Relaxed), 16);
        for value in 0..100 {
            assert_eq!(results.get::<Count>(value), Ok(value as u32), "in order");
        }
    });
}

#[test]
fn bundles_in_a_bundle_do_not_multiply_them() {
    paused_time(async {
        let (server, most) = gauge();
        let (client, _end) = connect(&server, client()).await;
        let bundle = (0..20).fold(Bundle::new(), |bundle, _| bundle.with(counts(5)));
        let results = client.send(bundle).timeout(Duration::from_secs(20)).await.expect("results");
        assert_eq!(most.load(Ordering::Relaxed), 16);
        assert_eq!(results.get::<Bundle>(19).expect("a bundle").get::<Count>(4), Ok(4));
    });
}
