//! Calls that take too long, and calls nobody waits for.

use std::time::Duration;

use futures_util::FutureExt;
use packets_client::SendError;
use packets_core::RejectKind;
use packets_core::net::ConnectionLimits;
use packets_server::{Server, ServerBuilder, Socket};
use packets_tests::harness::{
    Count, Echo, Raw, Slap, Witness, attach, client, connect, frames, greeted, id, paused_time, server,
};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep};

/// Accepts [`Slap`] for ever.
fn hanging(builder: ServerBuilder) -> (Server, UnboundedReceiver<&'static str>) {
    let (witness, seen) = Witness::new();
    let accept = move |_: Slap, _: Socket| {
        witness.tell("started");
        let guard = witness.on_drop("dropped");
        async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        }
    };
    let builder = builder.accept(accept).accept(|echo: Echo, _: Socket| async { echo.0 });
    (builder.build().expect("a server"), seen)
}

#[test]
fn a_call_without_a_result_times_out_and_is_cancelled() {
    paused_time(async {
        let (server, mut seen) = hanging(server());
        let (client, _end) = connect(&server, client()).await;
        let begin = Instant::now();
        assert_eq!(client.send(Slap).await, Err(SendError::Timeout));
        assert_eq!(begin.elapsed(), ConnectionLimits::client().call_timeout);
        assert_eq!(client.calls(), 0);
        assert_eq!((seen.recv().await, seen.recv().await), (Some("started"), Some("dropped")));
        assert_eq!(begin.elapsed(), ConnectionLimits::client().call_timeout);
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
    });
}

#[test]
fn a_call_may_have_a_timeout_of_its_own() {
    paused_time(async {
        let (server, _seen) = hanging(server());
        let (client, _end) = connect(&server, client()).await;
        for timeout in [Duration::ZERO, Duration::from_millis(20), Duration::from_secs(25)] {
            let begin = Instant::now();
            assert_eq!(client.send(Slap).timeout(timeout).await, Err(SendError::Timeout));
            assert_eq!(begin.elapsed(), timeout);
        }
    });
}

#[test]
fn a_timeout_without_end_is_as_good_as_any() {
    paused_time(async {
        let limits = ConnectionLimits::server().acceptor_timeout(Duration::MAX).call_timeout(Duration::MAX);
        let (server, _seen) = hanging(server().limits(limits));
        let (client, _end) = connect(&server, client()).await;
        let call = client.send(Echo("on".to_owned())).timeout(Duration::MAX);
        assert_eq!(call.await, Ok("on".to_owned()));
        let call = client.send(Slap).timeout(Duration::from_secs(1));
        assert_eq!(call.await, Err(SendError::Timeout));
    });
}

#[test]
fn limits_without_end_are_as_good_as_any() {
    paused_time(async {
        let never = |limits: ConnectionLimits| {
            limits
                .max_message(u32::MAX)
                .handshake_timeout(Duration::MAX)
                .heartbeat_interval(Duration::MAX)
                .heartbeat_timeout(Duration::MAX)
                .write_timeout(Duration::MAX)
                .close_timeout(Duration::MAX)
                .call_timeout(Duration::MAX)
                .acceptor_timeout(Duration::MAX)
        };
        let (server, _seen) = hanging(server().limits(never(ConnectionLimits::server())));
        let client = client().limits(never(ConnectionLimits::client()));
        let (client, end) = connect(&server, client).await;
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        client.close();
        client.closed().await;
        end.await.expect("no panic");
    });
}

#[test]
fn an_acceptor_that_takes_too_long_is_dropped_and_its_call_rejected() {
    paused_time(async {
        let limits = ConnectionLimits::server().acceptor_timeout(Duration::from_secs(3));
        let (server, mut seen) = hanging(server().limits(limits));
        let (client, _end) = connect(&server, client()).await;
        let begin = Instant::now();
        let Err(SendError::Rejected(reject)) = client.send(Slap).await else { panic!("a reject") };
        assert_eq!(reject.kind, RejectKind::DeadlinePassed);
        assert_eq!(begin.elapsed(), Duration::from_secs(3));
        assert_eq!((seen.recv().await, seen.recv().await), (Some("started"), Some("dropped")));
    });
}

#[test]
fn an_acceptor_has_no_more_time_than_its_caller() {
    paused_time(async {
        let (server, mut seen) = hanging(server());
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        let begin = Instant::now();
        let mut call = frames::call(id::<Slap>(), 1, &[]);
        // 100 ms instead of no limit.
        *call.last_mut().expect("bytes") = 100;
        raw.send(call).await;
        assert_eq!(raw.reject(1).await.0, RejectKind::DeadlinePassed);
        assert_eq!(begin.elapsed(), Duration::from_millis(100));
        assert_eq!((seen.recv().await, seen.recv().await), (Some("started"), Some("dropped")));
    });
}

#[test]
fn a_dropped_call_is_cancelled_on_the_other_end() {
    paused_time(async {
        let (server, mut seen) = hanging(server());
        let (client, _end) = connect(&server, client()).await;
        let begin = Instant::now();
        let call = tokio::spawn(client.send(Slap));
        assert_eq!(seen.recv().await, Some("started"));
        assert_eq!(client.calls(), 1);
        call.abort();
        assert_eq!(seen.recv().await, Some("dropped"));
        assert_eq!(client.calls(), 0);
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
    });
}

#[test]
fn a_call_that_is_never_awaited_sends_nothing() {
    paused_time(async {
        let (server, mut seen) = hanging(server());
        let (client, _end) = connect(&server, client()).await;
        drop(client.send(Slap));
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
        assert!(seen.try_recv().is_err());
    });
}

#[test]
fn a_late_answer_does_nothing() {
    paused_time(async {
        let server = server().build().expect("a server");
        let (mut raw, socket, _end) = greeted(&server).await;
        let call = tokio::spawn(socket.send(Count { value: 1 }).timeout(Duration::from_secs(1)));
        raw.frame().await;
        assert_eq!(call.await.expect("no panic"), Err(SendError::Timeout));
        raw.frame().await;
        raw.send(frames::reply(1, &[0, 0, 0, 1])).await;
        let call = tokio::spawn(socket.send(Count { value: 2 }));
        raw.frame().await;
        raw.send(frames::reply(1, &[0, 0, 0, 1])).await;
        raw.send(frames::reply(2, &[0, 0, 0, 2])).await;
        assert_eq!(call.await.expect("no panic"), Ok(2));
    });
}

#[test]
fn calls_settle_at_their_own_deadlines_whatever_their_order() {
    paused_time(async {
        let (server, _seen) = hanging(server());
        let (client, _end) = connect(&server, client()).await;
        let begin = Instant::now();
        let calls = [5, 1, 3, 2, 4].map(|seconds| {
            let timeout = Duration::from_secs(seconds);
            let call = client.send(Slap).timeout(timeout);
            async move {
                assert_eq!(call.await, Err(SendError::Timeout));
                assert_eq!(begin.elapsed(), timeout);
            }
        });
        futures_util::future::join_all(calls).await;
    });
}

#[test]
fn an_answer_that_comes_in_time_counts_although_its_caller_looks_late() {
    paused_time(async {
        let (server, _seen) = hanging(server());
        let (client, _end) = connect(&server, client()).await;
        let mut call = Box::pin(client.send(Echo("on".to_owned())));
        assert!((&mut call).now_or_never().is_none());
        sleep(Duration::from_secs(60)).await;
        assert_eq!(call.await, Ok("on".to_owned()));
    });
}
