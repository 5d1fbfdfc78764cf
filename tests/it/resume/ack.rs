//! When an end is told what the other has received.

use std::time::Duration;

use packets_core::control::Control;
use packets_core::frame::Frame;
use packets_server::Resume;
use packets_tests::harness::{Echo, Raw, attach, frames, paused_time};
use tokio::time::Instant;

use super::token::again;
use super::{registry, server};

/// Sends so many frames of so many bytes; how long it takes until they are acknowledged, and how many are by then.
async fn acknowledged(raw: &mut Raw, count: usize, size: usize) -> (Duration, u64) {
    let echo = registry().id_of::<Echo>().expect("it is there").number();
    let frame = frames::packet(echo, &vec![b'x'; size - 1]);
    let begin = Instant::now();
    for _ in 0..count {
        raw.send(frame.clone()).await;
    }
    match raw.frame().await {
        Frame::Control(Control::Ack(received)) => (begin.elapsed(), received),
        other => panic!("no ACK, but {other:?}"),
    }
}

#[test]
fn frames_are_acknowledged_after_64_after_16_kib_and_after_a_second() {
    paused_time(async {
        let server = server(Resume::default()).build().expect("a server");
        let (transport, _) = attach(&server);
        let mut raw = Raw(transport);
        again(&mut raw, &[]).await;
        let (second, at_once) = (Duration::from_secs(1), Duration::from_millis(1));
        let mut received = 0;
        for (count, size, in_time) in [
            (1, 10, second),
            (63, 10, second),
            (64, 10, at_once),
            (1, (16 << 10) - 1, second),
            (1, 16 << 10, at_once),
            (4, 4 << 10, at_once),
        ] {
            received += count as u64;
            let (time, acknowledged) = acknowledged(&mut raw, count, size).await;
            assert_eq!(acknowledged, received, "{count} of {size}");
            assert!(time <= in_time + at_once && time + at_once >= in_time, "{count} of {size}: {time:?}");
        }
    });
}
