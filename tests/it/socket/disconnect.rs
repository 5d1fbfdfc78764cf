//! The disconnect hook: once for each socket, however it ended.

use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use futures_util::SinkExt;
use packets_core::CloseReason;
use packets_core::control::VERSION;
use packets_core::net::{ConnectionLimits, Message};
use packets_server::{Server, ServerBuilder, Socket};
use packets_tests::harness::{
    Echo, Raw, Slap, Witness, attach, client, connect, frames, greeted, only_socket, paused_time, real_time,
    registry, server, socket_of,
};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

type Seen = UnboundedReceiver<(Socket, CloseReason)>;

/// A server that tells of every end.
fn telling(server: ServerBuilder) -> (Server, Seen) {
    let (witness, seen) = Witness::new();
    let server = server.disconnect(move |socket, reason| {
        witness.tell((socket, reason));
        async {}
    });
    (server.build().expect("a server"), seen)
}

/// What the hook says of a connection that a client of raw frames, and then the server, end so.
async fn told<F: Future<Output = ()>>(
    limits: ConnectionLimits,
    end: impl FnOnce(Raw, Socket) -> F,
) -> CloseReason {
    let (server, mut seen) = telling(server().limits(limits));
    let (raw, socket, served) = greeted(&server).await;
    end(raw, socket.clone()).await;
    let (of, reason) = seen.recv().await.expect("told");
    assert_eq!(of.id(), socket.id());
    assert_eq!(socket.closed().await, reason);
    assert_eq!(served.await.expect("no panic"), reason);
    drop(server);
    assert!(seen.recv().await.is_none(), "told twice");
    reason
}

#[test]
fn it_sees_the_reason() {
    paused_time(async {
        let limits = ConnectionLimits::server();
        let close = |code, reason: &str| Message::Close(Some((code, reason.to_owned())));

        let reason =
            told(limits, |mut raw, _| async move { raw.0.send(close(4004, "bye")).await.expect("sent") });
        assert_eq!(reason.await, CloseReason::Remote { code: 4004, reason: "bye".into() });

        let reason = told(limits, |raw, _| async { drop(raw) }).await;
        assert!(matches!(reason, CloseReason::Lost(_)), "{reason:?}");

        let reason = told(limits, |raw, socket| async move {
            socket.close();
            socket.closed().await;
            drop(raw);
        });
        assert_eq!(reason.await, CloseReason::Local);

        let reason = told(limits, |raw, socket| async move {
            socket.close_as(4001, "out").expect("a code of ours");
            socket.closed().await;
            drop(raw);
        });
        assert_eq!(reason.await, CloseReason::Application { code: 4001, reason: "out".into() });

        let reason = told(limits, |mut raw, _| async move { raw.send(vec![0x7f]).await });
        assert!(matches!(reason.await, CloseReason::Protocol(_)));

        let reason = told(limits, |mut raw, _| async move {
            raw.0.send(Message::Text(String::new())).await.expect("sent")
        });
        assert_eq!(reason.await, CloseReason::Text);

        let reason = told(limits, |mut raw, _| async move { raw.send(vec![0; 65 << 10]).await });
        assert_eq!(reason.await, CloseReason::TooLarge);

        let reason = told(limits, |raw, socket| async move {
            // It takes nothing in, not even pings.
            socket.closed().await;
            drop(raw);
        });
        assert_eq!(reason.await, CloseReason::HeartbeatTimeout);

        let reason = told(limits, |raw, socket| async move {
            while socket.ready().await.is_ok() {
                let _ = socket.emit(&Slap);
            }
            drop(raw);
        });
        assert_eq!(reason.await, CloseReason::SlowConsumer);
    });
}

#[test]
fn it_runs_for_a_connection_that_is_dropped() {
    paused_time(async {
        let (server, mut seen) = telling(server());
        let (client, end) = connect(&server, client()).await;
        let id = socket_of(&client, &server).await.id();
        end.abort();
        let (socket, reason) = seen.recv().await.expect("told");
        assert_eq!(socket.id(), id);
        assert!(matches!(reason, CloseReason::Lost(_)), "{reason:?}");
        drop(server);
        assert!(seen.recv().await.is_none(), "told twice");
    });
}

#[test]
fn it_runs_once_if_the_other_hook_or_an_acceptor_panicked() {
    paused_time(async {
        let panicking = server()
            .connect(|_: Socket| async { panic!("in the connect hook") })
            .accept(|_: Slap, socket: Socket| async move { assert!(socket.calls() > 0, "a panic") });
        let (server, mut seen) = telling(panicking);
        let (client, _end) = connect(&server, client()).await;
        client.send(Slap).await.expect_err("it panicked");
        client.close();
        let (_, reason) = seen.recv().await.expect("told");
        assert!(matches!(reason, CloseReason::Remote { code: 1000, .. }), "{reason:?}");
        drop(server);
        assert!(seen.recv().await.is_none(), "told twice");
    });
}

#[test]
fn it_does_not_run_for_who_never_was_a_socket() {
    paused_time(async {
        let (server, mut seen) = telling(server());
        let (transport, end) = attach(&server);
        let mut raw = Raw(transport);
        raw.welcomed().await;
        raw.send(frames::hello(VERSION + 1, &registry(), 1 << 20)).await;
        drop(raw);
        end.await.expect("no panic");
        drop(server);
        assert!(seen.recv().await.is_none());
    });
}

