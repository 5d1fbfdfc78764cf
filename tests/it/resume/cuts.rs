//! Nothing is lost, doubled or reordered, wherever a connection is cut; or it is told how much.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets_client::{Client, Recovered, SendError};
use packets_server::{Resume, Socket};
use packets_tests::harness::{Count, Echo, only_socket, paused_time};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{sleep, timeout};

use super::{Network, client, connected, server};

const CUTS: usize = 1_000;

/// Cuts each connection after a random number of messages, so many times.
fn random_cuts(seed: u64) -> impl Fn(usize) -> usize + Send + Sync {
    move |number| match number {
        0 => 40,
        1..=CUTS => SmallRng::seed_from_u64(seed << 32 | number as u64).random_range(0..60),
        _ => usize::MAX,
    }
}

type Seen = Arc<Mutex<Vec<u32>>>;

/// Emits numbers until there were enough cuts; how many.
async fn emit(mut emit: impl AsyncFnMut(u32) -> Result<(), SendError>, network: &Network) -> u32 {
    let mut next = 0;
    while network.connections() <= CUTS {
        match emit(next).await {
            Ok(()) => next += 1,
            Err(SendError::Full) => {}
            Err(error) => panic!("{error}"),
        }
        sleep(Duration::from_millis(3)).await;
    }
    next
}

/// Calls with one number after the other until there were enough cuts; how many.
async fn call(mut call: impl AsyncFnMut(String) -> Result<String, SendError>, network: &Network) -> u32 {
    let mut next = 0;
    while network.connections() <= CUTS {
        let text = next.to_string();
        assert_eq!(call(text.clone()).await, Ok(text));
        next += 1;
    }
    next
}

/// An acceptor of texts that takes its time, and counts how often it has each.
fn slowly(
    ran: &Arc<Mutex<BTreeMap<String, usize>>>,
    text: String,
) -> impl Future<Output = String> + Send + use<> {
    let ran = ran.clone();
    async move {
        *ran.lock().expect("no panic").entry(text.clone()).or_default() += 1;
        sleep(Duration::from_millis(text.len() as u64 * 7 % 20)).await;
        text
    }
}

fn in_order(seen: &Seen, count: u32) {
    let seen = seen.lock().expect("no panic");
    assert_eq!(seen.len(), count as usize);
    assert!(seen.iter().copied().eq(0..count), "in order");
}

fn once(ran: &Arc<Mutex<BTreeMap<String, usize>>>, count: u32) {
    let ran = ran.lock().expect("no panic");
    assert_eq!(ran.len(), count as usize);
    assert!(ran.values().all(|times| *times == 1), "{ran:?}");
}

fn nothing_is_lost(seed: u64) {
    paused_time(async move {
        let (up, down) = (Seen::default(), Seen::default());
        let (ran_up, ran_down) = (Arc::default(), Arc::default());
        let (sees, runs) = (up.clone(), Arc::clone(&ran_up));
        let server = server(Resume::default())
            .accept(move |packet: Count, _: Socket| {
                sees.lock().expect("no panic").push(packet.value);
                async move { packet.value }
            })
            .accept(move |packet: Echo, _: Socket| slowly(&runs, packet.0))
            .build()
            .expect("a server");
        let network = Network::new(&server, random_cuts(seed));
        let (sees, runs) = (down.clone(), Arc::clone(&ran_down));
        let builder = client()
            .accept(move |packet: Count, _: Client| {
                sees.lock().expect("no panic").push(packet.value);
                async move { packet.value }
            })
            .accept(move |packet: Echo, _: Client| slowly(&runs, packet.0));
        let client = network.connect(builder).await;
        let (mut events, id) = (client.events(), client.id());
        let socket = only_socket(&server).await;
        let recovered = async {
            let mut connections = 0;
            loop {
                assert_eq!(connected(&mut events).await, Recovered::Full);
                connections += 1;
                if network.connections() > CUTS + 1 {
                    return connections;
                }
            }
        };
        let minute = Duration::from_secs(60);
        let (emitted_up, emitted_down, called_up, called_down, recovered) = tokio::join!(
            emit(async |value| client.emit(&Count { value }), &network),
            emit(async |value| socket.emit(&Count { value }), &network),
            call(async |text| client.send(Echo(text)).timeout(minute).await, &network),
            call(async |text| socket.send(Echo(text)).timeout(minute).await, &network),
            recovered,
        );
        println!(
            "{emitted_up} up, {emitted_down} down, {called_up} and {called_down} calls, {recovered} resumed"
        );
        let arrived = async {
            while up.lock().expect("no panic").len() < emitted_up as usize
                || down.lock().expect("no panic").len() < emitted_down as usize
            {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(minute, arrived).await.expect("all arrives");
        in_order(&up, emitted_up);
        in_order(&down, emitted_down);
        once(&ran_up, called_up);
        once(&ran_down, called_down);
        assert_eq!((client.calls(), socket.calls(), client.id(), server.sockets().len()), (0, 0, id, 1));
        assert!(called_up > 100 && called_down > 100 && recovered > CUTS / 2);
    });
}

#[test]
fn nothing_is_lost_doubled_or_reordered_over_a_thousand_cuts() {
    nothing_is_lost(1);
}
