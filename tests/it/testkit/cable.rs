//! What may go wrong on the way, and how often.

use std::time::Duration;

use packets_client::{Backoff, Client, ConnectError, Event, SendError};
use packets_core::CloseReason;
use packets_core::net::ConnectionLimits;
use packets_testkit::{Cable, TestServer};
use packets_tests::harness::{Count, Echo, Slap, client, connected, echo_server, paused_time};
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

async fn connect(cable: &Cable) -> Client {
    let builder = client().backoff(Backoff::default().seed(1)).connector(cable.clone());
    builder.connect("ws://localhost/").await.expect("a connection")
}

fn echo(text: &str) -> Echo {
    Echo(text.to_owned())
}

#[test]
fn what_is_cut_stays_cut_until_it_is_restored() {
    paused_time(async {
        let inner = echo_server();
        let server = TestServer::new(inner.clone());
        let cable = server.cable();
        let (one, other) =
            (connect(&cable).await, server.connect_with(client()).await.expect("another cable"));
        let mut events = one.events();
        server.socket_of(&one).await;
        cable.cut();
        assert!(matches!(events.next().await, Some(Event::Disconnected(CloseReason::Lost(_)))));
        let error =
            client().connector(cable.clone()).connect("ws://localhost/").await.expect_err("it is cut");
        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
        let begin = Instant::now();
        sleep(Duration::from_secs(100)).await;
        assert_eq!(one.send(Slap).await, Err(SendError::Offline));
        assert_eq!(inner.sockets().len(), 1, "the server knows");
        assert_eq!(other.send(Slap).await, Ok(()));
        cable.restore();
        connected(&mut events).await;
        assert!(begin.elapsed() < Duration::from_secs(131), "one wait at most");
        assert_eq!(one.send(Slap).await, Ok(()));
    });
}

#[test]
fn frames_vanish_and_nobody_is_told() {
    paused_time(async {
        let inner = echo_server();
        let server = TestServer::new(inner.clone());
        let cable = server.cable();
        let client = connect(&cable).await;
        let mut events = client.events();
        let socket = server.socket_of(&client).await;
        let begin = Instant::now();
        cable.silence();
        client.emit(&Slap).expect("room");
        socket.emit(&Count { value: 1 }).expect("room");
        assert_eq!(client.send(echo("?")).timeout(MS * 100).await, Err(SendError::Timeout));
        assert_eq!(inner.sockets().len(), 1);
        // Each end finds out for itself.
        assert!(matches!(events.next().await, Some(Event::Disconnected(CloseReason::HeartbeatTimeout))));
        assert!(matches!(socket.closed().await, CloseReason::HeartbeatTimeout));
        assert!(begin.elapsed() > Duration::from_secs(25), "{:?}", begin.elapsed());
        // And attempts are answered by nobody.
        while !matches!(events.next().await.expect("it goes on"), Event::Failed(error) if matches!(*error, ConnectError::Timeout))
        {
        }
        cable.restore();
        connected(&mut events).await;
        assert_eq!(client.send(Slap).await, Ok(()));
    });
}

#[test]
fn a_client_that_leaves_in_silence_is_not_missed_before_its_heartbeat() {
    paused_time(async {
        let inner = echo_server();
        let server = TestServer::new(inner.clone());
        let cable = server.cable();
        let client = connect(&cable).await;
        server.socket_of(&client).await;
        cable.silence();
        client.close();
        client.closed().await;
        drop(client);
        sleep(Duration::from_secs(10)).await;
        assert_eq!(inner.sockets().len(), 1);
        // What is cut is gone for both.
        cable.cut();
        sleep(MS).await;
        assert_eq!(inner.sockets().len(), 0);
    });
}

#[test]
fn messages_take_their_time_and_none_overtakes_another() {
    paused_time(async {
        let server = TestServer::new(echo_server());
        let fixed = connect(&server.cable().delay(40 * MS..=40 * MS)).await;
        for _ in 0..3 {
            let begin = Instant::now();
            assert_eq!(fixed.send(Slap).await, Ok(()));
            assert!((80 * MS..=84 * MS).contains(&begin.elapsed()), "{:?}", begin.elapsed());
        }
        let times = async |seed| {
            let cable = server.cable().seed(seed).delay(MS..=50 * MS);
            let client = connect(&cable).await;
            let mut counts = client.packets::<Count>();
            let socket = server.socket_of(&client).await;
            let begin = Instant::now();
            let mut times = Vec::new();
            // More than are on their way at once.
            for value in 0..200 {
                while socket.emit(&Count { value }).is_err() {
                    socket.ready().await.expect("it is there");
                }
            }
            for value in 0..200 {
                assert_eq!(counts.next().await, Some(Count { value }));
                times.push(begin.elapsed());
            }
            times
        };
        let first = times(7).await;
        assert!(first.first() >= Some(&MS) && first.last() <= Some(&(250 * MS)), "{first:?}");
        assert_eq!(first, times(7).await);
        assert_ne!(first, times(8).await);
    });
}

#[test]
fn a_connection_breaks_at_its_frame() {
    paused_time(async {
        for frame in 1..10 {
            let server = TestServer::new(echo_server());
            let cable = server.cable().break_at(frame);
            let builder = client().backoff(Backoff::default().seed(1)).connector(cable.clone());
            let connected = builder.connect("ws://localhost/").await;
            // It is the server that greets.
            if frame == 1 {
                let error = connected.expect_err("no greeting");
                assert!(matches!(error, ConnectError::Closed(CloseReason::Lost(_))), "{error:?}");
                continue;
            }
            let client = connected.expect("a connection");
            let mut events = client.events();
            let mut answered = 0;
            while cable.frames() < frame {
                answered += u64::from(client.send(Slap).await.is_ok());
            }
            // Two frames each, after a greeting of two.
            assert_eq!(
                (cable.frames(), answered),
                (frame, (frame - 1) / 2 - u64::from(frame > 2)),
                "{frame}"
            );
            self::connected(&mut events).await;
            assert_eq!(client.send(Slap).await, Ok(()), "it breaks but once");
        }
    });
}

#[test]
fn connections_break_by_chance_and_the_same_ones_each_time() {
    paused_time(async {
        let run = async |seed| {
            let server = TestServer::new(echo_server());
            let cable = server.cable().seed(seed).break_by_chance(0.02);
            let client = connect(&cable).await;
            let mut broken = Vec::new();
            for call in 0..500 {
                if client.ready().await.is_ok() && client.send(Slap).await.is_err() {
                    broken.push(call);
                }
            }
            broken
        };
        let first = run(5).await;
        assert!((5..40).contains(&first.len()), "{first:?}");
        assert_eq!(first, run(5).await);
        assert_ne!(first, run(6).await);
    });
}

#[test]
fn a_slow_cable_holds_up_who_sends_beyond_what_is_on_its_way() {
    paused_time(async {
        let server = TestServer::new(echo_server());
        let limits = ConnectionLimits::client().call_timeout(Duration::from_secs(60));
        let cable = server.cable().delay(1000 * MS..=1000 * MS);
        let client =
            client().limits(limits).connector(cable).connect("ws://localhost/").await.expect("a connection");
        let begin = Instant::now();
        let calls: Vec<_> = (0..200).map(|_| tokio::spawn(client.send(Slap))).collect();
        for call in calls {
            assert_eq!(call.await.expect("no panic"), Ok(()));
        }
        // Sixty-four at a time in each direction.
        assert!((4 * 1000 * MS..=9 * 1000 * MS).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    });
}
