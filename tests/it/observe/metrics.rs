//! Figures for the `metrics` facade.

use std::collections::BTreeSet;

use futures_util::FutureExt;
use metrics::Unit;
use packets_client::SendError;
use packets_core::CloseReason;
use packets_core::net::ConnectionLimits;
use packets_server::{Overflow, Policy, RejectKind, bundle};
use packets_tests::harness::{
    Blob, Count, Echo, Raw, Slap, attach, client, connect, echo_server, frames, id, only_socket, paused_time,
    server,
};
use tokio::time::Duration;

use super::recorder::Recorded;
use super::{SLOW, builder};

/// A figure of one packet.
fn of(name: &str, end: &str, packet: &str) -> String {
    format!("{name}{{end={end},packet={packet}}}")
}

#[test]
fn what_travels_is_counted_alike_on_both_ends() {
    let recorded = Recorded::during(|_| {
        paused_time(async {
            let server = builder().build().expect("a server");
            let (client, end) = connect(&server, client()).await;
            let text = || Echo("abc".to_owned());
            client.send(text()).await.expect("answered");
            client.emit(&text()).expect("room");
            only_socket(&server).await.emit(&Slap).expect("room");
            client.send(Slap).await.expect_err("nobody accepts it");
            client.close();
            end.await.expect("no panic");
        });
    });
    for (direction, end) in [("sent", "client"), ("received", "server")] {
        let (count, bytes) =
            (format!("packets_{direction}_total"), format!("packets_{direction}_bytes_total"));
        assert_eq!(recorded.value(&of(&count, end, "Echo")), 2.0);
        // CALL: head, call id, two bytes of time and four of body. PACKET: head and body.
        assert_eq!(recorded.value(&of(&bytes, end, "Echo")), (1 + 1 + 2 + 4) as f64 + (1 + 4) as f64);
        assert_eq!(recorded.value(&of(&count, end, "Slap")), 1.0);
    }
    for (direction, end) in [("sent", "server"), ("received", "client")] {
        assert_eq!(recorded.value(&of(&format!("packets_{direction}_total"), end, "Slap")), 1.0);
        assert_eq!(recorded.value(&of(&format!("packets_{direction}_bytes_total"), end, "Slap")), 1.0);
        assert_eq!(recorded.value(&of(&format!("packets_{direction}_total"), end, "Echo")), 0.0);
    }
    assert_eq!(recorded.value(&of("packets_replied_bytes_total", "server", "Echo")), 5.0);
    assert_eq!(recorded.value("packets_dropped_total{end=client,reason=not_accepted}"), 1.0);
}

#[test]
fn both_ends_have_the_same_figures() {
    let recorded = Recorded::during(|_| {
        paused_time(async {
            let server = builder().build().expect("a server");
            let (client, end) = connect(&server, client()).await;
            client.send(Slap).await.expect_err("nobody accepts it");
            only_socket(&server).await.send(Slap).await.expect_err("nobody accepts it");
            client.close();
            end.await.expect("no panic");
        });
    });
    let of = |end: &str| -> BTreeSet<String> {
        let names = recorded.names().into_iter().filter(|name| name.contains(&format!("end={end}")));
        // Why the connection ended is seen differently.
        names
            .map(|name| name.replace(end, "").replace("reason=local", "").replace("reason=remote", ""))
            .collect()
    };
    assert_eq!(of("client"), of("server"));
    let names = recorded.names();
    assert!(
        names.iter().all(|name| name.contains("end=client") || name.contains("end=server")),
        "{names:#?}"
    );
}

#[test]
fn connections_are_counted_while_they_last() {
    let recorded = Recorded::during(|recorded| {
        paused_time(async {
            let server = echo_server();
            let (first, first_end) = connect(&server, client()).await;
            let (second, _second_end) = connect(&server, client()).await;
            second.send(Slap).await.expect("answered");
            assert_eq!(recorded.value("packets_connections{end=server}"), 2.0);
            assert_eq!(recorded.value("packets_connections{end=client}"), 2.0);
            first.close();
            assert!(matches!(first_end.await, Ok(CloseReason::Remote { .. })));
            assert_eq!(recorded.value("packets_connections{end=server}"), 1.0);
            assert_eq!(recorded.value("packets_connections{end=client}"), 1.0);
            drop(second);
            let (silent, silent_end) = attach(&server);
            assert_eq!(silent_end.await.expect("no panic"), CloseReason::HandshakeTimeout);
            drop(silent);
        });
    });
    assert_eq!(recorded.value("packets_connections_total{end=server}"), 2.0);
    assert_eq!(recorded.value("packets_closed_total{end=client,reason=local}"), 2.0);
    assert_eq!(recorded.value("packets_closed_total{end=server,reason=remote}"), 2.0);
    assert_eq!(recorded.value("packets_greetings_failed_total{end=server,reason=handshake_timeout}"), 1.0);
    assert_eq!(recorded.value("packets_connections{end=server}"), 0.0);
}

