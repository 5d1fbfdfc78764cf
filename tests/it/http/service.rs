//! A server within another program's hyper.

use std::net::SocketAddr;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use packets_server::{Request, Server};
use packets_tests::harness::{Witness, echo_server, real_time, server};
use tokio::io::{AsyncReadExt, DuplexStream, duplex};
use tower_service::Service;

use super::{answer, is_served, knock, upgrade};

/// A connection that hyper serves.
fn served(server: Server) -> DuplexStream {
    let (here, there) = duplex(64 << 10);
    tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(there), server).with_upgrades());
    here
}

#[test]
fn a_server_is_a_service_of_hyper() {
    real_time(async {
        is_served(served(echo_server()), &upgrade("/", "Host: here\r\n")).await;
    });
}

#[test]
fn a_server_is_a_service_of_tower() {
    real_time(async {
        let mut server = echo_server();
        std::future::poll_fn(|cx| Service::<http::Request<()>>::poll_ready(&mut server, cx))
            .await
            .expect("ready");
        let answer = Service::call(&mut server, http::Request::new(())).await.expect("an answer");
        assert_eq!(answer.status(), 426);
    });
}

#[test]
fn it_refuses_as_the_server_by_itself_does_and_nothing_behind_it_is_answered() {
    real_time(async {
        let request = upgrade("/", "Host: here\r\nOrigin: https://evil.com\r\n");
        let mut stream = served(echo_server());
        let refusal = answer(&mut stream, &format!("{request}{request}")).await;
        assert_eq!((refusal.status, refusal.body.as_str()), (403, "pages of this origin may not connect\n"));
        assert_eq!(stream.read(&mut [0]).await.expect("no failure"), 0);
        let many = upgrade("/", &format!("Host: here\r\n{}", "A: b\r\n".repeat(65)));
        assert_eq!(answer(&mut served(echo_server()), &many).await.status, 431);
        let large = upgrade("/", &format!("Host: here\r\nA: {}\r\n", "b".repeat(17 << 10)));
        assert_eq!(answer(&mut served(echo_server()), &large).await.status, 431);
        let long = upgrade(&format!("/{}", "a".repeat(17 << 10)), "Host: here\r\n");
        assert_eq!(answer(&mut served(echo_server()), &long).await.status, 431);
    });
}

#[test]
fn the_address_is_the_one_among_the_extensions_or_unknown() {
    real_time(async {
        let (witness, mut seen) = Witness::new();
        let hook = move |request: Request| {
            witness.tell((request.peer(), request.ip()));
            async { Ok(request) }
        };
        let server = server().request(hook).trusted_proxies(["127.0.0.1"]).build().expect("a server");
        let peer: SocketAddr = "203.0.113.7:1".parse().expect("an address");
        assert_eq!(knock(&server, peer, &upgrade("/", "Host: here\r\n")).await.status, 101);
        assert_eq!(seen.recv().await, Some((Some(peer), Some(peer.ip()))));
        // Who has no address is nobody's proxy.
        let request = upgrade("/", "Host: here\r\nX-Forwarded-For: 1.1.1.1\r\n");
        assert_eq!(answer(&mut served(server), &request).await.status, 101);
        assert_eq!(seen.recv().await, Some((None, None)));
    });
}

#[test]
fn a_program_that_does_not_upgrade_connections_is_told_so_in_its_log_and_clients_get_500() {
    real_time(async {
        let request = http::Request::get("/")
            .header("host", "here")
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let answer = echo_server().upgrade(request.body(()).expect("a request")).await;
        assert_eq!(answer.status(), 500);
    });
}

#[test]
fn another_version_of_http_is_told_which_one_there_is() {
    real_time(async {
        for version in [http::Version::HTTP_2, http::Version::HTTP_3] {
            let request = http::Request::builder().version(version).body(()).expect("a request");
            assert_eq!(echo_server().upgrade(request).await.status(), 505);
        }
    });
}

#[test]
fn a_server_that_shuts_down_takes_nobody_in_wherever_it_is_mounted() {
    real_time(async {
        let server = echo_server();
        let serving = server.serve("127.0.0.1:0").with_graceful_shutdown(std::future::ready(()));
        serving.await.expect("a free port");
        let refusal = answer(&mut served(server), &upgrade("/", "Host: here\r\n")).await;
        assert_eq!((refusal.status, refusal.body.as_str()), (503, "the server shuts down\n"));
    });
}
