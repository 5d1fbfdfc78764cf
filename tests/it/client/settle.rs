//! A hundred thousand calls and more: every one settles by its deadline, whatever becomes of the connections, and nothing is
//! left of them at either end.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use packets_client::{Backoff, Client, CloseReason, ConnectError, Offline, SendError};
use packets_core::net::ConnectionLimits;
use packets_server::{Resume, Server, Socket};
use packets_testkit::{Cable, TestServer};
use packets_tests::harness::{Count, paused_time};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep, timeout};

use super::{Ask, client, registry};

// Each of the six tests runs ten times, with 2,500 calls.
const RUNS: u64 = 10;
const CLIENTS: u64 = 5;
const CALLERS: u64 = 10;
const CALLS: usize = 50;

const MS: Duration = Duration::from_millis(1);

type Outcomes = BTreeMap<&'static str, usize>;

/// Answers up to half a second later.
async fn slowly(number: u32) -> u32 {
    sleep(u32::from(number as u16) * 7_919 % 500 * MS).await;
    number
}

/// Silence is noticed soon.
const fn limits(limits: ConnectionLimits) -> ConnectionLimits {
    limits
        .handshake_timeout(Duration::from_millis(300))
        .heartbeat_interval(Duration::from_millis(200))
        .heartbeat_timeout(Duration::from_millis(500))
        .control_frames(100)
}

fn server(resumes: bool) -> Server {
    let mut server = Server::builder().registry(registry());
    if resumes {
        server = server.resume(Resume::default().keep(Duration::from_secs(5)));
    }
    server
        .limits(limits(ConnectionLimits::server()))
        .accept(|packet: Count, _: Socket| slowly(packet.value))
        .accept(|packet: Ask, _: Socket| slowly(packet.0))
        .build()
        .expect("a server")
}

/// Connects; the first attempts may break, as all others.
async fn connect(cable: &Cable, seed: u64, offline: Offline) -> Client {
    let backoff = Backoff::default().first(10 * MS).most(50 * MS).seed(seed);
    loop {
        let builder = client()
            .limits(limits(ConnectionLimits::client()))
            .backoff(backoff)
            .offline(offline)
            .accept(|packet: Count, _: Client| slowly(packet.value))
            .accept(|packet: Ask, _: Client| slowly(packet.0));
        match builder.connector(cable.clone()).connect("ws://localhost/").await {
            Ok(client) => return client,
            Err(error) => assert!(matches!(error, ConnectError::Closed(CloseReason::Lost(_))), "{error}"),
        }
    }
}

/// Makes the call of a future of an answer, unless it is dropped before; how it comes out.
async fn outcome(
    random: &mut SmallRng,
    number: u32,
    time: Duration,
    call: impl Future<Output = Result<u32, SendError>>,
) -> &'static str {
    let begin = Instant::now();
    let result = if random.random_ratio(1, 5) {
        timeout(random.random_range(0..200) * MS, call).await.ok()
    } else {
        Some(call.await)
    };
    let took = begin.elapsed();
    assert!(took <= time + 2 * MS, "{took:?} instead of {time:?}");
    match result {
        None => "dropped",
        Some(Ok(answer)) => {
            assert_eq!(answer, number);
            "answered"
        }
        Some(Err(SendError::Timeout)) => "timed out",
        Some(Err(SendError::Offline)) => "offline",
        Some(Err(SendError::Full)) => "full",
        Some(Err(SendError::Disconnected(_))) => "disconnected",
        Some(Err(error)) => panic!("{error}"),
    }
}

/// One call of a client after the other, of random kinds.
async fn ask_server(client: Client, seed: u64) -> Outcomes {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut outcomes = Outcomes::new();
    for _ in 0..CALLS {
        let (number, time) = (random.random_range(0..1_000), random.random_range(0..1_000) * MS);
        let outcome = if random.random() {
            let outcome = outcome(&mut random, number, time, client.send(Ask(number)).timeout(time)).await;
            assert_ne!(outcome, "disconnected", "it is idempotent, and goes on");
            outcome
        } else {
            let call = client.send(Count { value: number }).timeout(time);
            outcome(&mut random, number, time, call).await
        };
        *outcomes.entry(outcome).or_default() += 1;
        sleep(random.random_range(0..100) * MS).await;
    }
    outcomes
}

/// The same of a server, to any of its clients.
async fn ask_clients(server: Server, seed: u64) -> Outcomes {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut outcomes = Outcomes::new();
    for _ in 0..CALLS {
        let mut sockets = server.sockets();
        while sockets.is_empty() {
            sleep(MS).await;
            sockets = server.sockets();
        }
        sockets.sort_by_key(|socket| socket.request().peer());
        let socket = &sockets[random.random_range(0..sockets.len())];
        let (number, time) = (random.random_range(0..1_000), random.random_range(0..1_000) * MS);
        let call = socket.send(Count { value: number }).timeout(time);
        *outcomes.entry(outcome(&mut random, number, time, call).await).or_default() += 1;
        sleep(random.random_range(0..100) * MS).await;
    }
    outcomes
}

