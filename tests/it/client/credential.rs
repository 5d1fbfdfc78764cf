//! Headers, subprotocols, and tokens that a server takes or refuses.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use packets_client::{ConnectError, Event};
use packets_tests::harness::{connected, paused_time};

use super::{Network, client, close_with, gave_up, linger, refused, unreachable, welcome};

#[test]
fn headers_and_subprotocols_are_sent_every_time() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            tokio::spawn(async move {
                let mut raw = welcome(there).await;
                while attempt > 0 && raw.message().await.is_some() {}
            });
            Ok(())
        });
        let builder = client().header("Cookie", "a=1").header("X-Build", "7").subprotocol("proxy.v2");
        let client = network.connect(builder).await;
        connected(&mut client.events()).await;
        assert_eq!(network.headers("cookie"), ["a=1", "a=1"]);
        assert_eq!(network.headers("x-build"), ["7", "7"]);
        assert_eq!(network.headers("sec-websocket-protocol"), ["packets.v1, proxy.v2"; 2]);
        assert_eq!(network.headers("authorization"), ["", ""]);
    });
}

#[test]
fn headers_that_cannot_be_sent_are_an_error_that_names_them() {
    paused_time(async {
        let network = Network::new(|_, _| Err(unreachable()));
        for (name, value) in [
            ("a b", "c"),
            ("", "c"),
            ("x", "a\r\nb: c"),
            ("Host", "elsewhere"),
            ("Upgrade", "h2c"),
            ("Connection", "close"),
            ("Sec-WebSocket-Key", "x"),
            ("sec-websocket-protocol", "x"),
        ] {
            let error = network.try_connect(client().header(name, value)).await.expect_err("no header");
            assert!(matches!(&error, ConnectError::Header(wrong) if wrong == name), "{error:?}");
        }
        for name in ["", "a b", "a,b", "a\r\nb"] {
            let error = network.try_connect(client().subprotocol(name)).await.expect_err("no subprotocol");
            assert!(matches!(&error, ConnectError::Header(wrong) if wrong == name), "{error:?}");
        }
        assert!(network.times().is_empty());
    });
}

/// A token function that counts, and gives the same token so often.
fn tokens(
    same: usize,
) -> (impl FnMut() -> std::future::Ready<Result<String, std::io::Error>> + Send, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let token = move || std::future::ready(Ok(format!("t{}", count.fetch_add(1, Ordering::Relaxed) / same)));
    (token, asked)
}

#[test]
fn a_token_is_asked_for_at_every_attempt() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            tokio::spawn(async move {
                let mut raw = welcome(there).await;
                while attempt > 1 && raw.message().await.is_some() {}
            });
            Ok(())
        });
        let client = network.connect(client().token(tokens(1).0)).await;
        let mut events = client.events();
        connected(&mut events).await;
        connected(&mut events).await;
        client.reconnect();
        connected(&mut events).await;
        assert_eq!(network.headers("authorization"), ["Bearer t0", "Bearer t1", "Bearer t2", "Bearer t3"]);
    });
}

#[test]
fn a_refused_token_is_not_tried_again_until_there_is_another_one() {
    paused_time(async {
        // By the answer to the attempt, and by the close code.
        for by_code in [false, true] {
            let network = Network::new(move |attempt, there| {
                if attempt == 1 && !by_code {
                    return Err(refused(401, None));
                }
                tokio::spawn(async move {
                    match attempt {
                        0 => drop(welcome(there).await),
                        1 => close_with(there, 4401).await,
                        _ => linger(there).await,
                    }
                });
                Ok(())
            });
            let (token, asked) = tokens(10);
            let client = network.connect(client().token(token)).await;
            let mut events = client.events();
            while network.times().len() < 3 {
                assert!(events.next().await.is_some());
            }
            // It was asked for eight times in vain, and nothing was tried with it.
            assert_eq!(network.headers("authorization"), ["Bearer t0", "Bearer t0", "Bearer t1"]);
            assert_eq!(asked.load(Ordering::Relaxed), 11);
        }
    });
}

#[test]
fn without_another_token_to_come_a_refusal_ends_the_client() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            if attempt > 0 {
                return Err(refused(403, None));
            }
            tokio::spawn(async move { drop(welcome(there).await) });
            Ok(())
        });
        let client = network.connect(client().header("Authorization", "Basic eA==")).await;
        let reason = gave_up(&mut client.events()).await;
        assert!(reason.to_string().contains("403"), "{reason}");
        assert_eq!(network.headers("authorization"), ["Basic eA=="; 2]);
    });
}

#[test]
fn a_token_function_that_fails_or_hangs_fails_the_attempt() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            tokio::spawn(async move {
                let mut raw = welcome(there).await;
                while attempt > 0 && raw.message().await.is_some() {}
            });
            Ok(())
        });
        let mut asked = 0;
        let token = move || {
            asked += 1;
            async move {
                match asked {
                    2 => Err(std::io::Error::other("the vault is closed")),
                    3 => std::future::pending().await,
                    4 => Ok("two\nlines".to_owned()),
                    _ => Ok("good".to_owned()),
                }
            }
        };
        let client = network.connect(client().token(token)).await;
        let mut events = client.events();
        let mut errors = Vec::new();
        let begin = tokio::time::Instant::now();
        loop {
            match events.next().await.expect("it goes on") {
                Event::Failed(error) => errors.push(error.to_string()),
                Event::Connected { .. } => break,
                _ => {}
            }
        }
        let should_be =
            ["the vault is closed", "the token function took too long", "it cannot be sent in a header"];
        assert_eq!(errors, should_be.map(|error| format!("no token: {error}")));
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
        assert_eq!(network.times().len(), 2);
    });
}
