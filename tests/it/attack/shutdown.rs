//! Servers that shut down while they are busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use packets_client::{Client, SendError};
use packets_core::{CloseReason, Redirect, RejectKind};
use packets_server::{Drain, Server, Socket};
use packets_tests::harness::{
    Count, Echo, Raw, Slap, Witness, attach, client, connect, echo_server, only_socket, paused_time,
    real_time, server,
};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::http;

/// How many calls a client had answered until its connection ended, and how many it had rejected.
async fn calls_until_the_end(client: Client) -> (usize, usize) {
    let (mut answered, mut rejected) = (0, 0);
    let mut calls: FuturesUnordered<_> = (0..10).map(|value| client.send(Count { value })).collect();
    while let Some(outcome) = calls.next().await {
        match outcome {
            Ok(value) => {
                answered += 1;
                calls.push(client.send(Count { value }));
            }
            Err(SendError::Rejected(reject)) if reject.kind == RejectKind::GoingAway => {
                rejected += 1;
                calls.push(client.send(Count { value: 1 }));
            }
            Err(SendError::Disconnected(CloseReason::Remote { code: 1001, .. })) => {}
            Err(error) => panic!("{error}"),
        }
    }
    (answered, rejected)
}

#[test]
fn a_server_that_shuts_down_under_load_answers_every_call_it_has_accepted() {
    real_time(async {
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = accepted.clone();
        let accept = move |packet: Count, _: Socket| {
            count.fetch_add(1, Ordering::Relaxed);
            async move {
                sleep(Duration::from_millis(u64::from(packet.value) * 5)).await;
                packet.value
            }
        };
        let server = server().accept(accept).build().expect("a server");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/", listener.local_addr().expect("its address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let signal = async {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(server.serve(listener).with_graceful_shutdown(signal).into_future());
        let mut clients = Vec::new();
        for _ in 0..50 {
            let client = client().no_reconnect().connect(&url).await.expect("a connection");
            clients.push(tokio::spawn(calls_until_the_end(client)));
        }
        while accepted.load(Ordering::Relaxed) < 2_000 {
            sleep(Duration::from_millis(1)).await;
        }
        stop.send(()).expect("it serves");
        serving.await.expect("no panic").expect("it listened");
        let (mut answered, mut rejected) = (0, 0);
        for client in clients {
            let (more_answered, more_rejected) = client.await.expect("no panic");
            answered += more_answered;
            rejected += more_rejected;
        }
        assert_eq!(answered, accepted.load(Ordering::Relaxed));
        assert!(rejected > 0, "none of 50 clients called too late");
        assert!(server.sockets().is_empty());
    });
}

#[test]
fn clients_are_told_one_after_the_other() {
    paused_time(async {
        let server = echo_server();
        let mut raws = Vec::new();
        for _ in 0..500 {
            let (transport, _) = attach(&server);
            let mut raw = Raw(transport);
            raw.greet().await;
            raws.push(raw);
        }
        while server.sockets().len() < raws.len() {
            tokio::task::yield_now().await;
        }
        let begin = Instant::now();
        let ends = raws.into_iter().map(async |mut raw| {
            assert_eq!(raw.close_code().await, 1001);
            begin.elapsed()
        });
        let (mut ends, ()) = tokio::join!(futures_util::future::join_all(ends), server.shut_down());
        ends.sort();
        for (index, end) in ends.iter().enumerate() {
            let due = Duration::from_millis(10) * index as u32;
            assert!(due <= *end && *end < due + Duration::from_millis(20), "{index}: {end:?}");
        }
    });
}

#[test]
fn many_clients_are_told_within_the_spread() {
    paused_time(async {
        let spread = Duration::from_millis(300);
        let server = server().drain(Drain::default().spread(spread)).build().expect("a server");
        for _ in 0..100 {
            let (transport, _) = attach(&server);
            let mut raw = Raw(transport);
            raw.greet().await;
            tokio::spawn(async move { raw.close_code().await });
        }
        while server.sockets().len() < 100 {
            tokio::task::yield_now().await;
        }
        let begin = Instant::now();
        server.shut_down().await;
        assert!(server.sockets().is_empty());
        assert!((spread * 9 / 10..=spread * 11 / 10).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    });
}

/// A server on which a [`Slap`] is never answered.
fn hanging(drain: Drain) -> Server {
    let hangs = |_: Slap, _: Socket| std::future::pending::<()>();
    server()
        .accept(hangs)
        .accept(|echo: Echo, _: Socket| async { echo.0 })
        .drain(drain)
        .build()
        .expect("a server")
}

#[test]
fn a_client_knows_that_it_has_to_go_while_its_calls_still_run() {
    paused_time(async {
        let grace = Duration::from_secs(7);
        let server = hanging(Drain::default().grace(grace));
        let (client, _end) = connect(&server, client()).await;
        only_socket(&server).await;
        let running = tokio::spawn(client.send(Slap).timeout(Duration::MAX));
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        assert!(!client.is_leaving());
        let begin = Instant::now();
        let drained = tokio::spawn(async move { server.shut_down().await });
        while !client.is_leaving() {
            sleep(Duration::from_millis(10)).await;
        }
        assert!(begin.elapsed() < Duration::from_secs(1));
        let Err(SendError::Rejected(reject)) = client.send(Echo("on".to_owned())).await else { panic!() };
        assert_eq!(reject.kind, RejectKind::GoingAway);
        assert!(matches!(running.await.expect("no panic"), Err(SendError::Disconnected(_))));
        assert!(
            (grace..grace + Duration::from_millis(10)).contains(&begin.elapsed()),
            "{:?}",
            begin.elapsed()
        );
        drained.await.expect("no panic");
    });
}

#[test]
fn clients_are_told_where_to_go() {
    paused_time(async {
        let url = "ws://127.0.0.2/";
        let server = hanging(Drain::default().redirect(url));
        let (witness, mut seen) = Witness::new();
        let accept = move |redirect: Redirect, _: Client| {
            witness.tell(redirect.0);
            async {}
        };
        let (client, _end) = connect(&server, client().accept(accept)).await;
        only_socket(&server).await;
        server.shut_down().await;
        assert_eq!(seen.recv().await.as_deref(), Some(url));
        assert!(matches!(client.closed().await, CloseReason::Remote { code: 1001, .. }));
    });
}

#[test]
fn who_is_in_a_hurry_shuts_down_again() {
    paused_time(async {
        let server = hanging(Drain::default().grace(Duration::from_secs(100)));
        let (client, _end) = connect(&server, client()).await;
        only_socket(&server).await;
        let running = tokio::spawn(client.send(Slap).timeout(Duration::MAX));
        while client.calls() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        let begin = Instant::now();
        let first = server.shut_down();
        assert!(timeout(Duration::from_secs(3), first).await.is_err(), "a call runs");
        server.shut_down().await;
        assert_eq!(begin.elapsed(), Duration::from_secs(3));
        running.await.expect("no panic").expect_err("closed");
        assert!(server.sockets().is_empty());
    });
}

#[test]
fn a_client_that_does_not_answer_the_close_holds_up_nobody_for_ever() {
    paused_time(async {
        let server = hanging(Drain::default());
        let (transport, _end) = attach(&server);
        let mut silent = Raw(transport);
        silent.greet().await;
        only_socket(&server).await;
        let begin = Instant::now();
        server.shut_down().await;
        assert_eq!(begin.elapsed(), packets_server::ConnectionLimits::server().close_timeout);
        drop(silent);
    });
}

#[test]
fn who_comes_while_the_server_shuts_down_is_refused_or_told_at_once() {
    paused_time(async {
        let server = hanging(Drain::default().grace(Duration::from_secs(100)));
        let (busy, _end) = connect(&server, client()).await;
        only_socket(&server).await;
        let running = tokio::spawn(busy.send(Slap).timeout(Duration::MAX));
        let is_done = Arc::new(AtomicBool::new(false));
        let done = is_done.clone();
        let draining = server.clone();
        let drained = tokio::spawn(async move {
            draining.shut_down().await;
            done.store(true, Ordering::Relaxed);
        });
        while !busy.is_leaving() {
            sleep(Duration::from_millis(1)).await;
        }
        let response = server.upgrade(http::Request::new(())).await;
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        // One that has its transport already.
        let (late, _end) = connect(&server, client()).await;
        assert!(matches!(late.closed().await, CloseReason::Remote { code: 1001, .. }));
        assert!(!is_done.load(Ordering::Relaxed), "a call runs");
        server.shut_down().await;
        drained.await.expect("no panic");
        running.await.expect("no panic").expect_err("closed");
    });
}
