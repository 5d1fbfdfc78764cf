//! What does not arrive is told by its number, and idempotent calls are accepted once all the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets_client::{Client, ConnectionLimits, Recovered, SendError};
use packets_server::{Resume, Socket};
use packets_testkit::TestServer;
use packets_tests::harness::{Count, Echo, connected, only_socket, paused_time};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::sleep;

use super::{Ask, Network, client, server};

const CUTS: usize = 300;

/// So many frames missed, and lost, in all.
type Gaps = Arc<Mutex<(u64, u64)>>;

fn add(gaps: &Gaps, recovered: Recovered) {
    let mut sum = gaps.lock().expect("no panic");
    match recovered {
        Recovered::Gap { missed, lost } => {
            assert!(missed + lost > 0);
            *sum = (sum.0 + missed, sum.1 + lost);
        }
        Recovered::Full => {}
        other => panic!("{other:?}"),
    }
}

/// Cuts each connection after a random number of messages.
fn random_cuts(most: usize) -> impl Fn(usize) -> usize + Send + Sync {
    move |number| match number {
        0 => 40,
        1..=CUTS => SmallRng::seed_from_u64(number as u64).random_range(0..most),
        _ => usize::MAX,
    }
}

/// Emits numbers until there were enough cuts; how many.
async fn emit(network: &Network, mut emit: impl AsyncFnMut(u32) -> Result<(), SendError>) -> u64 {
    let mut next = 0;
    while network.connections() <= CUTS {
        emit(next).await.expect("sent");
        next += 1;
        sleep(Duration::from_millis(5)).await;
    }
    next.into()
}

#[test]
fn gaps_are_told_with_their_numbers_on_both_ends() {
    paused_time(async {
        let (up, down) = (Arc::<Mutex<Vec<u32>>>::default(), Arc::<Mutex<Vec<u32>>>::default());
        let (of_server, of_client) = (Gaps::default(), Gaps::default());
        let (sees, gaps) = (up.clone(), of_server.clone());
        let server = server(Resume::default().frames(3))
            .limits(ConnectionLimits::server().max_message(1 << 20))
            .accept(move |packet: Echo, _: Socket| {
                let number = packet.0.split(' ').next().and_then(|number| number.parse().ok());
                sees.lock().expect("no panic").push(number.expect("a number"));
                async move { packet.0 }
            })
            .resumed(move |_: Socket, recovered| {
                add(&gaps, recovered);
                async {}
            })
            .build()
            .expect("a server");
        let network = Network::new(&server, random_cuts(30));
        let sees = down.clone();
        let builder = client().accept(move |packet: Count, _: Client| {
            sees.lock().expect("no panic").push(packet.value);
            async move { packet.value }
        });
        let client = network.connect(builder).await;
        let socket = only_socket(&server).await;
        let mut events = client.events();
        // More than a client retains.
        let padding = "x".repeat(101 << 10);
        let recovered = async {
            while network.connections() <= CUTS + 1 {
                add(&of_client, connected(&mut events).await);
            }
        };
        let (emitted_up, emitted_down, ()) = tokio::join!(
            emit(&network, async |number| {
                let padding = if number % 3 == 0 { &*padding } else { "" };
                let packet = Echo(format!("{number} {padding}"));
                while let Err(error) = client.emit(&packet) {
                    assert_eq!(error, SendError::Full);
                    sleep(Duration::from_millis(1)).await;
                }
                Ok(())
            }),
            emit(&network, async |value| socket.emit(&Count { value })),
            recovered,
        );
        sleep(Duration::from_secs(5)).await;
        let (up, down) = (up.lock().expect("no panic").clone(), down.lock().expect("no panic").clone());
        let (missed, lost) = *of_client.lock().expect("no panic");
        println!("{emitted_up} up, {lost} lost; {emitted_down} down, {missed} missed");
        assert!(missed > 100 && lost > 10, "of a good many cuts");
        assert_eq!(up.len() as u64 + lost, emitted_up);
        assert_eq!(down.len() as u64 + missed, emitted_down);
        assert_eq!(*of_server.lock().expect("no panic"), (lost, missed));
        assert!(up.is_sorted_by(|a, b| a < b) && down.is_sorted_by(|a, b| a < b), "in order, and once");
    });
}

