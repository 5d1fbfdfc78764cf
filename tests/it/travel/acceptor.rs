//! What can be an acceptor, several of them, and how they run beside each other.

use std::sync::Arc;

use futures_util::future::join_all;
use packets_client::{Client, SendError};
use packets_core::net::ConnectionLimits;
use packets_core::{AcceptError, Acceptor};
use packets_server::{Socket, ValidationError};
use packets_tests::harness::{Count, Echo, Slap, Witness, client, connect, only_socket, paused_time, server};
use tokio::sync::{Mutex, Notify};

/// Multiplies by its factor, and refuses 0.
struct Times(u32);

impl<S: Sync> Acceptor<Count, S> for Times {
    async fn validate(&self, packet: &Count, _: &S) -> Result<(), ValidationError> {
        if packet.value == 0 { Err(ValidationError::new(400, "nothing")) } else { Ok(()) }
    }

    async fn respond(&self, packet: Count, _: &S) -> Result<u32, AcceptError> {
        Ok(packet.value * self.0)
    }
}

async fn triple(packet: Count, _: Socket) -> Result<u32, std::num::TryFromIntError> {
    u8::try_from(packet.value * 3).map(u32::from)
}

#[test]
fn a_type_an_arc_of_it_a_closure_and_a_function_accept() {
    paused_time(async {
        let shared = Arc::new(Times(4));
        for (server, factor) in [
            (server().accept::<Count>(Times(2)), 2),
            (server().accept::<Count>(shared.clone()), 4),
            (server().accept(|packet: Count, _: Socket| async move { packet.value * 5 }), 5),
            (server().accept(triple), 3),
        ] {
            let server = server.build().expect("a server");
            let (client, _end) = connect(&server, client().accept::<Count>(shared.clone())).await;
            assert_eq!(client.send(Count { value: 7 }).await, Ok(7 * factor));
            assert_eq!(only_socket(&server).await.send(Count { value: 7 }).await, Ok(28));
        }
    });
}

#[test]
fn respond_has_only_what_validate_let_pass() {
    paused_time(async {
        let server = server().accept::<Count>(Times(2)).build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let refused = SendError::Validation(ValidationError::new(400, "nothing"));
        assert_eq!(client.send(Count { value: 0 }).await, Err(refused));
    });
}

#[test]
fn several_acceptors_have_a_packet_in_turn_and_the_first_one_answers() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = |place: u32| {
            let witness = witness.clone();
            move |packet: Count, _: Socket| {
                let witness = witness.clone();
                async move {
                    witness.tell(place);
                    tokio::task::yield_now().await;
                    if packet.value == place {
                        return Err(ValidationError::new(place, "no further"));
                    }
                    Ok(place * 100)
                }
            }
        };
        let server = server().accept(accept(1)).accept(accept(2)).accept(accept(3));
        let (client, _end) = connect(&server.build().expect("a server"), client()).await;
        let refused = |place| Err(SendError::Validation(ValidationError::new(place, "no further")));
        for (value, answer, had) in [
            (0, Ok(100), &[1, 2, 3][..]),
            (1, refused(1), &[1]),
            (2, refused(2), &[1, 2]),
            (3, refused(3), &[1, 2, 3]),
        ] {
            assert_eq!(client.send(Count { value }).await, answer);
            for place in had {
                assert_eq!(seen.try_recv(), Ok(*place));
            }
            assert!(seen.try_recv().is_err());
        }
    });
}

#[test]
fn an_acceptor_that_awaits_does_not_hold_up_the_next() {
    paused_time(async {
        let second_is_done = Arc::new(Notify::new());
        let server = server()
            .accept({
                let second_is_done = second_is_done.clone();
                move |_: Slap, _: Socket| {
                    let second_is_done = second_is_done.clone();
                    async move { second_is_done.notified().await }
                }
            })
            .accept(move |packet: Echo, _: Socket| {
                second_is_done.notify_one();
                async { packet.0 }
            })
            .build()
            .expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let first = tokio::spawn(client.send(Slap));
        tokio::task::yield_now().await;
        assert_eq!(client.send(Echo("second".to_owned())).await, Ok("second".to_owned()));
        assert_eq!(first.await.expect("no panic"), Ok(()));
    });
}

/// Each end has as many calls in flight as it may, and those of one end need calls of the other.
#[test]
fn two_ends_that_call_each_other_at_their_limits_do_not_lock_up() {
    paused_time(async {
        const CALLS: usize = 8;
        let limits = |limits: ConnectionLimits| {
            limits.calls(CALLS).acceptors(CALLS).queue_frames(CALLS).queue_bytes(100)
        };
        let server = server()
            .limits(limits(ConnectionLimits::server()))
            .accept(|packet: Count, socket: Socket| async move {
                socket.send(Echo(packet.value.to_string())).await.map(|echo| echo.len() as u32)
            })
            .build()
            .expect("a server");
        let client = client().limits(limits(ConnectionLimits::client())).accept(
            |packet: Echo, _: Client| async move {
                tokio::task::yield_now().await;
                packet.0
            },
        );
        let (client, _end) = connect(&server, client).await;
        let socket = only_socket(&server).await;
        let down = join_all((0..200).map(|_| socket.send(Echo("x".repeat(50)))));
        let up = join_all((0..200).map(|_| client.send(Count { value: 1_000 })));
        let begin = tokio::time::Instant::now();
        let (down, up) = futures_util::future::join(down, up).await;
        assert_eq!(begin.elapsed(), std::time::Duration::ZERO);
        assert!(down.into_iter().all(|answer| answer == Ok("x".repeat(50))));
        assert!(up.into_iter().all(|answer| answer == Ok(4)));
        assert_eq!((client.calls(), socket.calls()), (0, 0));
    });
}

#[test]
fn acceptors_share_what_they_captured_over_all_connections() {
    paused_time(async {
        let total = Arc::new(Mutex::new(0));
        let server = server()
            .accept(move |packet: Count, _: Socket| {
                let total = total.clone();
                async move {
                    let mut total = total.lock().await;
                    *total += packet.value;
                    *total
                }
            })
            .build()
            .expect("a server");
        let (first, _end) = connect(&server, client()).await;
        let (second, _end) = connect(&server, client()).await;
        assert_eq!(first.send(Count { value: 1 }).await, Ok(1));
        assert_eq!(second.send(Count { value: 10 }).await, Ok(11));
        assert_eq!(first.send(Count { value: 100 }).await, Ok(111));
        assert_eq!(server.sockets().len(), 2);
    });
}

#[test]
fn the_connect_hook_starts_before_the_first_packet_and_may_greet() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let slaps = witness.clone();
        let server = server()
            .connect(move |socket| {
                witness.tell("connected");
                async move {
                    socket.emit(&Slap).expect("room");
                }
            })
            .accept(move |_: Slap, _: Socket| {
                slaps.tell("slapped");
                async {}
            })
            .build()
            .expect("a server");
        let (witness, mut greeted) = Witness::new();
        let client = client().accept(move |_: Slap, _: Client| {
            witness.tell(());
            async {}
        });
        let (client, _end) = connect(&server, client).await;
        assert_eq!(client.send(Slap).await, Ok(()));
        assert_eq!((seen.recv().await, seen.recv().await), (Some("connected"), Some("slapped")));
        assert_eq!(greeted.recv().await, Some(()));
    });
}
