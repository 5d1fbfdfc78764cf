//! Acceptors that panic concern nobody but the packet.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use packets_client::SendError;
use packets_core::{AcceptError, Acceptor, RejectKind, ValidationError};
use packets_server::{Server, Socket};
use packets_tests::harness::{Count, Echo, Slap, echo_server, frames, id, real_time, server};

use super::{Scene, lives};

/// Panics in `validate` of 1, in `respond` of 2.
struct Panics;

impl Acceptor<Count, Socket> for Panics {
    async fn validate(&self, packet: &Count, _: &Socket) -> Result<(), ValidationError> {
        assert_ne!(packet.value, 1, "in validate");
        Ok(())
    }

    async fn respond(&self, packet: Count, _: &Socket) -> Result<u32, AcceptError> {
        tokio::task::yield_now().await;
        assert_ne!(packet.value, 2, "in respond");
        Ok(packet.value)
    }
}

/// Panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "in drop");
    }
}

/// Nobody but the caller learns of the panic, and of that only that there was one.
async fn concerns_the_call_alone(server: Server, call: Vec<u8>) {
    let scene = Scene::new(&server).await;
    let mut raw = scene.raw().await;
    raw.send(call).await;
    assert_eq!(raw.reject(1).await, (RejectKind::Panicked, "error".to_owned()));
    lives(&mut raw).await;
    scene.goes_on().await;
}

fn build(builder: packets_server::ServerBuilder) -> Server {
    builder.accept(|echo: Echo, _: Socket| async { echo.0 }).build().expect("a server")
}

#[test]
fn a_panic_in_validate_concerns_the_call_alone() {
    real_time(async {
        let server = build(server().accept::<Count>(Panics));
        concerns_the_call_alone(server, frames::call(id::<Count>(), 1, &[1])).await;
    });
}

#[test]
fn a_panic_in_respond_concerns_the_call_alone() {
    real_time(async {
        let server = build(server().accept::<Count>(Panics));
        concerns_the_call_alone(server, frames::call(id::<Count>(), 1, &[2])).await;
    });
}

#[test]
fn a_panic_in_a_closure_before_its_future_concerns_the_call_alone() {
    real_time(async {
        let server = build(server().accept(|packet: Count, _: Socket| {
            assert_eq!(packet.value, 0, "in the closure");
            async { 0 }
        }));
        concerns_the_call_alone(server, frames::call(id::<Count>(), 1, &[1])).await;
    });
}

#[test]
fn a_panic_of_what_an_acceptor_drops_at_its_end_concerns_the_call_alone() {
    real_time(async {
        let server = build(server().accept(|_: Slap, _: Socket| async {
            let _local = PanicsOnDrop;
            tokio::task::yield_now().await;
        }));
        concerns_the_call_alone(server, frames::call(id::<Slap>(), 1, &[])).await;
    });
}

#[test]
fn a_panic_of_what_an_acceptor_drops_when_it_is_cancelled_concerns_nobody() {
    real_time(async {
        let server = build(server().accept(|_: Slap, _: Socket| async {
            let _local = PanicsOnDrop;
            std::future::pending::<()>().await
        }));
        let scene = Scene::new(&server).await;
        let mut raw = scene.raw().await;
        raw.send(frames::call(id::<Slap>(), 1, &[])).await;
        raw.send(frames::cancel(1)).await;
        lives(&mut raw).await;
        scene.goes_on().await;
    });
}

/// Panics when it is polled again after it was woken.
struct PanicsWhenWoken(bool);

impl Future for PanicsWhenWoken {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        assert!(!self.0, "in poll");
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn a_panic_on_a_plain_packet_changes_nothing() {
    real_time(async {
        let server = build(server().accept(|_: Slap, _: Socket| PanicsWhenWoken(false)));
        let scene = Scene::new(&server).await;
        let mut raw = scene.raw().await;
        for _ in 0..100 {
            raw.send(frames::packet(id::<Slap>(), &[])).await;
        }
        lives(&mut raw).await;
        scene.goes_on().await;
    });
}

#[test]
fn a_panic_in_the_connect_hook_changes_nothing() {
    real_time(async {
        for late in [false, true] {
            let server = build(server().connect(move |_| {
                assert!(late, "in the closure");
                async {
                    tokio::task::yield_now().await;
                    panic!("in the hook")
                }
            }));
            let scene = Scene::new(&server).await;
            lives(&mut scene.raw().await).await;
            scene.goes_on().await;
        }
    });
}

#[test]
fn a_panic_on_the_client_reaches_the_server_that_called() {
    real_time(async {
        let server = echo_server();
        let client =
            packets_tests::harness::client().accept(|_: Slap, _: packets_client::Client| async { panics() });
        let (client, _) = packets_tests::harness::connect(&server, client).await;
        let socket = packets_tests::harness::only_socket(&server).await;
        let Err(SendError::Rejected(reject)) = socket.send(Slap).await else { panic!("a reject") };
        assert_eq!((reject.kind, &*reject.reason), (RejectKind::Panicked, "error"));
        assert_eq!(client.send(Echo("on".to_owned())).await, Ok("on".to_owned()));
    });
}

fn panics() {
    panic!("on the client")
}
