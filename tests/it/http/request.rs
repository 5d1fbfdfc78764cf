//! The hook that sees each request, and what becomes of the request.

use std::time::Duration;

use http::{HeaderValue, header};
use packets_client::ConnectError;
use packets_core::net::ConnectionLimits;
use packets_server::{Refusal, Request, Server, ServerBuilder, Socket};
use packets_tests::harness::{
    Echo, Witness, client, connect, echo_server, listen, only_socket, real_time, server,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{ask, is_served, knock, tcp, upgrade};

#[derive(Debug, PartialEq)]
struct User(String);

fn good(headers: &str) -> String {
    upgrade("/", &format!("Host: here\r\n{headers}"))
}

/// A server that answers who the user is.
fn with_user(builder: ServerBuilder) -> Server {
    let who = |_: Echo, socket: Socket| async move {
        socket.user::<User>().map_or_else(|| "nobody".to_owned(), |user| user.0.clone())
    };
    builder.accept(who).build().expect("a server")
}

/// Refuses everybody in the same way.
fn refusing(refusal: impl Fn() -> Refusal + Send + Sync + 'static) -> Server {
    let hook = move |_: Request| {
        let refusal = refusal();
        async { Err(refusal) }
    };
    server().request(hook).build().expect("a server")
}

const HEAD: &str = "Host: here\r\nX-Token: One\r\nx-token: Two\r\nX-Bytes: \u{e4}\r\n\
                    Cookie: a=1; session=x=y; b=\r\nCookie: session=second; c=3; lone\r\n";

fn has_the_head(request: &Request) {
    assert_eq!(request.path(), "/rooms/%41");
    assert_eq!(request.query(), Some("token=a%20b+c&x&token=2&%C3%A4=%C3%B6&broken=%ff"));
    let parameter = |name| request.parameter(name).map(String::from);
    assert_eq!(parameter("token").as_deref(), Some("a b c"));
    assert_eq!(parameter("x").as_deref(), Some(""));
    assert_eq!(parameter("ä").as_deref(), Some("ö"));
    assert_eq!(parameter("broken").as_deref(), Some("\u{fffd}"));
    assert_eq!(parameter("Token"), None);
    assert_eq!(request.header("HOST"), Some("here"));
    assert_eq!(request.header(header::HOST), Some("here"));
    assert_eq!(request.header("X-Token"), Some("One"));
    assert_eq!(request.header("x-bytes"), Some("\u{e4}"));
    assert_eq!(request.header("x-none"), None);
    assert_eq!(request.headers().get_all("x-token").iter().collect::<Vec<_>>(), ["One", "Two"]);
    for (name, value) in [("a", Some("1")), ("session", Some("x=y")), ("b", Some("")), ("c", Some("3"))] {
        assert_eq!(request.cookie(name), value, "{name}");
    }
    for none in ["lone", "Session", "", "d"] {
        assert_eq!(request.cookie(none), None, "{none}");
    }
    for upgrade in ["connection", "upgrade", "sec-websocket-key", "sec-websocket-version"] {
        assert_eq!(request.header(upgrade), None);
        assert!(!request.headers().contains_key(upgrade));
    }
    let peer = request.peer().expect("an address");
    assert!(peer.ip().is_loopback());
    assert_eq!(request.ip(), Some(peer.ip()));
}

#[test]
fn the_hook_sees_the_request_and_the_socket_keeps_it() {
    real_time(async {
        let (witness, mut seen) = Witness::new();
        let sees = witness.clone();
        let hook = move |request: Request| {
            has_the_head(&request);
            witness.tell("hook");
            async { Ok(request) }
        };
        let connect = move |socket: Socket| {
            has_the_head(socket.request());
            sees.tell("connect");
            async {}
        };
        let server = server().request(hook).connect(connect);
        let server = server.accept(|echo: Echo, _: Socket| async { echo.0 }).build().expect("a server");
        let address = listen(&server).await;
        let request = upgrade("/rooms/%41?token=a%20b+c&x&token=2&%C3%A4=%C3%B6&broken=%ff", HEAD);
        is_served(tcp(address).await, &request).await;
        assert_eq!((seen.recv().await, seen.recv().await), (Some("hook"), Some("connect")));
    });
}

#[test]
fn a_request_without_a_query_has_no_parameters_and_one_in_memory_has_nothing() {
    real_time(async {
        let server = echo_server();
        let (_client, _end) = connect(&server, client()).await;
        let socket = only_socket(&server).await;
        let request = socket.request();
        assert_eq!((request.path(), request.query(), request.parameter("a")), ("/", None, None));
        assert_eq!((request.peer(), request.ip(), request.header("host")), (None, None, None));
        assert!(request.headers().is_empty());
    });
}

#[test]
fn what_the_hook_puts_in_is_the_socket_s() {
    real_time(async {
        let server = with_user(server().request(|request: Request| async move {
            let name = request.parameter("name").map(String::from);
            request.insert(User(name.ok_or_else(|| Refusal::new(401, "who are you?"))?));
            Ok(request)
        }));
        let address = listen(&server).await;
        let ada = client().connect(&format!("ws://{address}/?name=Ada")).await.expect("a connection");
        assert_eq!(ada.send(Echo(String::new())).await, Ok("Ada".to_owned()));
        let refused = client().connect(&format!("ws://{address}/")).await;
        assert!(matches!(&refused, Err(ConnectError::Refused { status: 401, .. })), "{refused:?}");
        assert_eq!(ada.send(Echo(String::new())).await, Ok("Ada".to_owned()));
    });
}

#[test]
fn a_refusal_has_its_status_its_text_and_its_headers() {
    real_time(async {
        let server = refusing(|| {
            Refusal::new(401, "who are you?")
                .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
                .header(header::SET_COOKIE, HeaderValue::from_static("a=1"))
                .header(header::SET_COOKIE, HeaderValue::from_static("b=2"))
                .header(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))
                .header(header::CONNECTION, HeaderValue::from_static("keep-alive"))
                .header(header::CONTENT_LENGTH, HeaderValue::from_static("1"))
        });
        let answer = ask(listen(&server).await, &good("")).await;
        assert_eq!((answer.status, answer.body.as_str()), (401, "who are you?\n"));
        for header in ["www-authenticate: bearer", "set-cookie: a=1", "set-cookie: b=2", "connection: close"]
        {
            assert!(answer.has(header), "{header} in {answer:?}");
        }
        assert!(answer.has("content-type: text/html") && !answer.head.contains("text/plain"), "{answer:?}");
        assert!(answer.has("content-length: 13") && !answer.head.contains("keep-alive"), "{answer:?}");
    });
}

