//! No peer fills the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use packets_core::net::ConnectionLimits;
use packets_server::{Rate, RejectKind, Socket};
use packets_tests::harness::{Count, Slap, attach, frames, id, only_socket, paused_time, server};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Counts lines.
struct Lines(Arc<AtomicUsize>);

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target().starts_with("packets") {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// How many lines so many packets of each kind make.
fn lines(limits: ConnectionLimits, packets: u64, bad: &[Vec<u8>]) -> usize {
    let lines = Arc::new(AtomicUsize::new(0));
    tracing::subscriber::with_default(Lines(lines.clone()), || {
        paused_time(async {
            let accept = |packet: Count, _: Socket| async move { packet.value };
            let server = server().limits(limits).accept(accept).build().expect("a server");
            let (transport, _end) = attach(&server);
            let mut raw = packets_tests::harness::Raw(transport);
            raw.greet().await;
            let bad: Vec<_> = bad.iter().map(|frame| Bytes::from(frame.clone())).collect();
            for _ in 0..packets {
                for frame in &bad {
                    let message = packets_core::net::Message::Binary(frame.clone());
                    futures_util::SinkExt::send(&mut raw.0, message).await.expect("sent");
                }
            }
            raw.send(frames::call(9_999, 1, &[])).await;
            raw.frame().await;
            let dropped = only_socket(&server).await.dropped();
            let all = [
                RejectKind::UnknownPacket,
                RejectKind::Malformed,
                RejectKind::NotAccepted,
                RejectKind::RateLimited,
            ];
            let counted: u64 = all.iter().map(|kind| dropped.received(*kind)).sum();
            assert!(counted >= packets * bad.len() as u64, "{dropped:?}");
        });
    });
    lines.load(Ordering::Relaxed)
}

#[test]
fn a_flood_of_bad_packets_makes_a_few_lines() {
    let bad = [
        frames::packet(9_999, &[]),
        frames::packet(id::<Count>(), &[0x80]),
        frames::packet(id::<Slap>(), &[]),
    ];
    let lines = lines(ConnectionLimits::server(), 10_000, &bad);
    // One of each kind, and what a connection has to say of itself.
    assert!((3..10).contains(&lines), "{lines}");
}

#[test]
fn a_flood_beyond_the_rate_makes_a_few_lines() {
    let limits = ConnectionLimits::server().packet_rate(Rate::per_second(1).burst(5_000));
    let lines = lines(limits, 10_000, &[frames::packet(id::<Slap>(), &[])]);
    assert!((2..10).contains(&lines), "{lines}");
}
