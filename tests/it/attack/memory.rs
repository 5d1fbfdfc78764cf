//! Attacks on the memory and the files of a server in a process of its own, of 256 MiB.

use std::time::Duration;

use futures_util::future::join_all;
use packets_tests::harness::{
    BINARY, Echo, FIN, PING, Scene, Victim, Wire, client, frames, id, real_time, websocket_frame,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

fn victim(arguments: &[&str]) -> Victim {
    Victim::start(env!("CARGO_BIN_EXE_victim"), arguments)
}

/// Attacks for a second, beside a good client. The server has taken so many bytes more for it at most.
async fn takes(most: u64, attack: impl AsyncFn(&Scene)) {
    let victim = victim(&[]);
    let scene = Scene::at(victim.address()).await;
    scene.goes_on().await;
    let before = victim.memory();
    let watch = scene.watch();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(1) {
        attack(&scene).await;
    }
    watch.was_served().await;
    scene.goes_on().await;
    let took = victim.peak().saturating_sub(before);
    assert!(took <= most, "{took} bytes");
}

/// Attacks by so many connections at once, which stay.
async fn takes_by_connection(most: u64, connections: u64, attack: impl AsyncFn(&mut Wire)) {
    let victim = victim(&[]);
    let scene = Scene::at(victim.address()).await;
    scene.goes_on().await;
    let before = victim.memory();
    let watch = scene.watch();
    let mut wires = Vec::new();
    for _ in 0..connections {
        let mut wire = scene.wire().await;
        attack(&mut wire).await;
        wires.push(wire);
    }
    watch.was_served().await;
    scene.goes_on().await;
    let took = victim.peak().saturating_sub(before) / connections;
    assert!(took <= most, "{took} bytes a connection");
}

#[test]
fn pings_that_are_never_read() {
    real_time(takes(8 << 20, async |scene| {
        let ping = websocket_frame(FIN | PING, &[7; 125]);
        scene.wire().await.flood(&ping, 16 << 20).await;
    }));
}

#[test]
fn calls_whose_answers_are_never_read() {
    real_time(takes(16 << 20, async |scene| {
        let text = "x".repeat(10_000);
        let mut wire = scene.wire().await;
        let flood = async {
            for call in 1..20_000 {
                let call = frames::call(id::<Echo>(), call, &frames::string(&text));
                if wire.message(&call).await.is_err() {
                    break;
                }
            }
        };
        // The server stops to read once its answers find no room.
        let _ = timeout(Duration::from_secs(1), flood).await;
    }));
}

#[test]
fn packets_of_unknown_ids() {
    real_time(takes(8 << 20, async |scene| {
        let unknown = websocket_frame(FIN | BINARY, &frames::packet(9_999, &[0; 8]));
        scene.wire().await.flood(&unknown, 16 << 20).await;
    }));
}

#[test]
fn messages_far_beyond_the_limit() {
    real_time(takes(8 << 20, async |scene| {
        let mut raw = scene.raw().await;
        let message = packets_core::net::Message::Binary(vec![0; 8 << 20].into());
        let _ = futures_util::SinkExt::send(&mut raw.0, message).await;
        assert_eq!(raw.close_code().await, 1009);
    }));
}

#[test]
fn frames_that_claim_to_be_large() {
    real_time(takes_by_connection(40_000, 500, async |wire| {
        let mut head = vec![FIN | BINARY, 0xff];
        head.extend(65_536_u64.to_be_bytes());
        head.extend([0; 4]);
        wire.0.write_all(&head).await.expect("written");
    }));
}

#[test]
fn messages_that_never_end() {
    real_time(takes_by_connection(160_000, 300, async |wire| {
        wire.0.write_all(&websocket_frame(BINARY, &[0; 60_000])).await.expect("written");
    }));
}

// ---- files ----

#[test]
fn a_server_without_files_left_takes_clients_again_when_it_has_some() {
    real_time(async {
        let victim = victim(&["--files", "64", "--connections", "1000000"]);
        let scene = Scene::at(victim.address()).await;
        let watch = scene.watch();
        let connect = |_| TcpStream::connect(victim.address());
        let crowd = join_all((0..120).map(connect)).await;
        let crowd: Vec<_> = crowd.into_iter().map(|stream| stream.expect("the backlog takes it")).collect();
        let url = format!("ws://{}/", victim.address());
        let limits =
            packets_core::net::ConnectionLimits::client().handshake_timeout(Duration::from_millis(300));
        client().limits(limits).connect(&url).await.expect_err("no file is left for it");
        scene.goes_on().await;
        drop(crowd);
        let begin = Instant::now();
        Scene::at(victim.address()).await.goes_on().await;
        assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
        watch.was_served().await;
    });
}

#[test]
fn by_default_clients_are_refused_before_files_run_out() {
    real_time(async {
        let victim = victim(&["--files", "64"]);
        let scene = Scene::at(victim.address()).await;
        let url = format!("ws://{}/", victim.address());
        let mut clients = Vec::new();
        while let Ok(client) = client().connect(&url).await {
            clients.push(client);
            assert!(clients.len() < 64, "there are not so many files");
        }
        assert_eq!(clients.len(), 31, "half of the files, with the good client");
        scene.goes_on().await;
        clients.pop();
        while client().connect(&url).await.is_err() {
            sleep(Duration::from_millis(5)).await;
        }
    });
}