#[test]
fn a_refusal_may_redirect_and_never_is_a_success() {
    real_time(async {
        let login = HeaderValue::from_static("/login");
        let server =
            refusing(move || Refusal::new(303, "log in first").header(header::LOCATION, login.clone()));
        let answer = ask(listen(&server).await, &good("")).await;
        assert!(answer.status == 303 && answer.has("location: /login"), "{answer:?}");
        for status in [0, 101, 200, 299, 600, u16::MAX] {
            assert_eq!(Refusal::new(status, "no").status(), 500);
        }
    });
}

#[test]
fn another_error_is_500_and_its_text_is_hidden_unless_errors_are_exposed() {
    real_time(async {
        for (expose, text) in [(false, "error\n"), (true, "the database is gone\n")] {
            let hook = |request: Request| async {
                Err(std::io::Error::other("the database is gone"))?;
                Ok(request)
            };
            let server = server().request(hook).expose_errors(expose).build().expect("a server");
            let answer = ask(listen(&server).await, &good("")).await;
            assert_eq!((answer.status, answer.body.as_str()), (500, text));
        }
    });
}

#[test]
fn a_hook_that_panics_is_500_to_its_client_and_nothing_to_others() {
    real_time(async {
        let hook = |request: Request| {
            assert_ne!(request.path(), "/at-once", "on purpose");
            async move {
                assert_ne!(request.path(), "/later", "on purpose");
                Ok(request)
            }
        };
        let server = server().request(hook).accept(|echo: Echo, _: Socket| async { echo.0 });
        let address = listen(&server.build().expect("a server")).await;
        for path in ["/at-once", "/later"] {
            let answer = ask(address, &upgrade(path, "Host: here\r\n")).await;
            assert_eq!((answer.status, answer.body.as_str()), (500, "error\n"));
        }
        is_served(tcp(address).await, &good("")).await;
    });
}

