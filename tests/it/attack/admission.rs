//! More clients than a server takes.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use packets_core::net::ConnectionLimits;
use packets_server::{AdmissionLimits, Server, ServerBuilder, Socket};
use packets_tests::harness::{Echo, Scene, Wire, echo_server, listen, real_time, server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

fn build(builder: ServerBuilder) -> Server {
    builder.accept(|echo: Echo, _: Socket| async { echo.0 }).build().expect("a server")
}

/// A request for a WebSocket, with a header more.
fn request(header: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{header}\r\n"
    )
}

/// The connection of a client of this address, and the head of the answer to its request.
async fn ask(server: SocketAddr, from: Ipv4Addr, header: &str) -> (TcpStream, String) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((from, 0).into()).expect("an address");
    let mut stream = socket.connect(server).await.expect("a TCP connection");
    // It may be refused before it has asked.
    let _ = stream.write_all(request(header).as_bytes()).await;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n")
        && let Ok(byte) = stream.read_u8().await
    {
        head.push(byte);
    }
    (stream, String::from_utf8_lossy(&head).to_lowercase())
}

fn is_welcome(head: &str) -> bool {
    head.starts_with("http/1.1 101 ")
}

fn is_refused(head: &str, status: u16) -> bool {
    head.starts_with(&format!("http/1.1 {status} ")) && head.contains("\r\nretry-after: 1\r\n")
}

const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(127, 0, 1, 1), Ipv4Addr::new(127, 0, 1, 2)];

