//! What brings clients to their sockets: requests, greetings, listeners.

use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use packets_client::{ConnectError, Request as ClientRequest, WebSocketConnector};
use packets_core::CloseReason;
use packets_core::net::{ConnectionLimits, pair};
use packets_server::{AdmissionLimits, Request, Server, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{Slap, client, paused_time, polled, real_time, server};
use tokio::io::duplex;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

/// A server whose hooks take a while, and count who came and who went.
fn hooked() -> (Server, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (came, went) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (coming, going) = (came.clone(), went.clone());
    let server = server()
        .admission(AdmissionLimits::default().connections_per_ip(1))
        .request(|request: Request| async {
            tokio::task::yield_now().await;
            Ok(request)
        })
        .connect(move |_: Socket| {
            coming.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now()
        })
        .disconnect(move |_: Socket, _: CloseReason| {
            going.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now()
        })
        .accept(|_: Slap, _: Socket| async {})
        .build()
        .expect("a server");
    (server, came, went)
}

/// Waits until nothing is left of anybody, which takes no time but turns.
async fn is_empty(server: &Server) {
    let empty = async {
        loop {
            let left = server.inspect();
            if (left.sockets.len(), left.places, left.handshakes, left.addresses) == (0, 0, 0, 0) {
                return;
            }
            sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(timeout(Duration::from_secs(4), empty).await.is_ok(), "{:?}", server.inspect());
}

/// Polls with one more poll each time, until it is done twice.
async fn until_done_twice(run: impl AsyncFn(usize) -> bool) {
    let mut done = 0;
    for times in 0..200 {
        done += usize::from(run(times).await);
        if done == 2 {
            return;
        }
    }
    panic!("it is never done");
}

#[test]
fn a_client_that_connects_by_a_request() {
    paused_time(until_done_twice(async |times| {
        let (server, came, went) = hooked();
        let test = TestServer::new(server.clone());
        let builder = client().connector(test.cable());
        let client = polled(times, times % 4, builder.connect("ws://localhost/")).await;
        let connected = client.is_some();
        if let Some(client) = client {
            let client = client.expect("a connection");
            assert_eq!(client.send(Slap).await, Ok(()));
            client.close();
        }
        is_empty(&server).await;
        assert_eq!(came.load(Ordering::Relaxed), went.load(Ordering::Relaxed));
        // And the next one has the only place of this address.
        let client = test.connect_with(packets_tests::harness::client()).await.expect("a place");
        assert_eq!(client.send(Slap).await, Ok(()));
        connected
    }));
}

#[test]
fn upgrade() {
    paused_time(until_done_twice(async |times| {
        let (server, came, went) = hooked();
        let served = server.clone();
        let upgraded = Arc::<AtomicUsize>::default();
        let count = upgraded.clone();
        let connector = move |request: ClientRequest| {
            let (here, there) = duplex(1 << 16);
            let (server, count) = (served.clone(), count.clone());
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let upgrade = server.upgrade(request);
                let count = count.clone();
                async move {
                    let answer = polled(times, 1, upgrade).await;
                    count.fetch_add(usize::from(answer.is_some()), Ordering::Relaxed);
                    answer.ok_or("dropped")
                }
            });
            tokio::spawn(
                http1::Builder::new().serve_connection(TokioIo::new(there), service).with_upgrades(),
            );
            async { WebSocketConnector::over(here, request, ConnectionLimits::client()).await }
        };
        let connected = client().connector(connector).connect("ws://localhost/").await;
        match &connected {
            Ok(client) => assert_eq!(client.send(Slap).await, Ok(())),
            Err(error) => assert!(matches!(error, ConnectError::Handshake(_)), "{error}"),
        }
        let is_connected = connected.is_ok();
        drop(connected);
        assert_eq!(upgraded.load(Ordering::Relaxed), usize::from(is_connected));
        is_empty(&server).await;
        assert_eq!(came.load(Ordering::Relaxed), went.load(Ordering::Relaxed));
        is_connected
    }));
}

#[test]
fn serve_transport() {
    paused_time(async {
        for times in 0..30 {
            let (server, came, went) = hooked();
            let (here, there) = pair();
            let client = tokio::spawn(client().connect_transport(here));
            let closed = polled(times, 3, server.serve_transport(there)).await;
            assert_eq!(closed, None, "nobody wants its end");
            match client.await.expect("no panic") {
                Ok(client) => assert!(matches!(client.closed().await, CloseReason::Lost(_))),
                Err(error) => {
                    assert!(matches!(error, ConnectError::Closed(CloseReason::Lost(_))), "{error:?}")
                }
            }
            is_empty(&server).await;
            assert_eq!(came.load(Ordering::Relaxed), went.load(Ordering::Relaxed));
            assert!(times < 10 || came.load(Ordering::Relaxed) == 1, "it got so far");
        }
    });
}

#[test]
fn serve() {
    real_time(async {
        for times in 0..20 {
            let (server, came, went) = hooked();
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("its address");
            let url = format!("ws://{address}/");
            let connecting = url.clone();
            let client = tokio::spawn(async move { client().no_reconnect().connect(&connecting).await });
            assert!(polled(times, times % 50, server.serve(listener).into_future()).await.is_none());
            match client.await.expect("no panic") {
                Ok(client) => _ = timeout(Duration::from_secs(5), client.closed()).await.expect("it ends"),
                Err(
                    ConnectError::Unreachable { .. } | ConnectError::Handshake(_) | ConnectError::Closed(_),
                ) => {}
                Err(error) => panic!("{error:?}"),
            }
            is_empty(&server).await;
            assert_eq!(came.load(Ordering::Relaxed), went.load(Ordering::Relaxed));
            // The port is free, and the server as good as new.
            let listening = server.serve(address).listen().await.expect("the same port");
            let serving = tokio::spawn(listening.into_future());
            let client = packets_tests::harness::client().connect(&url).await.expect("a connection");
            assert_eq!(client.send(Slap).await, Ok(()));
            serving.abort();
        }
    });
}
