//! Every call settles by its deadline, whatever becomes of the connections.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use packets_client::{Backoff, Offline, SendError};
use packets_core::net::{Message, Pair, TransportError};
use packets_server::{Server, Socket};
use packets_tests::harness::{Count, paused_time};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::{Instant, sleep, timeout};

use super::{Ask, Network, client, registry};

/// A transport that is gone after so many messages in either direction.
struct Fuse {
    /// None when it has blown.
    transport: Option<Pair>,
    messages: usize,
}

impl Fuse {
    fn burn(&mut self) {
        match self.messages.checked_sub(1) {
            Some(left) => self.messages = left,
            None => self.transport = None,
        }
    }

    fn live(&mut self) -> Result<&mut Pair, TransportError> {
        self.transport.as_mut().ok_or_else(|| TransportError::Lost("the fuse has blown".to_owned()))
    }
}

impl Stream for Fuse {
    type Item = Result<Message, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(transport) = &mut self.transport else { return Poll::Ready(None) };
        let message = std::task::ready!(transport.poll_next_unpin(cx));
        self.burn();
        Poll::Ready(message.filter(|_| self.transport.is_some()))
    }
}

impl Sink<Message> for Fuse {
    type Error = TransportError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.live()?.poll_ready_unpin(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        self.burn();
        self.live()?.start_send_unpin(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        self.live()?.poll_flush_unpin(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        match &mut self.transport {
            Some(transport) => transport.poll_close_unpin(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

/// A server that takes up to half a second to answer.
fn server() -> Server {
    let slowly = |number: u32| async move {
        sleep(Duration::from_millis(u64::from(number) * 7_919 % 500)).await;
        number
    };
    Server::builder()
        .registry(registry())
        .accept(move |packet: Count, _: Socket| slowly(packet.value))
        .accept(move |packet: Ask, _: Socket| slowly(packet.0))
        .build()
        .expect("a server")
}

/// One call after the other, of random kinds; how they came out.
async fn calls(client: packets_client::Client, seed: u64) -> BTreeMap<&'static str, usize> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut outcomes = BTreeMap::new();
    for _ in 0..100 {
        let number = random.random_range(0..1_000);
        let time = Duration::from_millis(random.random_range(0..1_000));
        let begin = Instant::now();
        let once = client.send(Count { value: number }).timeout(time);
        let again = client.send(Ask(number)).timeout(time);
        let idempotent = random.random();
        let call = async { if idempotent { again.await } else { once.await } };
        let result = if random.random_ratio(1, 5) {
            let patience = Duration::from_millis(random.random_range(0..200));
            timeout(patience, call).await.ok()
        } else {
            Some(call.await)
        };
        let took = begin.elapsed();
        assert!(took <= time + Duration::from_millis(2), "{took:?} instead of {time:?}");
        let outcome = match result {
            None => "dropped",
            Some(Ok(answer)) => {
                assert_eq!(answer, number);
                "answered"
            }
            Some(Err(SendError::Timeout)) => "timed out",
            Some(Err(SendError::Offline)) => "offline",
            Some(Err(SendError::Full)) => "full",
            Some(Err(SendError::Disconnected(_))) => {
                assert!(!idempotent, "it goes on");
                "disconnected"
            }
            Some(Err(SendError::Rejected(reject))) => panic!("{reject}"),
            Some(Err(error)) => panic!("{error}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
        sleep(Duration::from_millis(random.random_range(0..100))).await;
    }
    outcomes
}

/// A hundred calls a caller.
fn settle(callers: usize, offline: Offline) {
    paused_time(async move {
        let server = server();
        let served = server.clone();
        let network = Network::new(move |attempt, there| {
            let server = served.clone();
            let mut random = SmallRng::seed_from_u64(attempt as u64);
            // From the greeting on, but for the first one.
            let messages = if attempt == 0 { 100 } else { random.random_range(0..200) };
            let fuse = Fuse { transport: Some(there), messages };
            tokio::spawn(async move { server.serve_transport(fuse).await });
            Ok(())
        });
        let backoff =
            Backoff::default().first(Duration::from_millis(10)).most(Duration::from_millis(50)).seed(1);
        let client = network.connect(client().backoff(backoff).offline(offline)).await;
        let calling: Vec<_> =
            (0..callers).map(|seed| tokio::spawn(calls(client.clone(), seed as u64))).collect();
        let mut outcomes = BTreeMap::<_, usize>::new();
        for caller in calling {
            for (outcome, count) in caller.await.expect("no panic") {
                *outcomes.entry(outcome).or_default() += count;
            }
        }
        println!("{} connections, {outcomes:?}", network.times().len());
        assert_eq!(outcomes.values().sum::<usize>(), callers * 100);
        assert!(network.times().len() > callers, "it was cut often");
        assert!(outcomes["answered"] > callers * 10 && outcomes["disconnected"] > callers, "{outcomes:?}");
        assert_eq!(client.calls(), 0);
        client.close();
        client.closed().await;
        sleep(Duration::from_secs(1)).await;
        assert!(server.sockets().is_empty());
    });
}

#[test]
fn ten_thousand_calls_settle_under_random_cuts() {
    settle(100, Offline::Fail);
}

#[test]
fn calls_settle_under_random_cuts_if_they_wait_for_connections() {
    let max_age = Duration::from_millis(100);
    settle(30, Offline::Wait { max_packets: 50, max_bytes: 1_000, max_age });
}
