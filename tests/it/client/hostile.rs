//! Servers that do not behave: they cannot hang, crash or bloat a client.

use std::time::Duration;

use futures_util::SinkExt;
use packets_client::{Backoff, ConnectError, Event, Recovered};
use packets_core::control::Control;
use packets_core::frame::Frame;
use packets_core::net::{ConnectionLimits, Message, WebSocket, Wire};
use packets_core::{CloseReason, Verdict};
use packets_tests::harness::{
    BINARY, Count, FIN, Raw, Slap, connected, frames, paused_time, real_time, server_frame,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{Ask, Network, client, registry, welcome};

/// The error of a client whose server answers its request with this, and then hangs up or does not.
async fn error(answer: Vec<u8>, hangs_up: bool) -> ConnectError {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/", listener.local_addr().expect("its address"));
    let server = tokio::spawn(async move {
        let mut stream = request(&listener).await;
        // It may not be read to its end.
        let _ = stream.write_all(&answer).await;
        if !hangs_up {
            std::future::pending::<()>().await;
        }
    });
    let limits = ConnectionLimits::client().handshake_timeout(Duration::from_millis(300));
    let error = client().limits(limits).connect(&url).await.expect_err("no WebSocket");
    server.abort();
    error
}

async fn request(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().await.expect("a client");
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await.expect("a request"));
    }
    stream
}

#[test]
fn an_answer_that_refuses_is_told_with_a_little_of_its_text() {
    real_time(async {
        let head = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 17\r\n\r\n";
        let answer = [head.as_bytes(), &b"\xff".repeat(3_000)].concat();
        match error(answer, true).await {
            ConnectError::Refused { status: 503, text, retry_after } => {
                assert!(text.len() <= 1_024 && !text.is_empty(), "{text}");
                assert_eq!(retry_after, Some(Duration::from_secs(17)));
            }
            error => panic!("{error:?}"),
        }
        let answer = b"HTTP/1.1 401 Unauthorized\r\nRetry-After: tomorrow\r\n\r\n who are you \n".to_vec();
        match error(answer, true).await {
            ConnectError::Refused { status: 401, text, retry_after: None } => assert_eq!(text, "who are you"),
            error => panic!("{error:?}"),
        }
    });
}

#[test]
fn redirects_by_http_are_not_followed() {
    real_time(async {
        let answer = b"HTTP/1.1 301 Moved Permanently\r\nLocation: ws://127.0.0.1:1/\r\n\r\n".to_vec();
        let error = error(answer, true).await;
        assert!(matches!(error, ConnectError::Refused { status: 301, .. }), "{error:?}");
    });
}

#[test]
fn an_answer_without_end_is_cut_off() {
    real_time(async {
        let head = "HTTP/1.1 101 Switching Protocols\r\n";
        let line = [head.as_bytes(), b"X: ", &b"x".repeat(10 << 20)].concat();
        let many = [head.as_bytes(), &b"X: y\r\n".repeat(100_000)].concat();
        for answer in [line, many] {
            let error = error(answer, false).await;
            assert!(matches!(error, ConnectError::Handshake(_)), "{error:?}");
        }
    });
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for() {
    real_time(async {
        for answer in [&b""[..], b"HTTP/1.1 101 Sw"] {
            let begin = Instant::now();
            assert!(matches!(error(answer.to_vec(), false).await, ConnectError::Timeout));
            assert!(begin.elapsed() < Duration::from_secs(3));
        }
    });
}

#[test]
fn what_is_no_websocket_is_said_to_be_none() {
    real_time(async {
        let upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        for answer in [
            "SSH-2.0-OpenSSH\r\n\r\n".to_owned(),
            "HTTP/1.1 101 Switching Protocols\r\n\r\n".to_owned(),
            format!("{upgrade}Sec-WebSocket-Accept: bm8=\r\n\r\n"),
            String::new(),
        ] {
            let error = error(answer.clone().into_bytes(), true).await;
            assert!(matches!(error, ConnectError::Handshake(_)), "{answer:?}: {error:?}");
        }
    });
}

#[test]
fn another_subprotocol_is_none_of_ours() {
    use tokio_tungstenite::accept_hdr_async;
    use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
    real_time(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/", listener.local_addr().expect("its address"));
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a client");
            #[expect(clippy::result_large_err, reason = "the type is tungstenite's")]
            let choose = |_: &Request, mut response: Response| {
                let chosen = "chat".parse().expect("a header");
                response.headers_mut().insert("Sec-WebSocket-Protocol", chosen);
                Ok(response)
            };
            let socket = accept_hdr_async(stream, choose).await.expect("a WebSocket");
            std::future::pending::<()>().await;
            drop(socket);
        });
        let error = client().subprotocol("chat").connect(&url).await.expect_err("it speaks chat");
        assert!(matches!(&error, ConnectError::Handshake(text) if text.contains("packets.v1")), "{error:?}");
    });
}

