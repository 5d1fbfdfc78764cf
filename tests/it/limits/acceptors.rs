//! More packets than acceptors may run for.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, Stream};
use packets_client::SendError;
use packets_core::RejectKind;
use packets_core::net::{ConnectionLimits, Message, Transport, TransportError};
use packets_server::{Server, Socket};
use packets_tests::harness::{
    Count, Slap, Witness, client, connect, frames, id, only_socket, paused_time, registry, server,
};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;

/// A server with two acceptors at a time, which let a [`Slap`] wait for a permit and a [`Count`] pass.
fn two_at_a_time(inbox: usize) -> (Server, Arc<Semaphore>, UnboundedReceiver<u32>) {
    let gate = Arc::new(Semaphore::new(0));
    let (witness, seen) = Witness::new();
    let passes = gate.clone();
    let server = server()
        .limits(ConnectionLimits::server().acceptors(2).inbox(inbox))
        .accept(move |_: Slap, _: Socket| {
            let gate = passes.clone();
            async move { gate.acquire().await.expect("open").forget() }
        })
        .accept(move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move { packet.value }
        });
    (server.build().expect("a server"), gate, seen)
}

#[test]
fn a_call_beyond_the_acceptors_is_rejected_as_overloaded() {
    paused_time(async {
        let (server, gate, _seen) = two_at_a_time(10);
        let (client, _end) = connect(&server, client()).await;
        let running = [tokio::spawn(client.send(Slap)), tokio::spawn(client.send(Slap))];
        tokio::task::yield_now().await;
        for _ in 0..3 {
            let Err(SendError::Rejected(reject)) = client.send(Count { value: 1 }).await else {
                panic!("a reject");
            };
            assert_eq!((reject.kind, reject.code), (RejectKind::Overloaded, 503));
        }
        gate.add_permits(1);
        while client.calls() == 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
        gate.add_permits(1);
        for call in running {
            assert_eq!(call.await.expect("no panic"), Ok(()));
        }
    });
}

#[test]
fn a_cancelled_call_makes_room_for_another_acceptor() {
    paused_time(async {
        let (server, _gate, _seen) = two_at_a_time(10);
        let (client, _end) = connect(&server, client()).await;
        for _ in 0..10 {
            let call = client.send(Slap).timeout(Duration::from_millis(1));
            assert_eq!(call.await, Err(SendError::Timeout));
        }
        assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
    });
}

#[test]
fn packets_beyond_the_acceptors_wait_in_order_and_none_is_forgotten() {
    paused_time(async {
        let (server, gate, mut seen) = two_at_a_time(100);
        let (client, _end) = connect(&server, client()).await;
        client.emit(&Slap).expect("room");
        client.emit(&Slap).expect("room");
        for value in 0..50 {
            client.emit(&Count { value }).expect("room");
        }
        let Err(SendError::Rejected(_)) = client.send(Count { value: 1 }).await else { panic!("a reject") };
        assert!(seen.try_recv().is_err(), "all wait");
        gate.add_permits(1);
        for value in 0..50 {
            assert_eq!(seen.recv().await, Some(value));
        }
        client.emit(&Count { value: 50 }).expect("room");
        assert_eq!(seen.recv().await, Some(50));
    });
}

#[test]
fn packets_beyond_the_inbox_are_dropped_the_newest_first() {
    paused_time(async {
        let (server, gate, mut seen) = two_at_a_time(3);
        let (client, _end) = connect(&server, client()).await;
        client.emit(&Slap).expect("room");
        client.emit(&Slap).expect("room");
        for value in 0..10 {
            client.emit(&Count { value }).expect("room");
        }
        let Err(SendError::Rejected(_)) = client.send(Count { value: 1 }).await else { panic!("a reject") };
        gate.add_permits(2);
        for value in 0..3 {
            assert_eq!(seen.recv().await, Some(value));
        }
        assert_eq!(client.send(Count { value: 99 }).await, Ok(99));
        assert_eq!(seen.recv().await, Some(99));
    });
}

/// A transport that has always another packet, until so many were read.
struct Flood {
    first: Vec<Vec<u8>>,
    then: Bytes,
    left: u32,
    answered: Witness<u32>,
}

impl Stream for Flood {
    type Item = Result<Message, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(frame) = self.first.pop() {
            return Poll::Ready(Some(Ok(Message::Binary(frame.into()))));
        }
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Message::Binary(self.then.clone()))))
    }
}

impl Transport for Flood {}

impl Sink<Message> for Flood {
    type Error = TransportError;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), TransportError> {
        if matches!(message, Message::Binary(frame) if frame[0] & 7 == 2) {
            self.answered.tell(self.left);
        }
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_flood_of_packets_does_not_keep_acceptors_from_going_on() {
    paused_time(async {
        let server = server()
            .accept(|packet: Count, _: Socket| async move {
                tokio::task::yield_now().await;
                packet.value
            })
            .build()
            .expect("a server");
        let (answered, mut at) = Witness::new();
        let (hello, call) = (frames::hello(1, &registry(), 1 << 20), frames::call(id::<Count>(), 1, &[7]));
        let then = frames::packet(id::<Slap>(), &[]).into();
        let flood = Flood { first: vec![call, hello], then, left: 10_000, answered };
        server.serve_transport(flood).await;
        let left = at.try_recv().expect("answered");
        assert!(left > 9_000, "answered when {left} packets were left");
    });
}

#[test]
fn a_bundle_counts_as_one_packet_for_an_acceptor() {
    paused_time(async {
        let (server, _gate, mut seen) = two_at_a_time(10);
        let (client, _end) = connect(&server, client()).await;
        let bundle = (0..10).fold(packets_core::Bundle::new(), |bundle, value| bundle.with(Count { value }));
        assert_eq!(client.send(bundle).await.expect("results").len(), 10);
        for value in 0..10 {
            assert_eq!(seen.recv().await, Some(value));
        }
        assert_eq!(only_socket(&server).await.calls(), 0);
    });
}