#[test]
fn in_it_the_rooms_are_known_and_the_socket_is_in_none() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let hook = move |socket: Socket, _: CloseReason| {
            let witness = witness.clone();
            async move {
                let rooms: Vec<_> = socket.rooms().iter().map(ToString::to_string).collect();
                let others = socket.to("lobby").emit(&Slap).expect("encoded");
                witness.tell((rooms, others.queued, socket.join("cellar").is_err()));
            }
        };
        let server = server().disconnect(hook).build().expect("a server");
        let (ada, end) = connect(&server, client()).await;
        let (bob, _end) = connect(&server, client()).await;
        let mut slaps = bob.packets::<Slap>();
        for client in [&ada, &bob] {
            socket_of(client, &server).await.join("lobby").expect("joined");
        }
        drop(ada);
        end.await.expect("no panic");
        assert_eq!(seen.recv().await, Some((vec!["lobby".to_owned()], 1, true)));
        assert_eq!(slaps.next().await, Some(Slap));
        assert_eq!(server.rooms(), [("lobby".into(), 1)]);
    });
}

#[test]
fn it_comes_after_the_connect_hook_and_the_acceptors_of_calls_were_dropped() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let [connect_hook, acceptor] = [witness.clone(), witness.clone()];
        let server = server()
            .connect(move |_: Socket| {
                let guard = connect_hook.on_drop("connect hook dropped");
                async move {
                    let _guard = guard;
                    pending::<()>().await;
                }
            })
            .accept(move |_: Slap, _: Socket| {
                acceptor.tell("accepting");
                let guard = acceptor.on_drop("acceptor dropped");
                async move {
                    let _guard = guard;
                    pending::<()>().await;
                }
            })
            .disconnect(move |_: Socket, _: CloseReason| {
                witness.tell("disconnect hook");
                async {}
            })
            .build()
            .expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let call = tokio::spawn(client.send(Slap));
        assert_eq!(seen.recv().await, Some("accepting"));
        client.close();
        call.await.expect("no panic").expect_err("no answer");
        let mut order = [seen.recv().await, seen.recv().await];
        order.sort();
        assert_eq!(order, [Some("acceptor dropped"), Some("connect hook dropped")]);
        assert_eq!(seen.recv().await, Some("disconnect hook"));
    });
}

#[test]
fn it_does_not_wait_for_the_client_to_answer_the_close() {
    paused_time(async {
        let (server, mut seen) = telling(server());
        let (transport, end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        let begin = Instant::now();
        only_socket(&server).await.close();
        assert_eq!(seen.recv().await.expect("told").1, CloseReason::Local);
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(end.await.expect("no panic"), CloseReason::Local);
        assert_eq!(begin.elapsed(), ConnectionLimits::server().close_timeout);
    });
}

#[test]
fn a_hook_that_panics_or_never_ends_harms_nothing() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let server = server()
            .accept(|packet: Echo, _: Socket| async { packet.0 })
            .disconnect(move |socket: Socket, _| {
                let guard = witness.on_drop("dropped");
                async move {
                    let _guard = guard;
                    assert!(socket.rooms().is_empty(), "a panic");
                    pending::<()>().await;
                }
            })
            .build()
            .expect("a server");
        let (good, _end) = connect(&server, client()).await;
        let (panics, end) = connect(&server, client()).await;
        socket_of(&panics, &server).await.join("lobby").expect("joined");
        drop(panics);
        end.await.expect("no panic");
        assert_eq!(seen.recv().await, Some("dropped"));

        let (hangs, end) = connect(&server, client()).await;
        let begin = Instant::now();
        drop(hangs);
        assert_eq!(seen.recv().await, Some("dropped"));
        end.await.expect("no panic");
        assert_eq!(begin.elapsed(), ConnectionLimits::server().acceptor_timeout);
        assert_eq!(good.send(Echo("on".to_owned())).await.as_deref(), Ok("on"));
    });
}

#[test]
fn a_hook_that_has_begun_goes_on_if_its_connection_is_dropped() {
    paused_time(async {
        let gate = Arc::new(Semaphore::new(0));
        let (witness, mut seen) = Witness::new();
        let wait = gate.clone();
        let hook = move |_: Socket, _: CloseReason| {
            let (witness, gate) = (witness.clone(), wait.clone());
            async move {
                witness.tell("begun");
                gate.acquire().await.expect("open").forget();
                witness.tell("done");
            }
        };
        let server = server().disconnect(hook).build().expect("a server");
        let (client, end) = connect(&server, client()).await;
        drop(client);
        assert_eq!(seen.recv().await, Some("begun"));
        end.abort();
        end.await.expect_err("aborted");
        gate.add_permits(1);
        assert_eq!(seen.recv().await, Some("done"));
        drop(server);
        assert_eq!(seen.recv().await, None, "once");
    });
}

#[test]
fn graceful_shutdown_waits_for_it() {
    real_time(async {
        let gate = Arc::new(Semaphore::new(0));
        let (witness, mut seen) = Witness::new();
        let wait = gate.clone();
        let hook = move |_: Socket, reason: CloseReason| {
            let (witness, gate) = (witness.clone(), wait.clone());
            async move {
                witness.tell(reason);
                gate.acquire().await.expect("open").forget();
            }
        };
        let server = server().disconnect(hook).build().expect("a server");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/", listener.local_addr().expect("its address"));
        let (shut_down, signal) = oneshot::channel::<()>();
        let serving = server.serve(listener).with_graceful_shutdown(async { drop(signal.await) });
        let serving = tokio::spawn(serving.into_future());
        let connect = || client().no_reconnect().connect(&url);
        let clients = [connect().await, connect().await];
        for client in &clients {
            socket_of(client.as_ref().expect("a connection"), &server).await;
        }
        shut_down.send(()).expect("it listens");
        for _ in &clients {
            assert_eq!(seen.recv().await, Some(CloseReason::ShuttingDown));
        }
        for client in clients {
            client.expect("a connection").closed().await;
        }
        tokio::task::yield_now().await;
        assert!(!serving.is_finished());
        gate.add_permits(2);
        serving.await.expect("no panic").expect("served");
    });
}
