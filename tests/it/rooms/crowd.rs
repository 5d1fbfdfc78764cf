//! Many sockets that come, join, emit and go at the same time.

use std::time::{Duration, Instant};

use packets_core::net::ConnectionLimits;
use packets_server::{JoinError, Server};
use packets_tests::harness::{Count, Slap, client, connect, many_threads, paused_time, server, socket_of};

use super::{Guest, count, crowd_of, guest, plain_server, rooms};

/// More than are kept together.
const MANY: usize = 300;

#[test]
fn every_member_of_a_large_room_is_reached_whoever_left() {
    paused_time(async {
        let server = plain_server();
        let mut guests = crowd_of(&server, MANY, &["a"]).await;
        // Ever fewer are left, and which ones has no pattern.
        let mut random = 1_u32;
        for round in 1.. {
            guests = {
                let mut left = Vec::new();
                for guest in guests {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    match random >> 30 {
                        0 => assert!(guest.socket.leave("a")),
                        1 => {
                            drop(guest.client);
                            guest.end.await.expect("no panic");
                        }
                        _ => left.push(guest),
                    }
                }
                left
            };
            assert_eq!(server.to("a").emit(&count(round)).expect("sent").queued, guests.len());
            for guest in &mut guests {
                assert_eq!(guest.seen().await, [round]);
            }
            if guests.is_empty() {
                break;
            }
        }
        assert_eq!(rooms(&server), []);
    });
}

/// Joins, hears what it says itself to the room, and goes.
async fn visit(server: &Server, value: u32) {
    let mut guest: Guest = guest(server, &["lobby"]).await;
    let room = format!("of {}", value % 7);
    guest.socket.join(&room).expect("joined");
    assert!(server.to("lobby").to(&room).emit(&count(value)).expect("sent").queued >= 1);
    let seen = guest.seen().await;
    assert_eq!(seen.iter().filter(|seen| **seen == value).count(), 1, "{seen:?}");
    if value.is_multiple_of(3) {
        guest.socket.leave("lobby");
    }
    if value.is_multiple_of(2) {
        guest.socket.close();
    } else {
        drop(guest.client);
    }
    guest.end.await.expect("no panic");
    assert!(guest.socket.join("lobby").is_err());
}

#[test]
fn who_has_joined_hears_all_that_follows_while_others_come_and_go() {
    many_threads(async {
        let limits = ConnectionLimits::server().queue_frames(1_000_000);
        let server = server().limits(limits).build().expect("a server");
        let noise = tokio::spawn({
            let server = server.clone();
            async move {
                loop {
                    server.to("lobby").except("of 0").emit(&Slap).expect("sent");
                    tokio::task::yield_now().await;
                }
            }
        });
        let visits = (0..8).map(|visitor| {
            let server = server.clone();
            tokio::spawn(async move {
                for visit_number in 0..40 {
                    visit(&server, visitor * 1_000 + visit_number).await;
                }
            })
        });
        for visits in visits.collect::<Vec<_>>() {
            visits.await.expect("no panic");
        }
        noise.abort();
        noise.await.expect_err("it goes on for ever");
        assert!(format!("{server:?}").contains("Rooms { sockets: 0, rooms: 0, .. }"), "{server:?}");
    });
}

#[test]
fn a_join_while_the_connection_ends_leaves_nothing_behind() {
    many_threads(async {
        let server = server().build().expect("a server");
        for value in 0..200 {
            let (client, end) = connect(&server, client()).await;
            let socket = socket_of(&client, &server).await;
            let joins = tokio::task::spawn_blocking(move || {
                let begin = Instant::now();
                while socket.join("lobby") != Err(JoinError::Ended) {
                    socket.leave("lobby");
                    assert!(begin.elapsed() < Duration::from_secs(5), "it still may join");
                }
            });
            if value % 2 == 0 {
                end.abort();
            } else {
                client.close();
            }
            let _ = end.await;
            joins.await.expect("no panic");
            assert_eq!(rooms(&server), []);
        }
    });
}

#[test]
fn emits_of_several_tasks_arrive_each_in_its_order() {
    many_threads(async {
        let server = plain_server();
        let mut guests = [guest(&server, &["a"]).await, guest(&server, &["a"]).await];
        let tasks: Vec<_> = (0..4)
            .map(|task| {
                let server = server.clone();
                tokio::task::spawn_blocking(move || {
                    for value in 0..30 {
                        let delivery = server.to("a").emit(&Count { value: task * 100 + value });
                        assert_eq!(delivery.expect("sent").queued, 2);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        for guest in &mut guests {
            let seen = guest.seen().await;
            assert_eq!(seen.len(), 4 * 30);
            for task in 0..4 {
                let of_task: Vec<_> = seen.iter().filter(|value| **value / 100 == task).collect();
                assert!(of_task.is_sorted());
            }
        }
    });
}