#[test]
fn acceptors_and_calls_are_timed() {
    let recorded = Recorded::during(|_| {
        paused_time(async {
            let server = builder().build().expect("a server");
            let (client, _end) = connect(&server, client()).await;
            client.send(Count { value: 7 }).await.expect("answered");
            client.send(bundle![Count { value: 8 }, Echo("fast".to_owned())]).await.expect("results");
            let late = client.send(Count { value: 9 }).timeout(Duration::from_millis(500));
            assert_eq!(late.await, Err(SendError::Timeout));
            client.send(Echo(String::new())).await.expect("answered");
        });
    });
    let samples = |name: &str, end: &str, packet: &str| recorded.samples(&of(name, end, packet));
    let slow = SLOW.as_secs_f64();
    // The one that was cancelled is not among them.
    assert_eq!(samples("packets_acceptor_seconds", "server", "Count"), [slow, slow]);
    assert_eq!(samples("packets_acceptor_seconds", "server", "Echo"), [0.0, 0.0]);
    assert_eq!(samples("packets_acceptor_seconds", "server", "Bundle"), [slow]);
    assert_eq!(samples("packets_call_seconds", "client", "Count"), [slow, 0.5]);
    assert_eq!(samples("packets_call_seconds", "client", "Bundle"), [slow]);
    assert_eq!(
        recorded.value(&of("packets_received_total", "server", "Count")),
        2.0,
        "items are the bundle's"
    );
    assert_eq!(recorded.value("packets_calls_failed_total{end=client,reason=timeout}"), 1.0);
}

#[test]
fn what_is_refused_and_what_fails_is_counted_by_its_kind() {
    let recorded = Recorded::during(|_| {
        paused_time(async {
            let server = builder().build().expect("a server");
            let (client, _end) = connect(&server, client()).await;
            client.send(Count { value: 1 }).await.expect_err("refused");
            client.send(Count { value: 2 }).await.expect_err("failed");
            client.send(Slap).await.expect_err("nobody accepts it");
            client.send(bundle![Count { value: 1 }, Slap]).await.expect("results");
            client.emit(&bundle![Slap]).expect("room");
            client.emit(&Count { value: 1 }).expect("room");
            let mut cancelled = client.send(Count { value: 3 });
            assert!((&mut cancelled).now_or_never().is_none(), "it is sent");
            drop(cancelled);
            client.send(Echo(String::new())).await.expect("answered");
            tokio::time::sleep(2 * SLOW).await;
            let socket = only_socket(&server).await;
            assert_eq!(socket.dropped().received(RejectKind::Validation), 1);
        });
    });
    let rejected = |kind: &str| recorded.value(&format!("packets_rejected_total{{end=server,kind={kind}}}"));
    assert_eq!(rejected("validation"), 2.0);
    assert_eq!(rejected("failed"), 1.0);
    assert_eq!(rejected("not_accepted"), 2.0);
    assert_eq!(rejected("malformed"), 0.0);
    let dropped = |why: &str| recorded.value(&format!("packets_dropped_total{{end=server,reason={why}}}"));
    assert_eq!(dropped("validation"), 1.0);
    assert_eq!(dropped("not_accepted"), 1.0);
    let failed =
        |why: &str| recorded.value(&format!("packets_calls_failed_total{{end=client,reason={why}}}"));
    assert_eq!(failed("rejected"), 3.0);
    assert_eq!(failed("cancelled"), 1.0);
    assert_eq!(failed("timeout"), 0.0);
}

