//! The engines, by one suite.

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use packets_server::{Engine, Incoming, Local, Subject};
use packets_tests::harness::real_time;

mod local {
    packets_tests::conformance!({
        let local = packets_server::Local::default();
        move || std::future::ready(local.clone())
    });
}

#[test]
fn a_local_engine_holds_4096_messages_for_a_node_and_loses_the_newest() {
    real_time(async {
        let (engine, subject) = (Local::default(), Subject::of(["test"]));
        let mut subscription = engine.subscribe(vec![subject.clone()]).await.expect("subscribed");
        for value in 0..5_000_u32 {
            engine.publish(&subject, Bytes::copy_from_slice(&value.to_be_bytes())).await.expect("published");
        }
        for value in 0..4_096_u32 {
            let message = Bytes::copy_from_slice(&value.to_be_bytes());
            assert_eq!(subscription.next().await, Some(Incoming::Message(message)));
        }
        assert_eq!(subscription.next().now_or_never(), None);
    });
}
