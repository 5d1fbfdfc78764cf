//! Connections that end while calls wait, and what both ends learn of it.

use std::time::Duration;

use packets_client::SendError;
use packets_core::net::{WebSocket, pair};
use packets_core::{CloseReason, RejectKind};
use packets_server::{Drain, Server, Socket};
use packets_tests::harness::{
    Count, Echo, Raw, Slap, Witness, attach, client, connect, echo_server, frames, greeted, id, listen,
    only_socket, paused_time, real_time, server,
};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// A server on which a [`Slap`] is never answered; the test hears when its acceptor starts and is dropped.
fn hanging_server() -> (Server, tokio::sync::mpsc::UnboundedReceiver<&'static str>) {
    let (witness, seen) = Witness::new();
    let accept = move |_: Slap, _: Socket| {
        witness.tell("started");
        let guard = witness.on_drop("dropped");
        async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        }
    };
    (server().accept(accept).build().expect("a server"), seen)
}

#[test]
fn the_servers_transport_breaks_off() {
    paused_time(async {
        let (server, mut seen) = hanging_server();
        let (client, end) = connect(&server, client()).await;
        let call = tokio::spawn(client.send(Slap));
        assert_eq!(seen.recv().await, Some("started"));
        end.abort();
        let Err(SendError::Disconnected(reason)) = call.await.expect("no panic") else { panic!("settles") };
        assert!(matches!(reason, CloseReason::Lost(_)), "{reason:?}");
        assert_eq!(client.closed().await, reason);
        assert_eq!(client.emit(&Slap), Err(SendError::Disconnected(reason.clone())));
        assert_eq!(client.send(Slap).await, Err(SendError::Disconnected(reason.clone())));
        assert_eq!(client.ready().await, Err(SendError::Disconnected(reason)));
    });
}

#[test]
fn the_clients_transport_breaks_off() {
    paused_time(async {
        let server = echo_server();
        let (mut raw, socket, end) = greeted(&server).await;
        let call = tokio::spawn(socket.send(Slap));
        raw.frame().await;
        drop(raw);
        let Err(SendError::Disconnected(reason)) = call.await.expect("no panic") else { panic!("settles") };
        assert!(matches!(reason, CloseReason::Lost(_)), "{reason:?}");
        assert_eq!(end.await.expect("no panic"), reason);
        assert!(server.sockets().is_empty());
    });
}

#[test]
fn a_tcp_connection_that_breaks_off_is_lost_and_no_breach_of_the_protocol() {
    real_time(async {
        let server = echo_server();
        let raw = Raw::connect(listen(&server).await).await;
        let socket = only_socket(&server).await;
        drop::<Raw<WebSocket<_>>>(raw);
        let reason = socket.closed().await;
        assert!(matches!(reason, CloseReason::Lost(_)), "{reason:?}");
    });
}

#[test]
fn a_disconnect_drops_the_acceptors_of_calls_at_once() {
    paused_time(async {
        let (server, mut seen) = hanging_server();
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        raw.send(frames::call(id::<Slap>(), 1, &[])).await;
        assert_eq!(seen.recv().await, Some("started"));
        let begin = Instant::now();
        // The server closes for this, and waits for an answer that never comes.
        raw.send(vec![0x07]).await;
        assert_eq!(seen.recv().await, Some("dropped"));
        assert_eq!(begin.elapsed(), Duration::ZERO);
    });
}

#[test]
fn a_disconnect_lets_the_acceptors_of_packets_run_to_their_end() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |_: Slap, _: Socket| {
            let witness = witness.clone();
            async move {
                witness.tell("started");
                tokio::time::sleep(Duration::from_secs(60)).await;
                witness.tell("done");
            }
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, end) = connect(&server, client()).await;
        client.emit(&Slap).expect("room");
        assert_eq!(seen.recv().await, Some("started"));
        drop(client);
        end.await.expect("no panic");
        assert_eq!(seen.recv().await, Some("done"));
    });
}

#[test]
fn a_dropped_client_closes_the_connection() {
    paused_time(async {
        let server = echo_server();
        let (client, end) = connect(&server, client()).await;
        let socket = only_socket(&server).await;
        let clone = client.clone();
        drop(client);
        assert_eq!(clone.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        let call = tokio::spawn(clone.send(Echo("off".to_owned())));
        drop(clone);
        call.await.expect("no panic").expect_err("the client is gone");
        let remote = CloseReason::Remote { code: 1000, reason: "closed by this end".into() };
        assert_eq!(socket.closed().await, remote);
        assert_eq!(end.await.expect("no panic"), remote);
    });
}

#[test]
fn what_was_emitted_before_a_close_arrives_before_it() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move { packet.value }
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, end) = connect(&server, client()).await;
        for value in 0..200 {
            client.emit(&Count { value }).expect("room");
        }
        client.close();
        assert_eq!(client.emit(&Count { value: 200 }), Err(SendError::Disconnected(CloseReason::Local)));
        assert_eq!(client.closed().await, CloseReason::Local);
        end.await.expect("no panic");
        drop(server);
        for value in 0..200 {
            assert_eq!(seen.recv().await, Some(value));
        }
        assert_eq!(seen.recv().await, None);
    });
}