/// Cuts a cable now and then, or lets it fall silent.
async fn weather(cable: Cable, seed: u64) {
    let mut random = SmallRng::seed_from_u64(seed);
    loop {
        sleep(random.random_range(100..3_000) * MS).await;
        if random.random() {
            cable.cut()
        } else {
            cable.silence()
        }
        sleep(random.random_range(0..200) * MS).await;
        cable.restore();
    }
}

/// Whose calls they are.
#[derive(Clone, Copy, PartialEq)]
enum Caller {
    Client(Offline),
    Server,
}

fn settle(seed: u64, caller: Caller, resumes: bool) {
    paused_time(async move {
        let server = server(resumes);
        let test = TestServer::new(server.clone());
        let offline = if let Caller::Client(offline) = caller { offline } else { Offline::Fail };
        let (mut clients, mut calling, mut storms) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..CLIENTS {
            let seed = seed * 1_000 + number;
            let cable = test.cable().seed(seed).delay(Duration::ZERO..=20 * MS).break_by_chance(0.002);
            let cable = cable.address(([192, 0, 2, 1], number as u16).into());
            let client = connect(&cable, seed, offline).await;
            // A session that the server has not heard of is none to go on with.
            test.socket_of(&client).await;
            for caller_number in 0..CALLERS {
                let seed = seed * 1_000 + caller_number;
                calling.push(match caller {
                    Caller::Client(_) => tokio::spawn(ask_server(client.clone(), seed)),
                    Caller::Server => tokio::spawn(ask_clients(server.clone(), seed)),
                });
            }
            storms.push((cable.clone(), tokio::spawn(weather(cable, seed))));
            clients.push(client);
        }
        let mut outcomes = Outcomes::new();
        for calls in calling {
            for (outcome, count) in calls.await.expect("no panic") {
                *outcomes.entry(outcome).or_default() += count;
            }
        }
        for (cable, storm) in storms {
            storm.abort();
            cable.restore();
        }
        println!("{outcomes:?}");
        let all = CLIENTS as usize * CALLERS as usize * CALLS;
        assert_eq!(outcomes.values().sum::<usize>(), all);
        for outcome in ["answered", "dropped", "timed out"] {
            assert!(outcomes.get(outcome) > Some(&(all / 50)), "{outcome} of {outcomes:?}");
        }
        // A session that goes on keeps its calls.
        let disconnected = outcomes.get("disconnected").copied().unwrap_or_default();
        assert!(if resumes { disconnected == 0 } else { disconnected > all / 50 }, "{outcomes:?}");

        // What was dropped of late is cancelled when its word has gone round.
        sleep(Duration::from_secs(1)).await;
        assert!(clients.iter().all(|client| client.calls() == 0));
        let inspection = server.inspect();
        assert!(inspection.sockets.iter().all(|socket| (socket.calls, socket.accepting) == (0, 0)));
        for client in clients {
            client.close();
            client.closed().await;
        }
        // Who fell silent is given time to answer the close.
        sleep(Duration::from_secs(6)).await;
        let left = server.inspect();
        assert_eq!((left.sockets.len(), left.places, left.handshakes), (0, 0, 0));
    });
}

const WAIT: Offline =
    Offline::Wait { max_packets: 20, max_bytes: 1_000, max_age: Duration::from_millis(100) };

#[test]
fn calls_that_fail_offline() {
    (0..RUNS).for_each(|seed| settle(seed, Caller::Client(Offline::Fail), false));
}

#[test]
fn calls_that_wait_offline() {
    (RUNS..2 * RUNS).for_each(|seed| settle(seed, Caller::Client(WAIT), false));
}

#[test]
fn calls_of_clients_that_drop_packets_offline() {
    (2 * RUNS..3 * RUNS).for_each(|seed| settle(seed, Caller::Client(Offline::Drop), false));
}

#[test]
fn calls_of_a_server() {
    (3 * RUNS..4 * RUNS).for_each(|seed| settle(seed, Caller::Server, false));
}

#[test]
fn calls_over_sessions_that_go_on() {
    (4 * RUNS..5 * RUNS).for_each(|seed| settle(seed, Caller::Client(WAIT), true));
}

#[test]
fn calls_of_a_server_over_sessions_that_go_on() {
    (5 * RUNS..6 * RUNS).for_each(|seed| settle(seed, Caller::Server, true));
}
