//! Many clients that lose their server at once.

use std::time::Duration;

use packets_client::{Backoff, Client, ConnectError, Event};
use packets_server::AdmissionLimits;
use packets_testkit::TestServer;
use packets_tests::harness::{client, echo_server, paused_time, server};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const CLIENTS: usize = 500;
const NEW_PER_SECOND: u32 = 50;
const HANDSHAKES: usize = 12;
const MS: Duration = Duration::from_millis(1);

/// How a client came back: when it first tried, when it succeeded, and how often it was refused.
struct Return {
    first: Duration,
    back: Duration,
    refusals: usize,
}

async fn come_back(client: Client, since: Instant) -> Return {
    let mut events = client.events();
    let (mut first, mut refusals) = (None, 0);
    loop {
        match events.next().await.expect("it goes on") {
            Event::Connecting { .. } => _ = first.get_or_insert_with(|| since.elapsed()),
            Event::Failed(error) => {
                assert!(matches!(*error, ConnectError::Refused { status: 429 | 503, .. }), "{error}");
                refusals += 1;
            }
            Event::Connected { .. } => {
                return Return { first: first.expect("an attempt"), back: since.elapsed(), refusals };
            }
            _ => {}
        }
    }
}

/// Prints how many times there are in each of these spans, and returns that.
fn histogram(what: &str, times: impl Iterator<Item = Duration>, span: Duration) -> Vec<usize> {
    let mut bins = Vec::new();
    for time in times {
        let bin = (time.as_micros() / span.as_micros()) as usize;
        bins.resize(bins.len().max(bin + 1), 0);
        bins[bin] += 1;
    }
    println!("{what}:");
    for (bin, count) in bins.iter().enumerate() {
        println!("{:>7} ms {count:>4} {}", bin as u128 * span.as_millis(), "#".repeat(*count));
    }
    bins
}

#[test]
fn five_hundred_clients_come_back_spread_over_time_and_within_the_limits_of_admission() {
    paused_time(async {
        let test = TestServer::new(echo_server());
        let mut clients = Vec::new();
        for number in 0..CLIENTS as u64 {
            // They come by one address, and take their time for a greeting.
            let cable = test.cable().seed(number).delay(20 * MS..=80 * MS);
            let builder = client().backoff(Backoff::default().seed(number)).connector(cable);
            clients.push(builder.connect("ws://localhost/").await.expect("a connection"));
        }
        let limits = AdmissionLimits::default().new_per_ip(NEW_PER_SECOND).handshakes(HANDSHAKES);
        let server = server().admission(limits).build().expect("a server");
        let since = Instant::now();
        let mut returning: JoinSet<_> =
            clients.iter().map(|client| come_back(client.clone(), since)).collect();
        tokio::task::yield_now().await;
        // All of them lose their connections, and there is another server at once.
        test.start(server.clone());
        let (mut returns, mut most_handshakes) = (Vec::new(), 0);
        while returns.len() < CLIENTS {
            tokio::select! {
                done = returning.join_next() => returns.push(done.expect("all come back").expect("no panic")),
                // At first they throng.
                () = sleep(10 * MS), if since.elapsed() < Duration::from_secs(2) => {
                    most_handshakes = most_handshakes.max(server.inspect().handshakes);
                }
            }
        }

        let first = histogram("first attempts", returns.iter().map(|back| back.first), 50 * MS);
        // The first wait is up to half a second: fifty in each span, more or less.
        assert!(first.len() <= 11 && first[..10].iter().all(|count| (25..=80).contains(count)), "{first:?}");
        histogram("connected", returns.iter().map(|back| back.back), Duration::from_secs(1));

        let refusals = returns.iter().map(|back| back.refusals).sum::<usize>();
        println!("{refusals} refusals, {most_handshakes} handshakes at most");
        assert!(refusals > CLIENTS / 2, "the server had to keep its limits");
        assert!((HANDSHAKES / 2..=HANDSHAKES).contains(&most_handshakes), "{most_handshakes}");
        let mut times: Vec<_> = returns.iter().map(|back| back.back).collect();
        times.sort_unstable();
        for (number, begin) in times.iter().enumerate() {
            // A second's worth at once, and then a second's worth; the client's end of a greeting takes a while.
            let within = times[number..].iter().take_while(|time| **time < *begin + Duration::from_secs(1));
            assert!(within.count() <= 2 * NEW_PER_SECOND as usize + HANDSHAKES, "from {begin:?} on");
        }
        assert!(times.last() < Some(&Duration::from_secs(120)), "{times:?}");
        for client in &clients {
            test.socket_of(client).await;
        }
        assert_eq!((server.sockets().len(), server.inspect().places), (CLIENTS, CLIENTS));
    });
}