/// A server whose hook never ends, and tells when it begins and is dropped.
fn hanging(limits: ConnectionLimits) -> (Server, tokio::sync::mpsc::UnboundedReceiver<&'static str>) {
    let (witness, seen) = Witness::new();
    let hook = move |_: Request| {
        witness.tell("begun");
        let guard = witness.on_drop("dropped");
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Err(Refusal::new(500, "never"))
        }
    };
    (server().request(hook).limits(limits).build().expect("a server"), seen)
}

#[test]
fn a_hook_that_takes_too_long_is_dropped_and_its_client_answered() {
    real_time(async {
        let limits = ConnectionLimits::server().handshake_timeout(Duration::from_millis(100));
        let (server, mut seen) = hanging(limits);
        let answer = ask(listen(&server).await, &good("")).await;
        assert_eq!((answer.status, answer.body.as_str()), (503, "this took too long\n"));
        assert_eq!((seen.recv().await, seen.recv().await), (Some("begun"), Some("dropped")));
    });
}

#[test]
fn a_hook_is_dropped_when_its_client_goes() {
    real_time(async {
        let (server, mut seen) = hanging(ConnectionLimits::server());
        let mut stream = tcp(listen(&server).await).await;
        stream.write_all(good("").as_bytes()).await.expect("written");
        assert_eq!(seen.recv().await, Some("begun"));
        drop(stream);
        assert_eq!(seen.recv().await, Some("dropped"));
    });
}

#[test]
fn the_hook_adds_headers_to_the_answer_but_none_of_the_upgrade_s() {
    real_time(async {
        let server = server().request(|mut request: Request| async move {
            request.answer_header(header::SET_COOKIE, HeaderValue::from_static("a=1"));
            request.answer_header(header::SET_COOKIE, HeaderValue::from_static("b=2"));
            request.answer_header(header::UPGRADE, HeaderValue::from_static("h2c"));
            request.answer_header(header::CONNECTION, HeaderValue::from_static("close"));
            request.answer_header(header::SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static("wrong"));
            request.answer_header(header::CONTENT_LENGTH, HeaderValue::from_static("5"));
            Ok(request)
        });
        let server = server.accept(|echo: Echo, _: Socket| async { echo.0 }).build().expect("a server");
        let address = listen(&server).await;
        let answer = ask(address, &good("")).await;
        assert!(answer.has("set-cookie: a=1") && answer.has("set-cookie: b=2"), "{answer:?}");
        for wrong in ["h2c", "close", "wrong", "content-length"] {
            assert!(!answer.head.contains(wrong), "{answer:?}");
        }
        is_served(tcp(address).await, &good("")).await;
    });
}

#[test]
fn the_hook_sees_no_request_that_is_refused_anyway() {
    real_time(async {
        let (witness, mut seen) = Witness::new();
        let hook = move |request: Request| {
            witness.tell(());
            async { Ok(request) }
        };
        let server = server().request(hook).build().expect("a server");
        let address = listen(&server).await;
        assert_eq!(ask(address, &good("Origin: https://evil.com\r\n")).await.status, 403);
        assert_eq!(ask(address, &good("Sec-WebSocket-Protocol: chat\r\n")).await.status, 400);
        drop(server);
        assert!(seen.try_recv().is_err());
    });
}

#[test]
fn a_request_is_shown_without_its_secrets() {
    real_time(async {
        let (witness, mut seen) = Witness::new();
        let hook = move |request: Request| {
            request.insert(User("Ada".to_owned()));
            witness.tell(format!("{request:?}"));
            async { Ok(request) }
        };
        let server = server().request(hook).build().expect("a server");
        let request = upgrade("/room?token=hush", "Host: here\r\nCookie: session=hush\r\n");
        knock(&server, "203.0.113.7:1".parse().expect("an address"), &request).await;
        let shown = seen.recv().await.expect("a request");
        assert!(shown.contains("/room") && shown.contains("203.0.113.7"), "{shown}");
        assert!(!shown.contains("hush"), "{shown}");
    });
}

#[test]
fn who_goes_on_slowly_after_the_hook_has_no_more_time_than_the_handshake() {
    real_time(async {
        let short = Duration::from_millis(100);
        let limits = ConnectionLimits::server().handshake_timeout(short).close_timeout(short);
        let server = server().limits(limits).build().expect("a server");
        let mut stream = tcp(listen(&server).await).await;
        stream.write_all(good("").as_bytes()).await.expect("written");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        // Welcomed, and closed with 4408.
        assert!(answer.windows(2).any(|code| code == 4408u16.to_be_bytes()), "{answer:?}");
    });
}
