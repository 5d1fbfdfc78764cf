//! Clients on several threads, whose connections break all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use packets_client::{Backoff, Client, Offline, SendError};
use packets_server::{Server, Socket};
use packets_tests::harness::{Echo, Witness};
use tokio::time::{sleep, timeout};

use super::{Ask, Network, client, registry};

const CALLERS: u32 = 8;
const CALLS: u32 = 300;

/// Emits and asks, over and over.
async fn caller(client: Client, number: u32) {
    for call in 0..CALLS {
        let echo = Echo(format!("{number} {call}"));
        while let Err(error) = client.emit(&echo) {
            assert_eq!(error, SendError::Full);
            client.ready().await.expect("it goes on");
        }
        let ask = client.send(Ask(call)).timeout(Duration::from_secs(30));
        assert_eq!(ask.await, Ok(call));
    }
}

#[test]
fn what_is_emitted_stays_in_order_and_idempotent_calls_are_answered() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (witness, mut seen) = Witness::new();
        let server = Server::builder()
            .registry(registry())
            .accept(move |packet: Echo, _: Socket| {
                witness.tell(packet.0.clone());
                async { packet.0 }
            })
            .accept(|packet: Ask, _: Socket| async move { packet.0 })
            .build()
            .expect("a server");
        let (network, scissors) = Network::to(&server);
        let offline = Offline::Wait { max_packets: 20, max_bytes: 1_000, max_age: Duration::from_secs(30) };
        let backoff = Backoff::default().first(Duration::from_millis(1)).most(Duration::from_millis(5));
        let client = network.connect(client().offline(offline).backoff(backoff)).await;
        let done = Arc::new(AtomicBool::new(false));
        let is_done = done.clone();
        let cutter = tokio::spawn(async move {
            let mut cuts = 0;
            while !is_done.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(3)).await;
                scissors.cut();
                cuts += 1;
            }
            cuts
        });
        let callers: Vec<_> =
            (0..CALLERS).map(|number| tokio::spawn(caller(client.clone(), number))).collect();
        for caller in callers {
            timeout(Duration::from_secs(30), caller).await.expect("in time").expect("no panic");
        }
        done.store(true, Ordering::Relaxed);
        let cuts = cutter.await.expect("no panic");
        client.close();
        timeout(Duration::from_secs(10), client.closed()).await.expect("in time");
        let mut last = [None; CALLERS as usize];
        let mut received = 0;
        while let Ok(echo) = seen.try_recv() {
            let (number, call) = echo.split_once(' ').expect("two numbers");
            let (number, call) =
                (number.parse::<usize>().expect("a number"), call.parse::<u32>().expect("a number"));
            assert!(last[number] < Some(call), "{number} emitted {call} before {:?}", last[number]);
            last[number] = Some(call);
            received += 1;
        }
        println!("{cuts} cuts, {received} of {} packets arrived", CALLERS * CALLS);
        assert!(network.times().len() > 5);
        assert!(received > CALLERS * CALLS / 2);
    });
}