#[test]
fn a_connector_that_hangs_is_dropped_in_time() {
    paused_time(async {
        let hanging = async |_: packets_client::Request| {
            std::future::pending::<Result<packets_core::net::Pair, _>>().await
        };
        let begin = Instant::now();
        let error = client().connector(hanging).connect(super::URL).await.expect_err("it hangs");
        assert!(matches!(error, ConnectError::Timeout), "{error:?}");
        assert_eq!(begin.elapsed(), ConnectionLimits::client().handshake_timeout);
    });
}

#[test]
fn greetings_that_are_none_end_the_attempt() {
    paused_time(async {
        let our_digest = frames::welcome(1, &registry());
        let other = packets_core::Registry::defaults_only();
        let other_digest = frames::welcome(1, &other);
        let cases: [(Vec<Vec<u8>>, &str); 6] = [
            (vec![], "did not greet in time"),
            (vec![vec![]], "no greeting"),
            (vec![vec![0xff; 40]], "no greeting"),
            (vec![frames::packet(1, &[1])], "no greeting"),
            (vec![other_digest.clone(), frames::control(3, &[0xff; 9])], "a malformed manifest"),
            (vec![other_digest, our_digest], "out of place"),
        ];
        for (frames, should_be) in cases {
            let network = Network::new(move |_, there| {
                let frames = frames.clone();
                tokio::spawn(async move {
                    let mut raw = Raw(there);
                    for frame in frames {
                        raw.send(frame).await;
                    }
                    while raw.message().await.is_some() {}
                });
                Ok(())
            });
            let error = network.try_connect(client()).await.expect_err("no greeting");
            assert!(error.to_string().contains(should_be), "{error}");
        }
    });
}

#[test]
fn a_flood_before_the_manifest_ends_the_attempt() {
    real_time(async {
        let limits = ConnectionLimits::client().close_timeout(Duration::from_millis(50));
        let network = Network::new(move |_, there| {
            tokio::spawn(async move {
                let mut raw = Raw(there);
                raw.send(frames::welcome(1, &packets_core::Registry::defaults_only())).await;
                // Without end.
                while raw.0.send(Message::Binary(frames::packet(1, &[0; 100]).into())).await.is_ok() {}
            });
            Ok(())
        });
        let error = network.try_connect(client().limits(limits)).await.expect_err("a flood");
        assert!(error.to_string().contains("too many frames"), "{error}");
    });
}

#[test]
fn whatever_a_connected_server_says_the_client_survives_it() {
    paused_time(async {
        let limits = ConnectionLimits::client().max_message(1_000);
        let bad: [(Message, u16); 6] = [
            (Message::Binary(vec![].into()), 1002),
            (Message::Binary(vec![0xff; 50].into()), 1002),
            (Message::Binary(frames::control(0, &[1]).into()), 1002),
            (Message::Binary(frames::call(1, 0, &[]).into()), 1002),
            (Message::Binary(vec![0; 1_001].into()), 1009),
            (Message::Text(String::new()), 1003),
        ];
        for (message, code) in bad {
            let (report, reported) = tokio::sync::oneshot::channel();
            let report = std::sync::Mutex::new(Some(report));
            let network = Network::new(move |attempt, there| {
                let message = message.clone();
                let report = report.lock().expect("no panic").take();
                tokio::spawn(async move {
                    let mut raw = welcome(there).await;
                    if attempt == 0 {
                        raw.0.send(message).await.expect("sent");
                        let code = raw.close_code().await;
                        report.expect("the first").send(code).expect("it is waited for");
                    } else {
                        raw.frame().await;
                        raw.send(frames::reply(1, &[0, 0, 0, 7])).await;
                        while raw.message().await.is_some() {}
                    }
                });
                Ok(())
            });
            let client = network.connect(client().limits(limits)).await;
            connected(&mut client.events()).await;
            assert_eq!(reported.await, Ok(code));
            assert_eq!(client.send(Ask(7)).await, Ok(7));
        }
    });
}

