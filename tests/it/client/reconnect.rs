//! Connections that break, and what comes after them.

use std::time::Duration;

use packets_client::{Backoff, ConnectError, Event, SendError};
use packets_core::CloseReason;
use packets_core::net::ConnectionLimits;
use packets_server::{Server, Socket};
use packets_tests::harness::{
    Count, Echo, Slap, Witness, connected, frames, only_socket, paused_time, real_time,
};
use tokio::time::Instant;

use super::{Ask, Network, Scissors, client, gave_up, registry, unreachable, welcome};

fn server() -> Server {
    Server::builder()
        .registry(registry())
        .accept(|packet: Echo, _: Socket| async move { packet.0 })
        .accept(|packet: Ask, _: Socket| async move { packet.0 })
        .build()
        .expect("a server")
}

#[test]
fn a_client_comes_back_after_a_cut_and_says_so() {
    paused_time(async {
        let server = server();
        let (network, scissors) = Network::to(&server);
        let client = network.connect(client()).await;
        let mut events = client.events();
        let first = client.id();
        scissors.cut();
        let Some(Event::Disconnected(CloseReason::Lost(_))) = events.next().await else { panic!("the cut") };
        let Some(Event::ReconnectingIn(delay)) = events.next().await else { panic!("a wait") };
        assert!(delay <= Duration::from_millis(500), "{delay:?}");
        let begin = Instant::now();
        let Some(Event::Connecting { attempt: 1 }) = events.next().await else { panic!("an attempt") };
        // The timer's grain is a millisecond.
        assert!(begin.elapsed().abs_diff(delay) <= Duration::from_millis(1), "{:?}", begin.elapsed());
        let Some(Event::Connected { session, .. }) = events.next().await else { panic!("a connection") };
        assert_ne!(session, first);
        assert_eq!(client.id(), session);
        assert_eq!(client.send(Echo("back".to_owned())).await, Ok("back".to_owned()));
        client.close();
        assert_eq!(client.closed().await, CloseReason::Local);
        let Some(Event::Disconnected(CloseReason::Local)) = events.next().await else { panic!("the end") };
        assert!(events.next().await.is_none());
        assert!(client.events().next().await.is_none(), "events after the end");
    });
}

#[test]
fn a_client_is_connected_from_each_connection_to_its_end() {
    paused_time(async {
        let (network, scissors) = Network::to(&server());
        let client = network.connect(client()).await;
        let mut events = client.events();
        assert!(client.is_connected());
        scissors.cut();
        for _ in 0..3 {
            let Some(Event::Disconnected(_)) = events.next().await else { panic!("the end") };
            assert!(!client.is_connected());
            connected(&mut events).await;
            assert!(client.is_connected());
            client.reconnect();
            assert!(client.is_connected(), "until the supervisor sees to it");
        }
        connected(&mut events).await;
        client.close();
        assert!(!client.is_connected());
        client.closed().await;
        assert!(!client.is_connected());
    });
}

#[test]
fn streams_and_acceptors_go_on_over_connections() {
    paused_time(async {
        let server = server();
        let (network, scissors) = Network::to(&server);
        let (witness, mut seen) = Witness::new();
        let builder = client().accept(move |packet: Count, _| {
            witness.tell(packet.value);
            async move { packet.value }
        });
        let client = network.connect(builder).await;
        let (mut events, mut counts) = (client.events(), client.packets::<Count>());
        for value in 0..5 {
            only_socket(&server).await.send(Count { value }).await.expect("an answer");
            assert_eq!(counts.next().await, Some(Count { value }));
            assert_eq!(seen.recv().await, Some(value));
            scissors.cut();
            connected(&mut events).await;
        }
        client.close();
        assert_eq!(counts.next().await, None);
    });
}