#[test]
fn an_idempotent_packet_is_accepted_once_over_cuts_and_gaps_and_answered() {
    paused_time(async {
        let ran = Arc::<Mutex<BTreeMap<u32, usize>>>::default();
        let (runs, gaps) = (ran.clone(), Gaps::default());
        let told = gaps.clone();
        let server = server(Resume::default().frames(2))
            .limits(ConnectionLimits::server().max_message(1 << 20))
            .accept(move |packet: Ask, _: Socket| {
                *runs.lock().expect("no panic").entry(packet.0).or_default() += 1;
                async move {
                    sleep(Duration::from_millis(u64::from(packet.0) * 7 % 50)).await;
                    packet.0
                }
            })
            .accept(|packet: Echo, _: Socket| async move {
                sleep(Duration::from_millis(4)).await;
                packet.0
            })
            .resumed(move |_: Socket, recovered| {
                add(&told, recovered);
                async {}
            })
            .build()
            .expect("a server");
        let network = Network::new(&server, random_cuts(150));
        let client = network.connect(client()).await;
        let socket = only_socket(&server).await;
        let minute = Duration::from_secs(60);
        let ask = |caller: u32| {
            let (client, network) = (client.clone(), network.clone());
            async move {
                let mut number = caller;
                while network.connections() <= CUTS {
                    assert_eq!(client.send(Ask(number)).timeout(minute).await, Ok(number));
                    number += 20;
                }
                number / 20
            }
        };
        let once = async {
            let (mut answered, mut failed) = (0, 0);
            while network.connections() <= CUTS {
                match client.send(Echo("once".to_owned())).timeout(minute).await {
                    Ok(_) => answered += 1,
                    Err(SendError::Disconnected(_)) => failed += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            (answered, failed)
        };
        // It makes the client retain nothing that went before.
        let large = emit(&network, async |_| {
            sleep(Duration::from_millis(10)).await;
            while client.emit(&Echo("x".repeat(101 << 10))) == Err(SendError::Full) {
                sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        });
        let (asked, (answered, failed), _) =
            tokio::join!(futures_util::future::join_all((0..20).map(ask)), once, large);
        let asked: u32 = asked.into_iter().sum();
        let (missed, lost) = *gaps.lock().expect("no panic");
        println!("{asked} asked, {answered} and {failed} once; the server missed {missed} and lost {lost}");
        assert!(missed > 0 && lost > 50 && asked > 100 && failed > 10 && answered > 10);
        let ran = ran.lock().expect("no panic").clone();
        assert_eq!(ran.len(), asked as usize);
        assert!(ran.values().all(|times| *times == 1), "{ran:?}");
        sleep(Duration::from_secs(1)).await;
        assert_eq!((client.calls(), socket.calls(), socket.accepting()), (0, 0, 0));
    });
}

#[test]
fn of_a_million_packets_for_who_is_gone_the_newest_are_kept_and_the_others_counted() {
    paused_time(async {
        const PACKETS: u32 = 1_000_000;
        const KEPT: u32 = 1_024;
        let server = server(Resume::default()).build().expect("a server");
        let test = TestServer::new(server.clone());
        let seen = Arc::<Mutex<Vec<u32>>>::default();
        let (cable, sees) = (test.cable(), seen.clone());
        let builder = client().accept(move |packet: Count, _: Client| {
            sees.lock().expect("no panic").push(packet.value);
            async move { packet.value }
        });
        let client = builder.connector(cable.clone()).connect("ws://test/").await.expect("a connection");
        let (socket, mut events) = (test.socket_of(&client).await, client.events());
        cable.cut();
        while socket.is_connected() {
            sleep(Duration::from_millis(1)).await;
        }
        for value in 0..PACKETS {
            while socket.emit(&Count { value }).is_err() {
                tokio::task::yield_now().await;
            }
        }
        assert!(socket.load().frames <= 256);
        cable.restore();
        let missed = (PACKETS - KEPT).into();
        assert_eq!(connected(&mut events).await, Recovered::Gap { missed, lost: 0 });
        sleep(Duration::from_secs(1)).await;
        assert!(seen.lock().expect("no panic").iter().copied().eq(PACKETS - KEPT..PACKETS));
    });
}