#[test]
fn a_server_that_goes_on_where_there_was_nothing_is_left_for_a_new_session() {
    paused_time(async {
        // The client has sent nothing: no such frame was received, and no number goes so far.
        for (received, first) in [(1, 0), (u64::MAX, 0), (0, u64::MAX)] {
            let network = Network::new(move |attempt, there| {
                tokio::spawn(async move {
                    let mut raw = Raw(there);
                    let mut greeting = frames::welcome(1, &registry());
                    greeting.extend(frames::string(&"t".repeat(32)));
                    frames::varuint(&mut greeting, 60_000);
                    raw.send(greeting).await;
                    let Frame::Control(Control::Hello(hello)) = raw.frame().await else { panic!("HELLO") };
                    match attempt {
                        // The session that it might go on with.
                        0 => {}
                        1 => {
                            let position =
                                [vec![0], u64::to_be_bytes(received).into(), first.to_be_bytes().into()];
                            raw.send(frames::control(4, &position.concat())).await;
                            assert_eq!(raw.close_code().await, 1002);
                        }
                        _ => {
                            if hello.resume.is_some_and(|resume| !resume.tokens.is_empty()) {
                                let is_new = [vec![1], vec![0; 16]].concat();
                                raw.send(frames::control(4, &is_new)).await;
                            }
                            raw.frame().await;
                            raw.send(frames::reply(1, &[0, 0, 0, 7])).await;
                            while raw.message().await.is_some() {}
                        }
                    }
                });
                Ok(())
            });
            let client = network.connect(client()).await;
            let mut events = client.events();
            while !matches!(events.next().await, Some(Event::Connected { recovered: Recovered::New, .. })) {}
            assert_eq!((client.send(Ask(7)).await, network.times().len()), (Ok(7), 3));
        }
    });
}

#[test]
fn a_flood_fills_no_more_than_a_stream_holds() {
    paused_time(async {
        let network = Network::new(|_, there| {
            tokio::spawn(async move {
                let mut raw = welcome(there).await;
                raw.frame().await;
                for value in 0..100_000_u32 {
                    let mut body = Vec::new();
                    frames::varuint(&mut body, value);
                    raw.send(frames::packet(2, &body)).await;
                }
                raw.send(frames::reply(1, &[])).await;
                while raw.message().await.is_some() {}
            });
            Ok(())
        });
        assert_eq!(registry().id_of::<Count>().map(|id| id.number()), Some(3));
        let client = network.connect(client()).await;
        let (mut counts, bundles) = (client.packets::<Count>(), client.packets::<packets_core::Bundle>());
        assert_eq!(client.send(Slap).await, Ok(()));
        // Packet 2 is a bundle to this client.
        assert_eq!(bundles.lost(), 100_000 - 256);
        client.close();
        assert_eq!(counts.next().await, None);
    });
}

#[test]
fn a_server_that_hangs_up_again_and_again_is_asked_ever_more_rarely() {
    paused_time(async {
        let network = Network::new(|_, there| {
            tokio::spawn(welcome(there));
            Ok(())
        });
        let client = network.connect(client().backoff(Backoff::default().seed(9))).await;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        let attempts = network.times().len();
        // Every 15 s on average.
        assert!((180..320).contains(&attempts), "{attempts}");
        assert!(client.events().lost() == 0);
        client.close();
        assert_eq!(client.closed().await, CloseReason::Local);
    });
}

#[test]
fn a_server_that_never_answers_a_close_is_left() {
    paused_time(async {
        let network = Network::new(|_, there| {
            tokio::spawn(async move {
                let raw = welcome(there).await;
                std::future::pending::<()>().await;
                drop(raw);
            });
            Ok(())
        });
        let client = network.connect(client()).await;
        let mut events = client.events();
        let begin = Instant::now();
        client.close();
        assert_eq!((client.closed().await, begin.elapsed()), (CloseReason::Local, Duration::ZERO));
        assert!(matches!(events.next().await, Some(Event::Disconnected(CloseReason::Local))));
        assert!(events.next().await.is_none());
    });
}

