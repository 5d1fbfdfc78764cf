//! Which ends of connections and answers to attempts are worth another attempt.

use std::collections::BTreeMap;
use std::time::Duration;

use packets_client::{Backoff, ClientBuilder, ConnectError, Event};
use packets_core::CloseReason;
use packets_tests::harness::{Raw, connected, frames, paused_time};
use tokio::time::{Instant, sleep};

use super::{Network, client, close, gave_up, refused, registry, unreachable, welcome};

/// What a client does after a code, by a table of codes: its last column.
fn verdicts(text: &str) -> BTreeMap<u16, &str> {
    let rows = text.lines().filter_map(|line| line.trim_start_matches("/// ").strip_prefix("| "));
    rows.filter_map(|row| {
        let code = row.get(..4)?.parse().ok()?;
        Some((code, row.trim_end_matches(" |").rsplit(" | ").next()?))
    })
    .collect()
}

/// What a client does whose connections hold for long and are closed with this code.
async fn verdict(code: u16, builder: ClientBuilder) -> &'static str {
    let network = Network::new(move |_, there| {
        tokio::spawn(async move {
            let raw = welcome(there).await;
            sleep(Duration::from_secs(11)).await;
            close(raw, code).await;
        });
        Ok(())
    });
    let backoff = Backoff::default().stable(Duration::from_secs(10));
    let client = network.connect(builder.backoff(backoff)).await;
    let mut events = client.events();
    let mut attempts = Vec::new();
    while attempts.len() < 3 {
        match events.next().await {
            Some(Event::Connecting { attempt }) => attempts.push(attempt),
            Some(Event::GaveUp(CloseReason::Remote { code: given, .. })) => {
                assert_eq!(given, code);
                return "no";
            }
            Some(_) => {}
            None => panic!("it says why"),
        }
    }
    if attempts == [1, 2, 3] { "yes, later" } else { "yes" }
}

#[test]
fn a_client_does_what_the_tables_of_close_codes_say() {
    let file = |name: &str| {
        let path = format!("{}/../{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("it is there")
    };
    let (protocol, docs) = (file("PROTOCOL.md"), file("packets-core/src/close.rs"));
    let table = verdicts(&protocol);
    assert_eq!(table, verdicts(&docs));
    assert_eq!(table.len(), 13);
    paused_time(async {
        for (code, expected) in table {
            let token = || async { Ok::<_, std::io::Error>(rand::random::<u64>().to_string()) };
            let (without, with) = (verdict(code, client()).await, verdict(code, client().token(token)).await);
            match expected {
                "with another credential" => assert_eq!((without, with), ("no", "yes"), "{code}"),
                expected => assert_eq!((without, with), (expected, expected), "{code}"),
            }
        }
    });
}

#[test]
fn after_other_close_codes_a_client_comes_back() {
    paused_time(async {
        for code in [1005, 1010, 1011, 1012, 1013, 1014, 3000, 4429] {
            assert_eq!(verdict(code, client()).await, "yes", "{code}");
        }
        assert_eq!(verdict(4403, client()).await, "no");
    });
}

/// Whether a client tries again whose attempt came to this.
async fn tries_again_after(error: fn() -> ConnectError) -> bool {
    let network = Network::new(move |attempt, there| match attempt {
        1 => Err(error()),
        _ => {
            tokio::spawn(async move { drop(welcome(there).await) });
            Ok(())
        }
    });
    let client = network.connect(client()).await;
    let mut events = client.events();
    let failed = loop {
        match events.next().await {
            Some(Event::Failed(error)) => break error,
            Some(_) => {}
            None => panic!("it says why"),
        }
    };
    match events.next().await {
        Some(Event::ReconnectingIn(_)) => true,
        Some(Event::GaveUp(CloseReason::GaveUp(text))) => {
            assert_eq!(*text, *failed.to_string());
            false
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn failed_attempts_say_whether_to_try_again() {
    paused_time(async {
        let again: [fn() -> ConnectError; 14] = [
            unreachable,
            || refused(404, None),
            || refused(408, None),
            || refused(425, None),
            || refused(429, None),
            || refused(500, None),
            || refused(502, None),
            || refused(503, None),
            || refused(504, None),
            || ConnectError::Timeout,
            || ConnectError::Tls("no".to_owned()),
            || ConnectError::Handshake("no".to_owned()),
            || ConnectError::Other("no".into()),
            || ConnectError::Closed(CloseReason::HandshakeTimeout),
        ];
        for error in again {
            assert!(tries_again_after(error).await, "{:?}", error());
        }
        let never: [fn() -> ConnectError; 9] = [
            || refused(301, None),
            || refused(400, None),
            || refused(401, None),
            || refused(403, None),
            || refused(410, None),
            || refused(426, None),
            || ConnectError::NoTls,
            || ConnectError::Closed(CloseReason::Version(2)),
            || ConnectError::Closed(CloseReason::Remote { code: 4403, reason: "".into() }),
        ];
        for error in never {
            assert!(!tries_again_after(error).await, "{:?}", error());
        }
    });
}

#[test]
fn a_server_of_another_version_is_given_up() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            tokio::spawn(async move {
                if attempt == 0 {
                    drop(welcome(there).await);
                } else {
                    let mut raw = Raw(there);
                    raw.send(frames::welcome(2, &registry())).await;
                    assert_eq!(raw.close_code().await, 4406);
                }
            });
            Ok(())
        });
        let client = network.connect(client()).await;
        let reason = gave_up(&mut client.events()).await;
        assert!(reason.to_string().contains("protocol version 2"), "{reason}");
        assert_eq!(network.times().len(), 2);
    });
}

#[test]
fn a_server_that_wants_to_be_left_alone_for_a_while_is() {
    paused_time(async {
        // The last one would be left alone for ever.
        for (hint, least) in [(7, 7), (100, 100), (u64::MAX, 300)] {
            let network = Network::new(move |attempt, there| {
                if attempt == 1 {
                    return Err(refused(503, Some(Duration::from_secs(hint))));
                }
                tokio::spawn(async move {
                    let mut raw = welcome(there).await;
                    while attempt > 0 && raw.message().await.is_some() {}
                });
                Ok(())
            });
            let client = network.connect(client()).await;
            let mut events = client.events();
            while !matches!(events.next().await, Some(Event::Failed(_))) {}
            let begin = Instant::now();
            connected(&mut events).await;
            // The ceiling of the second wait is a second.
            let (least, most) = (Duration::from_secs(least), Duration::from_millis(least * 1_000 + 1_002));
            assert!((least..=most).contains(&begin.elapsed()), "{:?}", begin.elapsed());
        }
    });
}