#[test]
fn what_waits_and_what_does_not_fit_is_counted() {
    let recorded = Recorded::during(|recorded| {
        paused_time(async {
            let server = server()
                .limits(ConnectionLimits::server().queue_frames(4))
                .policy::<Count>(Policy::new().overflow(Overflow::KeepLatest))
                .policy::<Echo>(Policy::new().overflow(Overflow::DropOldest))
                .build()
                .expect("a server");
            let (_raw, socket) = crate::pressure::stalled(&server).await;
            let frames = || recorded.value("packets_queue_frames{end=server}");
            assert_eq!(frames(), 0.0);
            socket.emit(&Count { value: 1 }).expect("room");
            socket.emit(&Count { value: 2 }).expect("it replaces the other one");
            for _ in 0..4 {
                socket.emit(&Echo(String::new())).expect("the oldest goes");
            }
            assert_eq!(socket.emit(&Slap), Err(SendError::Full));
            tokio::task::yield_now().await;
            assert_eq!(frames(), 4.0);
            // A count of two bytes and three texts of two.
            assert_eq!(recorded.value("packets_queue_bytes{end=server}"), (4 * (64 + 2)) as f64);
            socket.close_as(4_000, "enough").expect("a code of ours");
            socket.closed().await;
            assert_eq!(frames(), 0.0);
        });
    });
    let dropped = |why: &str| recorded.value(&format!("packets_dropped_total{{end=server,reason={why}}}"));
    assert_eq!((dropped("full"), dropped("oldest"), dropped("replaced")), (1.0, 1.0, 1.0));
    assert_eq!(recorded.value("packets_closed_total{end=server,reason=application}"), 1.0);
}

#[test]
fn a_request_that_is_refused_is_counted_by_its_status() {
    let recorded = Recorded::during(|_| {
        paused_time(async {
            let request = http::Request::get("/").body(()).expect("a request");
            assert_eq!(echo_server().upgrade(request).await.status(), 426);
        });
    });
    assert_eq!(recorded.value("packets_refused_total{status=426}"), 1.0);
}

#[test]
fn a_flood_of_nonsense_makes_no_new_figures_and_looks_for_none() {
    Recorded::during(|recorded| {
        paused_time(async {
            let server = echo_server();
            let (transport, _end) = attach(&server);
            let mut raw = Raw(transport);
            raw.greet().await;
            only_socket(&server).await;
            let (names, lookups) = (recorded.names(), recorded.lookups());
            for number in 100..10_100 {
                raw.send(frames::packet(number, &[])).await;
                raw.send(frames::call(number, u32::from(number), &[])).await;
                raw.send(frames::packet(id::<Echo>(), &[9])).await;
                raw.send(frames::packet(id::<Blob>(), &[])).await;
                assert_eq!(raw.reject(number.into()).await.0, RejectKind::UnknownPacket);
            }
            let dropped = |why| recorded.value(&format!("packets_dropped_total{{end=server,reason={why}}}"));
            assert_eq!(dropped("unknown_packet"), 10_000.0);
            assert_eq!(dropped("malformed"), 9_999.0 + 1.0);
            assert_eq!(dropped("not_accepted"), 10_000.0);
            assert_eq!(recorded.names(), names);
            assert_eq!(recorded.lookups(), lookups, "handles are kept");
        });
    });
}

#[test]
fn all_figures_are_described() {
    let recorded = Recorded::during(|_| {
        packets_server::metrics::describe();
        paused_time(async {
            let server = echo_server();
            let (client, end) = connect(&server, client()).await;
            client.close();
            end.await.expect("no panic");
        });
    });
    let described = recorded.described();
    let mut used: Vec<_> = recorded.names();
    used.iter_mut().for_each(|name| name.truncate(name.find('{').expect("labels")));
    assert!(used.iter().all(|name| described.contains_key(name)), "{used:?}");
    for (name, unit) in described {
        let expected = match &name {
            name if name.ends_with("_seconds") => Unit::Seconds,
            name if name.contains("_bytes") => Unit::Bytes,
            _ => Unit::Count,
        };
        assert_eq!(unit, Some(expected), "{name}");
    }
}

#[test]
fn without_a_recorder_nothing_is_missed() {
    paused_time(async {
        let server = echo_server();
        let (client, _end) = connect(&server, client()).await;
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
    });
}