/// Asks until there is a place again.
async fn asks_until_welcome(server: SocketAddr, from: Ipv4Addr) -> TcpStream {
    loop {
        let (stream, head) = ask(server, from, "").await;
        if is_welcome(&head) {
            return stream;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn beyond_the_connections_in_all_clients_are_refused_until_one_has_gone() {
    real_time(async {
        let server = build(server().admission(AdmissionLimits::default().connections(3)));
        let scene = Scene::new(&server).await;
        let watch = scene.watch();
        let (first, head) = ask(scene.address, ADDRESSES[0], "").await;
        assert!(is_welcome(&head), "{head}");
        let (_second, head) = ask(scene.address, ADDRESSES[1], "").await;
        assert!(is_welcome(&head), "{head}");
        for _ in 0..50 {
            let (_, head) = ask(scene.address, ADDRESSES[0], "").await;
            assert!(is_refused(&head, 503), "{head}");
        }
        drop(first);
        let _third = asks_until_welcome(scene.address, ADDRESSES[0]).await;
        watch.was_served().await;
    });
}

#[test]
fn beyond_the_connections_of_an_address_only_its_clients_are_refused() {
    real_time(async {
        let limits = AdmissionLimits::default().connections_per_ip(3);
        let server = build(server().admission(limits));
        let scene = Scene::new(&server).await;
        for from in ADDRESSES {
            let mut taken = Vec::new();
            for _ in 0..3 {
                let (stream, head) = ask(scene.address, from, "").await;
                assert!(is_welcome(&head), "{head}");
                taken.push(stream);
            }
            for _ in 0..20 {
                let (_, head) = ask(scene.address, from, "").await;
                assert!(is_refused(&head, 429), "{head}");
            }
            scene.goes_on().await;
            taken.pop();
            taken.push(asks_until_welcome(scene.address, from).await);
        }
    });
}

#[test]
fn beyond_the_new_connections_of_an_address_only_its_clients_are_refused_for_a_while() {
    real_time(async {
        let server = build(server().admission(AdmissionLimits::default().new_per_ip(5)));
        let scene = Scene::new(&server).await;
        let begin = Instant::now();
        let mut welcome = 0;
        while begin.elapsed() < Duration::from_millis(500) {
            let (_, head) = ask(scene.address, ADDRESSES[0], "").await;
            assert!(is_welcome(&head) || is_refused(&head, 429), "{head}");
            welcome += usize::from(is_welcome(&head));
        }
        assert!((5..=8).contains(&welcome), "5 at once, and 5 a second: {welcome}");
        let (_, head) = ask(scene.address, ADDRESSES[1], "").await;
        assert!(is_welcome(&head), "{head}");
        let again = timeout(Duration::from_secs(1), asks_until_welcome(scene.address, ADDRESSES[0]));
        again.await.expect("it is welcome again");
        scene.goes_on().await;
    });
}

#[test]
fn clients_of_a_trusted_proxy_are_told_apart_and_others_cannot_pretend() {
    real_time(async {
        let limits = AdmissionLimits::default().connections_per_ip(2);
        let proxy = ADDRESSES[0];
        let server = server().admission(limits).trusted_proxies([format!("{proxy}/32")]);
        let scene = Scene::new(&build(server)).await;
        let mut taken = Vec::new();
        for client in 0..20 {
            let header = format!("X-Forwarded-For: 192.0.2.{}\r\n", client / 2);
            let (stream, head) = ask(scene.address, proxy, &header).await;
            assert!(is_welcome(&head), "{head}");
            taken.push(stream);
            if client % 2 == 1 {
                let (_, head) = ask(scene.address, proxy, &header).await;
                assert!(is_refused(&head, 429), "{head}");
            }
        }
        for client in 0..20 {
            let header = format!("X-Forwarded-For: 198.51.100.{client}\r\n");
            let (stream, head) = ask(scene.address, ADDRESSES[1], &header).await;
            assert_eq!(is_welcome(&head), client < 2, "{head}");
            taken.push(stream);
        }
        scene.goes_on().await;
    });
}

// ---- clients that come and get no further ----

/// So many clients that send the beginning of a request, or nothing.
async fn crowd(server: SocketAddr, clients: usize) -> Vec<TcpStream> {
    let mut crowd = Vec::new();
    for client in 0..clients {
        let mut stream = TcpStream::connect(server).await.expect("a TCP connection");
        if client % 2 == 0 {
            let _ = stream.write_all(&request("").as_bytes()[..client % 60]).await;
        }
        crowd.push(stream);
    }
    crowd
}

#[test]
fn clients_that_dribble_their_request_or_say_nothing_are_cut_in_time() {
    real_time(async {
        let timeout = Duration::from_secs(1);
        let limits = ConnectionLimits::server().handshake_timeout(timeout);
        let scene = Scene::new(&build(server().limits(limits))).await;
        let watch = scene.watch();
        let begin = Instant::now();
        let crowd = crowd(scene.address, 200).await;
        let dribble = crowd.into_iter().map(async |mut stream| {
            // Each byte is one more of a header without end.
            while stream.write_all(b"x").await.is_ok() {
                let mut answer = [0; 512];
                let wait = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut answer));
                if matches!(wait.await, Ok(Ok(0) | Err(_))) {
                    break;
                }
            }
        });
        let dribble = futures_util::future::join_all(dribble);
        let newcomer = async {
            for _ in 0..10 {
                let begin = Instant::now();
                Scene::at(scene.address).await.goes_on().await;
                assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
            }
        };
        tokio::join!(dribble, newcomer);
        assert!(begin.elapsed() < timeout + Duration::from_secs(2), "{:?}", begin.elapsed());
        watch.was_served().await;
    });
}

#[test]
fn a_flood_of_handshakes_keeps_nobody_out_for_long() {
    real_time(async {
        let limits = AdmissionLimits::default().handshakes(64);
        let scene = Scene::new(&build(server().admission(limits))).await;
        let watch = scene.watch();
        let crowd = crowd(scene.address, 1_000).await;
        let begin = Instant::now();
        let _good = asks_until_welcome(scene.address, ADDRESSES[0]).await;
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        watch.was_served().await;
        drop(crowd);
    });
}

#[test]
fn clients_that_never_greet_keep_nobody_out_for_long() {
    real_time(async {
        let limits = AdmissionLimits::default().handshakes(8);
        let scene = Scene::new(&build(server().admission(limits))).await;
        let mut silent = Vec::new();
        for _ in 0..8 {
            let (stream, head) = ask(scene.address, ADDRESSES[0], "").await;
            assert!(is_welcome(&head), "{head}");
            silent.push(stream);
        }
        let (_, head) = ask(scene.address, ADDRESSES[0], "").await;
        assert!(is_refused(&head, 503), "{head}");
        let begin = Instant::now();
        let _good = asks_until_welcome(scene.address, ADDRESSES[0]).await;
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
        scene.goes_on().await;
    });
}

#[test]
fn by_default_a_server_takes_more_clients_than_a_test_has() {
    real_time(async {
        let address = listen(&echo_server()).await;
        let mut clients = Vec::new();
        for _ in 0..300 {
            clients.push(Wire::connect(address).await);
        }
        let mut last = clients.pop().expect("a client");
        last.message(&[0]).await.expect("written");
    });
}