#[test]
fn a_schema_in_a_manifest_has_64_kib_at_most() {
    paused_time(async {
        for (size, is_read) in [(64 << 10, true), ((64 << 10) + 1, false)] {
            // Another type than ours, with one long name in it.
            let schema = format!("{{{}:bool}}", "a".repeat(size - "{:bool}".len()));
            let network = Network::new(move |_, there| {
                let schema = schema.clone();
                tokio::spawn(async move {
                    let mut raw = Raw(there);
                    raw.send(frames::welcome(1, &packets_core::Registry::defaults_only())).await;
                    raw.send(frames::manifest(1, [frames::entry("Count", 7, &schema)])).await;
                    while raw.message().await.is_some() {}
                });
                Ok(())
            });
            let client = network.connect(client()).await;
            match client.verdict::<Count>() {
                Verdict::Incompatible(incompatible) => {
                    let is_unknown = incompatible.theirs == "a type this version does not know";
                    assert_eq!(is_unknown, !is_read, "{size}: {}", incompatible.theirs.len());
                }
                verdict => panic!("{verdict:?}"),
            }
            assert!(matches!(client.verdict::<Slap>(), Verdict::Unknown));
        }
    });
}

#[test]
fn a_server_that_answers_drop_by_drop_is_not_waited_for() {
    real_time(async {
        let limits = ConnectionLimits::client().handshake_timeout(Duration::from_millis(300));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/", listener.local_addr().expect("its address"));
        let dripping = tokio::spawn(async move {
            let mut stream = request(&listener).await;
            for byte in b"HTTP/1.1 101 Switching Protocols\r\nX: ".iter().chain(std::iter::repeat(&b'x')) {
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let begin = Instant::now();
        let error = client().limits(limits).connect(&url).await.expect_err("no WebSocket");
        assert!(matches!(error, ConnectError::Timeout), "{error:?}");
        assert!(begin.elapsed() < Duration::from_secs(3));
        // And the server is told.
        dripping.await.expect("it ends");
    });
}

#[test]
fn a_message_that_comes_drop_by_drop_ends_the_connection() {
    real_time(async {
        let time = Duration::from_millis(300);
        let limits = ConnectionLimits::client().message_timeout(time).close_timeout(time);
        let (here, mut there) = tokio::io::duplex(1 << 10);
        tokio::spawn(async move {
            let welcome = frames::welcome(1, &registry());
            there.write_all(&server_frame(FIN | BINARY, &welcome)).await.expect("written");
            // A thousand bytes, one by one, as long as anybody listens.
            there.write_all(&server_frame(FIN | BINARY, &[0; 1_000])[..4]).await.expect("written");
            while there.write_all(&[0]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let stream = Wire::new(here, &limits);
        let socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        let client = client().limits(limits).connect_transport(WebSocket::new(socket, Role::Client)).await;
        let client = client.expect("a connection");
        let reason = tokio::time::timeout(Duration::from_secs(3), client.closed()).await.expect("it ends");
        assert!(matches!(reason, CloseReason::Flood(_)), "{reason:?}");
    });
}

#[test]
fn redirects_in_a_circle_are_followed_ever_more_rarely() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            tokio::spawn(async move {
                let mut raw = welcome(there).await;
                let to = frames::string(if attempt % 2 == 0 { "/there" } else { "/back" });
                let redirect = registry().id_of::<packets_core::Redirect>().expect("a default packet");
                raw.send(frames::packet(redirect.number(), &to)).await;
                while raw.message().await.is_some() {}
            });
            Ok(())
        });
        let client = network.connect(client()).await;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        let attempts = network.times().len();
        // Every 15 s on average, as with a server that hangs up.
        assert!((180..320).contains(&attempts), "{attempts}");
        assert_eq!(network.urls()[1..3], ["ws://example.org/there", "ws://example.org/back"]);
        client.close();
        assert_eq!(client.closed().await, CloseReason::Local);
    });
}
