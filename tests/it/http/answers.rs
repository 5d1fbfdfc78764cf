//! What is answered to requests, right and wrong.

use packets_core::control::VERSION;
use packets_tests::harness::{Echo, echo_server, frames, id, listen, real_time, registry};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Answer, answer, ask, is_served, knock, tcp, upgrade};

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const UPGRADE: &str = "Connection: upgrade\r\nUpgrade: websocket\r\n";

fn get(headers: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: here\r\n{headers}\r\n")
}

/// Requests, the status of the answer, and a header it has.
fn refused() -> Vec<(String, u16, &'static str)> {
    let version = "Sec-WebSocket-Version: 13\r\n";
    let asks = |headers: &str| upgrade("/", &format!("Host: here\r\n{headers}"));
    vec![
        // No WebSocket.
        (get(""), 426, "upgrade: websocket"),
        (get("Connection: keep-alive\r\n"), 426, "sec-websocket-version: 13"),
        (get("Upgrade: websocket\r\n"), 426, "connection: close, upgrade"),
        (get("Connection: upgrade\r\nUpgrade: h2c\r\n"), 426, "upgrade: websocket"),
        (
            get(&format!("Connection: upgrades\r\nUpgrade: websocket\r\n{version}{KEY}")),
            426,
            "upgrade: websocket",
        ),
        (asks("").replace("GET", "POST"), 405, "allow: get"),
        (asks("").replace("GET", "HEAD"), 405, "allow: get"),
        (asks("").replace("GET /", "OPTIONS *"), 405, "allow: get"),
        (asks("").replace("HTTP/1.1", "HTTP/1.0"), 505, "connection: close"),
        // Another WebSocket.
        (get(&format!("{UPGRADE}{KEY}")), 426, "sec-websocket-version: 13"),
        (get(&format!("{UPGRADE}{KEY}Sec-WebSocket-Version: 8\r\n")), 426, "sec-websocket-version: 13"),
        (get(&format!("{UPGRADE}{KEY}Sec-WebSocket-Version: 130\r\n")), 426, "sec-websocket-version: 13"),
        (get(&format!("{UPGRADE}{KEY}{version}{version}")), 426, "sec-websocket-version: 13"),
        // A wrong one.
        (get(&format!("{UPGRADE}{version}")), 400, "connection: close"),
        (get(&format!("{UPGRADE}{version}{KEY}{KEY}")), 400, "connection: close"),
        (get(&format!("{UPGRADE}{version}Sec-WebSocket-Key: short\r\n")), 400, "connection: close"),
        (asks("").replace("dGhl", "dG=l"), 400, "connection: close"),
        (asks("Content-Length: 5\r\n") + "hello", 400, "connection: close"),
        (asks("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400, "connection: close"),
        (upgrade("/", ""), 400, "connection: close"),
        (upgrade("/", "Host: \r\n"), 400, "connection: close"),
        (upgrade("/", "Host: here\r\nHost: there\r\n"), 400, "connection: close"),
        (upgrade("/", "Host: here/there\r\n"), 400, "connection: close"),
        (asks("Sec-WebSocket-Protocol: packets.v0\r\n"), 400, "connection: close"),
        (asks("Sec-WebSocket-Protocol: a,b,c,d,e,f,g,h,packets.v1\r\n"), 400, "connection: close"),
        (asks("Sec-WebSocket-Protocol: \r\n"), 400, "connection: close"),
        // Too much.
        (asks(&"A: b\r\n".repeat(65)), 431, "connection: close"),
        (asks(&format!("A: {}\r\n", "b".repeat(20 << 10))), 431, "connection: close"),
        (upgrade(&format!("/{}", "a".repeat(20 << 10)), "Host: here\r\n"), 431, "connection: close"),
    ]
}

#[test]
fn what_is_no_request_for_our_websocket_is_told_so_and_nothing_behind_it_is_answered() {
    real_time(async {
        let address = listen(&echo_server()).await;
        for (request, status, header) in refused() {
            // What a proxy could take for a tunnel's content, and a server for the next request.
            let smuggled = format!("{request}{}", get(""));
            let mut stream = tcp(address).await;
            let answer = answer(&mut stream, &smuggled).await;
            assert_eq!(answer.status, status, "{request}{answer:?}");
            assert!(answer.head.contains(header), "{request}{answer:?}");
            assert!(!answer.body.contains("HTTP/1.1 4"), "{request}{answer:?}");
            is_served(tcp(address).await, &good("")).await;
        }
    });
}

fn good(headers: &str) -> String {
    upgrade("/", &format!("Host: here\r\n{headers}"))
}

#[test]
fn a_page_s_visitor_is_told_what_this_is() {
    real_time(async {
        let address = listen(&echo_server()).await;
        let answer = ask(address, &get("")).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (426, "this is a WebSocket that speaks packets.v1\n")
        );
        assert!(answer.has("content-type: text/plain; charset=utf-8"), "{answer:?}");
        assert!(answer.has("connection: close, upgrade"), "{answer:?}");
    });
}

#[test]
fn http_2_is_hung_up_on() {
    real_time(async {
        let address = listen(&echo_server()).await;
        let mut stream = tcp(address).await;
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.expect("written");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 101"));
    });
}

#[test]
fn the_answer_proves_that_the_request_was_understood_and_says_no_more() {
    real_time(async {
        let address = listen(&echo_server()).await;
        let request = good(
            "Sec-WebSocket-Protocol: token.secret, packets.v1\r\n\
             Sec-WebSocket-Extensions: permessage-deflate\r\n",
        );
        let answer = ask(address, &request).await;
        assert_eq!(answer.status, 101);
        // The key and its answer stand in RFC 6455.
        assert!(
            answer.has(&"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_lowercase()),
            "{answer:?}"
        );
        assert!(answer.has("sec-websocket-protocol: packets.v1"), "{answer:?}");
        assert!(answer.has("upgrade: websocket") && answer.has("connection: upgrade"), "{answer:?}");
        assert!(!answer.head.contains("secret") && !answer.head.contains("deflate"), "{answer:?}");
    });
}

#[test]
fn tokens_have_no_case_and_a_body_of_no_bytes_is_none() {
    real_time(async {
        let address = listen(&echo_server()).await;
        let request = good("Content-Length: 0\r\n")
            .replace("Upgrade: websocket", "uPGRADE: WebSocket")
            .replace("keep-alive, Upgrade", "UPGRADE");
        is_served(tcp(address).await, &request).await;
    });
}

#[test]
fn what_comes_in_one_piece_with_the_request_is_the_websocket_s() {
    real_time(async {
        let address = listen(&echo_server()).await;
        let mut stream = tcp(address).await;
        let mut bytes = good("").into_bytes();
        bytes.extend(masked(&frames::hello(VERSION, &registry(), 1 << 20)));
        bytes.extend(masked(&frames::call(id::<Echo>(), 1, &frames::string("early"))));
        stream.write_all(&bytes).await.expect("written");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\x05early") {
            answer.push(stream.read_u8().await.expect("a reply"));
        }
        assert_eq!(Answer::parse(&String::from_utf8_lossy(&answer)).status, 101);
    });
}

/// A binary message of a client, masked with zeros.
fn masked(frame: &[u8]) -> Vec<u8> {
    let mut message = vec![0x82, 0x80 | u8::try_from(frame.len()).expect("a short frame"), 0, 0, 0, 0];
    message.extend(frame);
    message
}

#[test]
fn a_request_may_come_byte_by_byte() {
    real_time(async {
        let address = listen(&echo_server()).await;
        let mut stream = tcp(address).await;
        let request = good("");
        let (last, first) = request.as_bytes().split_last().expect("a request");
        for byte in first {
            stream.write_all(&[*byte]).await.expect("written");
            tokio::task::yield_now().await;
        }
        is_served(stream, std::str::from_utf8(&[*last]).expect("text")).await;
    });
}

const NAMES: [&str; 10] = [
    "Host",
    "Origin",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Content-Length",
    "Cookie",
    "X-Forwarded-For",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn whatever_a_header_holds_there_is_an_answer(
        name in proptest::sample::select(&NAMES[..]),
        value in "[ -~\u{a0}-\u{1f600}]{0,60}",
        path in "/[!-~]{0,40}",
        twice: bool,
    ) {
        real_time(async move {
            let server = echo_server();
            let header = format!("{name}: {value}\r\n");
            let request = upgrade(&path, &if twice { format!("Host: here\r\n{header}") } else { header });
            let peer = "10.0.0.1:1".parse().expect("an address");
            let status = knock(&server, peer, &request).await.status;
            assert!(matches!(status, 101 | 400 | 403 | 426), "{status} to {request}");
        });
    }

    #[test]
    fn no_bytes_but_a_request_make_a_websocket(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        real_time(async move {
            let mut stream = tcp(listen(&echo_server()).await).await;
            stream.write_all(&bytes).await.expect("written");
            stream.shutdown().await.expect("no more");
            let mut answer = Vec::new();
            // A reset is a way of hanging up.
            let _ = stream.read_to_end(&mut answer).await;
            assert!(!answer.starts_with(b"HTTP/1.1 101"), "{bytes:?}");
        });
    }
}
