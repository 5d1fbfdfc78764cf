//! How long clients wait before they come back.

use std::collections::HashSet;
use std::time::Duration;

use packets_client::{Backoff, Client};
use packets_server::Server;
use packets_tests::harness::{connected, paused_time};
use tokio::time::Instant;

use super::{Network, Scissors, client, registry, unreachable};

fn server() -> Server {
    Server::builder().registry(registry()).build().expect("a server")
}

#[test]
fn the_waits_are_those_of_the_backoff_and_begin_anew_after_a_stable_minute() {
    paused_time(async {
        let backoff = Backoff::default().seed(42);
        let server = server();
        let scissors = Scissors::default();
        let cuts = scissors.clone();
        // Reached at first, then the seventh time, then at once.
        let network = Network::new(move |attempt, there| match attempt {
            0 | 7.. => {
                cuts.serve(&server, there);
                Ok(())
            }
            _ => Err(unreachable()),
        });
        let client = network.connect(client().backoff(backoff)).await;
        let mut events = client.events();
        let mut delays = backoff.delays();
        let mut cut = Instant::now();
        scissors.cut();
        connected(&mut events).await;
        for attempt in 1..=7 {
            cut += delays.next().expect("without end");
            assert_close(network.times()[attempt], cut);
            cut = network.times()[attempt];
        }
        assert_eq!(delays.tried(), 7);
        for held in [59, 61] {
            tokio::time::sleep(Duration::from_secs(held)).await;
            delays.held(Duration::from_secs(held));
            let begin = Instant::now();
            scissors.cut();
            connected(&mut events).await;
            let delay = delays.next().expect("without end");
            assert_close(Instant::now(), begin + delay);
        }
        assert_eq!(delays.tried(), 1, "it began anew");
    });
}

/// The timer's grain is a millisecond.
fn assert_close(is: Instant, should_be: Instant) {
    let off = is.max(should_be) - is.min(should_be);
    assert!(off <= Duration::from_millis(2), "{off:?} off");
}

#[test]
fn the_waits_of_many_are_spread_evenly_below_the_ceiling() {
    let seconds = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0];
    let mut waits: Vec<_> = (0..500).map(|seed| Backoff::default().seed(seed).delays()).collect();
    for ceiling in seconds {
        let mut histogram = [0; 10];
        for wait in &mut waits {
            let share = wait.next().expect("without end").as_secs_f64() / ceiling;
            assert!((0.0..=1.0).contains(&share), "{share} of {ceiling} s");
            histogram[((share * 10.0) as usize).min(9)] += 1;
        }
        println!("500 waits of at most {ceiling} s, by tenths: {histogram:?}");
        // Fifty each on average; so far off is less likely than one in a million.
        assert!(histogram.iter().all(|count| (15..=90).contains(count)), "{histogram:?}");
    }
    let distinct: HashSet<_> =
        (0..100).map(|_| Backoff::default().delays().next().expect("without end")).collect();
    assert!(distinct.len() > 90, "without a seed they differ");
}

#[test]
fn many_that_are_cut_off_at_once_come_back_one_by_one() {
    paused_time(async {
        let server = server();
        let (network, scissors) = Network::to(&server);
        let mut clients = Vec::new();
        for seed in 0..500 {
            clients.push(network.connect(client().backoff(Backoff::default().seed(seed))).await);
        }
        let mut events: Vec<_> = clients.iter().map(Client::events).collect();
        let cut = Instant::now();
        scissors.cut();
        for events in &mut events {
            connected(events).await;
        }
        let mut histogram = [0; 10];
        for time in &network.times()[500..] {
            histogram[((*time - cut).as_millis() as usize / 50).min(9)] += 1;
        }
        println!("500 clients came back, by 50 ms: {histogram:?}");
        assert_eq!(histogram.iter().sum::<i32>(), 500);
        assert!(histogram.iter().all(|count| (15..=90).contains(count)), "{histogram:?}");
    });
}

#[test]
fn waits_without_bounds_are_no_overflow() {
    let backoff = Backoff::default().first(Duration::MAX).most(Duration::MAX).stable(Duration::MAX);
    assert_eq!(backoff.delays().take(100).filter(|delay| *delay > Duration::ZERO).count(), 100);
    assert_eq!(Backoff::default().first(Duration::ZERO).delays().nth(40), Some(Duration::ZERO));
}