#[test]
fn a_call_in_flight_fails_with_the_connection_and_an_idempotent_one_goes_on() {
    paused_time(async {
        // The first connection answers nothing.
        let server = server();
        let scissors = Scissors::default();
        let (served, (witness, mut seen)) = (server.clone(), Witness::new());
        let cuts = scissors.clone();
        let network = Network::new(move |attempt, there| {
            if attempt > 0 {
                cuts.serve(&served, there);
                return Ok(());
            }
            let witness = witness.clone();
            tokio::spawn(async move {
                let mut raw = welcome(there).await;
                for _ in 0..2 {
                    witness.tell(raw.frame().await);
                }
            });
            Ok(())
        });
        let client = network.connect(client()).await;
        let once = tokio::spawn(client.send(Echo("once".to_owned())));
        let again = tokio::spawn(client.send(Ask(7)));
        let (first, second) = (seen.recv().await, seen.recv().await);
        assert!(first.is_some() && second.is_some(), "both were on their way");
        assert!(matches!(once.await.expect("no panic"), Err(SendError::Disconnected(CloseReason::Lost(_)))));
        assert_eq!(again.await.expect("no panic"), Ok(7));
        assert_eq!(client.calls(), 0);
        // By its name, too.
        assert_eq!(client.send(("Ask", 8)).await.map(|value| value.to_string()), Ok("8".to_owned()));
    });
}

#[test]
fn an_idempotent_call_settles_at_its_deadline_if_no_connection_comes() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            if attempt > 0 {
                return Err(unreachable());
            }
            tokio::spawn(async move { welcome(there).await.frame().await });
            Ok(())
        });
        let client = network.connect(client()).await;
        let begin = Instant::now();
        let ask = client.send(Ask(1)).timeout(Duration::from_secs(3)).await;
        assert_eq!((ask, begin.elapsed()), (Err(SendError::Timeout), Duration::from_secs(3)));
    });
}

#[test]
fn a_client_gives_up_after_so_many_attempts() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            if attempt > 0 {
                return Err(unreachable());
            }
            tokio::spawn(welcome(there));
            Ok(())
        });
        let client = network.connect(client().backoff(Backoff::default().attempts(3))).await;
        let reason = gave_up(&mut client.events()).await;
        assert_eq!(network.times().len(), 4);
        let CloseReason::GaveUp(text) = &reason else { panic!("{reason:?}") };
        assert!(text.contains("no attempts left") && text.contains("example.org:80"), "{text}");
        assert_eq!(client.closed().await, reason);
        assert_eq!(client.send(Slap).await, Err(SendError::Disconnected(reason.clone())));
        assert_eq!(client.emit(&Slap), Err(SendError::Disconnected(reason.clone())));
        assert_eq!(client.ready().await, Err(SendError::Disconnected(reason)));
    });
}

#[test]
fn the_first_connection_is_tried_once() {
    paused_time(async {
        let network = Network::new(|_, _| Err(unreachable()));
        let error = network.try_connect(client()).await.expect_err("nobody is there");
        assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
        assert_eq!(network.times().len(), 1);
    });
}

#[test]
fn a_client_that_shall_not_reconnect_ends_with_its_connection() {
    paused_time(async {
        let server = server();
        let (network, scissors) = Network::to(&server);
        let client = network.connect(client().no_reconnect()).await;
        scissors.cut();
        assert!(matches!(client.closed().await, CloseReason::Lost(_)));
        assert_eq!(network.times().len(), 1);
    });
}

#[test]
fn dropping_the_last_handle_ends_the_client_wherever_it_is() {
    paused_time(async {
        let server = server();
        let (network, scissors) = Network::to(&server);
        let one = network.connect(client()).await;
        let (other, closed) = (one.clone(), one.closed());
        drop(one);
        assert_eq!(other.send(Echo("still here".to_owned())).await, Ok("still here".to_owned()));
        drop(other);
        assert_eq!(closed.await, CloseReason::Local);

        // While it waits for the next attempt.
        let client = network.connect(client()).await;
        let (mut events, closed) = (client.events(), client.closed());
        scissors.cut();
        while !matches!(events.next().await, Some(Event::ReconnectingIn(_))) {}
        drop(client);
        assert_eq!(closed.await, CloseReason::Local);
        assert!(events.next().await.is_none());
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(network.times().len(), 2);
    });
}