/// A program that ends when `closed` resolves has said goodbye.
#[test]
fn the_other_end_knows_of_a_close_once_this_end_is_closed() {
    paused_time(async {
        let (here, there) = pair();
        let client = tokio::spawn(client().connect_transport(here));
        let mut raw = Raw(there);
        raw.send(frames::welcome(1, &packets_tests::harness::registry())).await;
        let client = client.await.expect("no panic").expect("a connection");
        client.close();
        assert_eq!(client.closed().await, CloseReason::Local);
        raw.frame().await;
        let close = std::pin::pin!(raw.close_code());
        assert_eq!(futures_util::FutureExt::now_or_never(close), Some(1000));
    });
}

#[test]
fn a_server_closes_a_socket_and_both_ends_know() {
    paused_time(async {
        let server = echo_server();
        let (client, end) = connect(&server, client()).await;
        let socket = only_socket(&server).await;
        let call = tokio::spawn(socket.send(Slap));
        socket.close();
        assert_eq!(socket.closed().await, CloseReason::Local);
        assert_eq!(end.await.expect("no panic"), CloseReason::Local);
        call.await.expect("no panic").expect_err("closed");
        let remote = CloseReason::Remote { code: 1000, reason: "closed by this end".into() };
        assert_eq!(client.closed().await, remote);
        assert!(server.sockets().is_empty());
    });
}

/// What happens to a call in progress, and to one that comes later, when the server shuts down.
async fn shut_down(finishes: bool) {
    let (done, finish) = oneshot::channel::<()>();
    let (witness, mut seen) = Witness::new();
    let finish = std::sync::Mutex::new(Some(finish));
    let accept = move |packet: Count, _: Socket| {
        let finish = finish.lock().expect("no panic").take();
        witness.tell(packet.value);
        async move {
            if let Some(finish) = finish {
                let _ = finish.await;
            }
            packet.value
        }
    };
    let drain = Duration::from_millis(if finishes { 10_000 } else { 50 });
    let server = server().accept(accept).drain(Drain::default().grace(drain)).build().expect("a server");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/", listener.local_addr().expect("its address"));
    let (stop, stopped) = oneshot::channel::<()>();
    let signal = async {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(server.serve(listener).with_graceful_shutdown(signal).into_future());
    let client = client().no_reconnect().connect(&url).await.expect("a connection");
    let running = tokio::spawn(client.send(Count { value: 1 }));
    assert_eq!(seen.recv().await, Some(1));
    let socket = only_socket(&server).await;
    stop.send(()).expect("it serves");
    while packets_tests::harness::client().connect(&url).await.is_ok() {
        tokio::task::yield_now().await;
    }
    if finishes {
        assert_eq!(socket.emit(&Slap), Ok(()), "who is still answering may still send");
        let later = client.send(Count { value: 2 }).await;
        let Err(SendError::Rejected(reject)) = later else { panic!("{later:?}") };
        assert_eq!(reject.kind, RejectKind::GoingAway);
        done.send(()).expect("the acceptor waits");
        assert_eq!(running.await.expect("no panic"), Ok(1));
    } else {
        let running = running.await.expect("no panic");
        let Err(SendError::Disconnected(CloseReason::Remote { code: 1001, .. })) = running else {
            panic!("{running:?}");
        };
    }
    let reason = client.closed().await;
    assert!(matches!(reason, CloseReason::Remote { code: 1001, .. }), "{reason:?}");
    assert_eq!(socket.closed().await, CloseReason::ShuttingDown);
    serving.await.expect("no panic").expect("it listened");
    assert!(seen.is_empty(), "the later call was not accepted");
}

#[test]
fn a_server_that_shuts_down_lets_running_calls_finish_and_rejects_later_ones() {
    real_time(shut_down(true));
}

#[test]
fn a_server_that_shuts_down_does_not_wait_longer_than_its_drain_time() {
    real_time(shut_down(false));
}

#[test]
fn a_connection_that_drains_closes_at_its_time() {
    paused_time(async {
        let (server, mut seen) = hanging_server();
        let (client, end) = connect(&server, client()).await;
        let running = tokio::spawn(client.send(Slap).timeout(Duration::from_secs(60)));
        assert_eq!(seen.recv().await, Some("started"));
        let socket = only_socket(&server).await;
        let begin = Instant::now();
        let drain = Duration::from_secs(10);
        socket.close_with(CloseReason::ShuttingDown, Some((begin + drain).into_std()));
        let running = running.await.expect("no panic");
        let Err(SendError::Disconnected(CloseReason::Remote { code: 1001, .. })) = running else {
            panic!("{running:?}");
        };
        assert_eq!(begin.elapsed(), drain);
        assert_eq!(end.await.expect("no panic"), CloseReason::ShuttingDown);
        assert_eq!(seen.recv().await, Some("dropped"));
    });
}

#[test]
fn a_server_that_shuts_down_does_not_wait_for_those_who_have_not_greeted() {
    real_time(async {
        let server = echo_server();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (stop, stopped) = oneshot::channel::<()>();
        let signal = async {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(server.serve(listener).with_graceful_shutdown(signal).into_future());
        let mut raw = Raw::open(address).await;
        raw.welcomed().await;
        let begin = Instant::now();
        stop.send(()).expect("it serves");
        serving.await.expect("no panic").expect("it listened");
        assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    });
}

#[test]
fn an_aborted_runtime_task_ends_the_connection_for_its_handles() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = echo_server();
    let client = runtime.block_on(async { connect(&server, client()).await.0 });
    drop(runtime);
    real_time(async move {
        let reason = client.closed().await;
        assert!(matches!(reason, CloseReason::Lost(_)), "{reason:?}");
        assert_eq!(client.send(Slap).await, Err(SendError::Disconnected(reason)));
        assert!(server.sockets().is_empty());
    });
}
