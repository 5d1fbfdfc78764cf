//! How large and how deep what another build has may be.

use bytes::Bytes;
use packets_client::ConnectError;
use packets_core::adapt::{AdaptError, Plan};
use packets_core::control::VERSION;
use packets_core::net::pair;
use packets_core::schema::{self, Type};
use packets_core::{CloseReason, Registry, Schema};
use packets_tests::harness::{Raw, client, frames, paused_time};

#[test]
fn a_schema_as_text_nests_64_levels_deep_and_no_deeper() {
    let lists = |levels| format!("{}bool{}", "[".repeat(levels), "]".repeat(levels));
    let options = |levels| format!("bool{}", "?".repeat(levels));
    for text in [lists(63), options(63)] {
        assert_eq!(text.parse::<Type>().map(|ty| ty.to_string()), Ok(text));
    }
    for text in [lists(64), options(64)] {
        let error = text.parse::<Type>().expect_err("too deep");
        assert_eq!(error.expected, "at most 64 nested types", "{text}");
    }
}

/// The reason for which a client leaves a server of so many packets that are all alike.
async fn left(packets: usize) -> CloseReason {
    let (here, there) = pair();
    let connecting = tokio::spawn(client().connect_transport(here));
    let mut raw = Raw(there);
    raw.send(frames::welcome(VERSION, &Registry::defaults_only())).await;
    raw.frame().await;
    raw.frame().await;
    // A name of no bytes, id 1, a fingerprint, and twice the schema of no bytes, which is none.
    let mut rest = Vec::new();
    frames::varuint(&mut rest, packets as u32);
    rest.extend([12, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].repeat(packets));
    raw.send(frames::control(3, &rest)).await;
    match connecting.await.expect("no panic") {
        Ok(client) => {
            client.close();
            client.closed().await
        }
        Err(ConnectError::Closed(reason)) => {
            assert_eq!(raw.close_code().await, 1002);
            reason
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_manifest_of_more_packets_than_there_are_ids_is_refused() {
    paused_time(async {
        assert_eq!(left(65_535).await, CloseReason::Local);
        assert!(matches!(left(65_536).await, CloseReason::Protocol(_)));
    });
}

#[derive(Schema)]
struct Wide {
    narrow: u8,
    #[packet(default)]
    wide: [u64; 32],
}

#[test]
fn an_adapted_value_takes_16_times_its_bytes_and_1_mib_and_no_more() {
    let narrow: Type = "[{narrow:uint8}]".parse().expect("a schema");
    let plan = Plan::new("Wide", &narrow, Vec::<Wide>::TYPE).expect("a plan");
    let adapted = |count| plan.adapt(&schema::encode(&Bytes::from(vec![7; count])).expect("bytes"));
    // Each of the items, of one byte, becomes one of 257.
    let most = (1 << 20) / (257 - 16);
    assert_eq!(adapted(most).map(|bytes| bytes.len()), Ok(2 + most * 257));
    assert_eq!(adapted(most + 2), Err(AdaptError::TooLarge));
}