#[test]
fn closing_while_an_attempt_hangs_ends_the_client_at_once() {
    paused_time(async {
        let network = Network::new(|attempt, there| {
            tokio::spawn(async move {
                if attempt == 0 {
                    drop(welcome(there).await);
                } else {
                    std::future::pending::<()>().await;
                    drop(there);
                }
            });
            Ok(())
        });
        let client = network.connect(client()).await;
        let mut events = client.events();
        while !matches!(events.next().await, Some(Event::Connecting { .. })) {}
        let begin = Instant::now();
        client.close();
        assert_eq!((client.closed().await, begin.elapsed()), (CloseReason::Local, Duration::ZERO));
    });
}

#[test]
fn events_that_nobody_reads_are_bounded_and_the_oldest_are_lost() {
    paused_time(async {
        let server = server();
        let (network, scissors) = Network::to(&server);
        let client = network.connect(client()).await;
        let (mut idle, mut events) = (client.events(), client.events());
        for _ in 0..30 {
            scissors.cut();
            connected(&mut events).await;
        }
        assert_eq!(events.lost(), 0);
        client.close();
        client.closed().await;
        let mut kept = 0;
        while idle.next().await.is_some() {
            kept += 1;
        }
        // Four a connection and one at the end.
        assert_eq!((kept, idle.lost()), (64, 30 * 4 + 1 - 64));
    });
}

#[test]
fn a_dead_connection_is_noticed_and_replaced_without_waiting_for_its_farewell() {
    paused_time(async {
        let server = server();
        let network = Network::new(move |attempt, there| {
            let server = server.clone();
            tokio::spawn(async move {
                if attempt > 0 {
                    server.serve_transport(there).await;
                } else {
                    // Never heard of again, but not gone either.
                    let raw = welcome(there).await;
                    std::future::pending::<()>().await;
                    drop(raw);
                }
            });
            Ok(())
        });
        let limits = ConnectionLimits::client();
        let client = network.connect(client().limits(limits)).await;
        let mut events = client.events();
        let begin = Instant::now();
        let Some(Event::Disconnected(CloseReason::HeartbeatTimeout)) = events.next().await else {
            panic!("it is silent")
        };
        let noticed = begin.elapsed();
        connected(&mut events).await;
        assert!(begin.elapsed() - noticed <= Duration::from_millis(501), "{:?}", begin.elapsed() - noticed);
        assert_eq!(client.send(Ask(3)).await, Ok(3));
    });
}

#[test]
fn a_server_that_restarts_on_its_port_has_its_clients_back() {
    real_time(async {
        let start = |listener| {
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let signal = async {
                let _ = stopped.await;
            };
            (stop, tokio::spawn(server().serve(listener).with_graceful_shutdown(signal).into_future()))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (stop, serving) = start(listener);
        let backoff = Backoff::default().first(Duration::from_millis(20)).most(Duration::from_millis(50));
        let client =
            client().backoff(backoff).connect(&format!("ws://{address}/")).await.expect("a connection");
        let mut events = client.events();
        assert_eq!(client.send(Ask(4)).await, Ok(4));
        stop.send(()).expect("it serves");
        serving.await.expect("no panic").expect("it listened");
        let Some(Event::Disconnected(CloseReason::Remote { code: 1001, .. })) = events.next().await else {
            panic!("the server went away")
        };
        while !matches!(events.next().await, Some(Event::Failed(_))) {}
        let listener = tokio::net::TcpListener::bind(address).await.expect("the same port");
        let (_stop, _serving) = start(listener);
        connected(&mut events).await;
        assert_eq!(client.send(Ask(5)).await, Ok(5));
    });
}

#[test]
fn frames_of_the_old_connection_are_none_of_the_new_one() {
    paused_time(async {
        // A reply that answers a call of the first connection comes by the second one.
        let network = Network::new(|attempt, there| {
            tokio::spawn(async move {
                let mut raw = welcome(there).await;
                raw.frame().await;
                if attempt > 0 {
                    raw.send(frames::reply(9, &[0, 0, 0, 1])).await;
                    raw.send(frames::reply(1, &[0, 0, 0, 2])).await;
                    while raw.message().await.is_some() {}
                }
            });
            Ok(())
        });
        let client = network.connect(client()).await;
        let mut events = client.events();
        assert!(matches!(client.send(Count { value: 1 }).await, Err(SendError::Disconnected(_))));
        connected(&mut events).await;
        assert_eq!(client.send(Count { value: 2 }).await, Ok(2));
    });
}
