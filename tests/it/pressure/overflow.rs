//! What becomes of packets that are emitted to an end that does not read.

use std::time::Duration;

use bytes::Bytes;
use packets_client::{Client, SendError};
use packets_core::CloseReason;
use packets_core::frame::Frame;
use packets_core::net::ConnectionLimits;
use packets_core::packet::Descriptor;
use packets_server::{Dropped, Overflow, Packet, Policy, Registry, Server};
use packets_tests::harness::{
    Blob, Count, Echo, Slap, attach, client, connect, id, only_socket, paused_time, server,
};
use tokio::time::Instant;

use super::{reads_again, stalled};

/// Ten frames may wait.
const LIMITS: ConnectionLimits = ConnectionLimits::server().queue_frames(10);

fn with(overflow: Overflow) -> Server {
    let policy = Policy::new().overflow(overflow);
    server().limits(LIMITS).policy::<Count>(policy).build().expect("a server")
}

/// The packets of one byte, by name and content.
fn packets(frames: &[Frame]) -> Vec<(&'static str, u8)> {
    let packets = frames.iter().map(|frame| match frame {
        Frame::Packet { id: wire, body } if *wire == u32::from(id::<Count>()) => ("Count", body[0]),
        Frame::Packet { id: wire, body } if *wire == u32::from(id::<Echo>()) => ("Echo", body[1]),
        Frame::Call { .. } => ("call", 0),
        other => panic!("{other:?}"),
    });
    packets.collect()
}

fn counts(values: impl IntoIterator<Item = u8>) -> Vec<(&'static str, u8)> {
    values.into_iter().map(|value| ("Count", value)).collect()
}

#[test]
fn by_default_the_newest_is_refused_and_counted() {
    paused_time(async {
        let server = server().limits(LIMITS).build().expect("a server");
        let (mut raw, socket) = stalled(&server).await;
        let taken: Vec<_> = (0..15).map(|value| socket.emit(&Count { value })).collect();
        assert!(taken[..10].iter().all(Result::is_ok));
        assert_eq!(taken[10..], [(); 5].map(|()| Err(SendError::Full)));
        assert_eq!(socket.dropped().full, 5);
        assert_eq!(packets(&reads_again(&mut raw, 10).await), counts(0..10));
        assert_eq!(socket.ready().await, Ok(()));
        assert_eq!(socket.emit(&Count { value: 15 }), Ok(()));
    });
}

#[test]
fn the_oldest_gives_way_to_the_newest_in_order() {
    paused_time(async {
        let server = with(Overflow::DropOldest);
        let (mut raw, socket) = stalled(&server).await;
        socket.emit(&Echo("x".to_owned())).expect("room");
        for value in 0..30 {
            assert_eq!(socket.emit(&Count { value }), Ok(()));
        }
        let Dropped { full, oldest, replaced, .. } = socket.dropped();
        assert_eq!((full, oldest, replaced), (0, 21, 0));
        let read = packets(&reads_again(&mut raw, 10).await);
        assert_eq!(read[0], ("Echo", b'x'), "it is of a type that does not give way");
        assert_eq!(read[1..], counts(21..30));
    });
}

#[test]
fn packets_that_do_not_give_way_leave_no_room_for_those_that_would() {
    paused_time(async {
        let server = with(Overflow::DropOldest);
        let (_raw, socket) = stalled(&server).await;
        for _ in 0..10 {
            socket.emit(&Echo(String::new())).expect("room");
        }
        assert_eq!(socket.emit(&Count { value: 1 }), Err(SendError::Full));
        let Dropped { full, oldest, .. } = socket.dropped();
        assert_eq!((full, oldest), (1, 0));
    });
}

#[test]
fn the_latest_replaces_the_one_that_waits_and_goes_behind_the_others() {
    paused_time(async {
        let server = with(Overflow::KeepLatest);
        let (mut raw, socket) = stalled(&server).await;
        for value in 0..10 {
            assert_eq!(socket.emit(&Count { value }), Ok(()));
        }
        socket.emit(&Echo("x".to_owned())).expect("room");
        assert_eq!(socket.emit(&Count { value: 10 }), Ok(()));
        socket.emit(&Echo("y".to_owned())).expect("room");
        assert_eq!(socket.dropped().replaced, 10);
        let read = packets(&reads_again(&mut raw, 3).await);
        assert_eq!(read, [("Echo", b'x'), ("Count", 10), ("Echo", b'y')]);
    });
}

#[test]
fn the_latest_finds_its_place_in_a_full_queue_if_one_of_its_type_waits() {
    paused_time(async {
        let server = with(Overflow::KeepLatest);
        let (mut raw, socket) = stalled(&server).await;
        socket.emit(&Count { value: 1 }).expect("room");
        for _ in 0..9 {
            socket.emit(&Echo("x".to_owned())).expect("room");
        }
        assert_eq!(socket.emit(&Echo("y".to_owned())), Err(SendError::Full));
        for value in 2..100 {
            assert_eq!(socket.emit(&Count { value }), Ok(()));
        }
        let read = packets(&reads_again(&mut raw, 10).await);
        assert_eq!(read[8..], [("Echo", b'x'), ("Count", 99)]);
    });
}

#[test]
fn who_must_miss_nothing_is_disconnected_at_once() {
    paused_time(async {
        let server = with(Overflow::Disconnect);
        let (raw, socket) = stalled(&server).await;
        let begin = Instant::now();
        for value in 0..10 {
            assert_eq!(socket.emit(&Count { value }), Ok(()));
        }
        let gone = Err(SendError::Disconnected(CloseReason::SlowConsumer));
        assert_eq!(socket.emit(&Count { value: 10 }), gone);
        assert_eq!(socket.emit(&Slap), gone);
        assert_eq!(socket.closed().await, CloseReason::SlowConsumer);
        assert_eq!(begin.elapsed(), Duration::ZERO);
        drop(raw);
    });
}

#[test]
fn calls_and_answers_are_never_dropped() {
    paused_time(async {
        let policy = Policy::new().overflow(Overflow::DropOldest);
        let server = server().limits(LIMITS).policy::<Count>(policy);
        let server = server.accept(|packet: Echo, _| async { packet.0 }).build().expect("a server");
        let (mut raw, socket) = stalled(&server).await;
        let call = tokio::spawn(socket.send(Slap));
        let echo = packets_tests::harness::frames::string("on");
        raw.send(packets_tests::harness::frames::call(id::<Echo>(), 1, &echo)).await;
        tokio::task::yield_now().await;
        for value in 0..100 {
            socket.emit(&Count { value }).expect("one gives way");
        }
        let read = reads_again(&mut raw, 10).await;
        let kept = read.iter().filter(|frame| !matches!(frame, Frame::Packet { .. })).count();
        assert_eq!(kept, 2, "{read:?}");
        assert_eq!(socket.dropped().oldest, 92);
        call.abort();
    });
}

#[test]
fn the_limits_say_what_becomes_of_types_that_do_not() {
    paused_time(async {
        let limits = LIMITS.overflow(Overflow::DropOldest);
        let policy = Policy::new().overflow(Overflow::RejectNewest);
        let server = server().limits(limits).policy::<Echo>(policy).build().expect("a server");
        let (_raw, socket) = stalled(&server).await;
        for value in 0..20 {
            assert_eq!(socket.emit(&Count { value }), Ok(()));
        }
        assert_eq!(socket.emit(&Echo(String::new())), Err(SendError::Full));
    });
}

#[test]
fn large_packets_give_way_by_their_bytes() {
    paused_time(async {
        let limits = ConnectionLimits::server().queue_bytes(10_000);
        let policy = Policy::new().overflow(Overflow::DropOldest);
        let server = server().limits(limits).policy::<Blob>(policy).build().expect("a server");
        let (mut raw, socket) = stalled(&server).await;
        let blob = |answer, size| Blob { answer, content: Bytes::from(vec![0; size]) };
        for answer in 0..50 {
            assert_eq!(socket.emit(&blob(answer, 4_000)), Ok(()));
        }
        assert_eq!(socket.dropped().oldest, 47, "three fit");
        assert_eq!(socket.emit(&blob(50, 20_000)), Ok(()));
        assert_eq!(socket.emit(&blob(51, 1)), Ok(()));
        let read = reads_again(&mut raw, 1).await;
        assert!(matches!(&read[0], Frame::Packet { body, .. } if body[3] == 51), "the large one went, too");
    });
}

#[test]
fn who_reads_slowly_slows_nobody_else() {
    paused_time(async {
        let server = with(Overflow::KeepLatest);
        let (mut raw, slow) = stalled(&server).await;
        let mut good = Vec::new();
        for _ in 0..5 {
            let (client, _end) = connect(&server, client()).await;
            let counts = client.packets::<Count>();
            good.push((client, counts));
        }
        while server.sockets().len() < 6 {
            tokio::task::yield_now().await;
        }
        for value in 0..1_000 {
            for socket in server.sockets() {
                assert_eq!(socket.emit(&Count { value: value % 100 }), Ok(()));
            }
            for (_, counts) in &mut good {
                assert_eq!(counts.next().await, Some(Count { value: value % 100 }));
            }
        }
        let dropped = server.sockets().iter().map(|socket| socket.dropped().replaced).sum::<u64>();
        assert_eq!((dropped, slow.dropped().replaced), (999, 999), "the slow one's alone");
        assert_eq!(packets(&reads_again(&mut raw, 1).await), counts([99]));
    });
}

/// Says its policy itself.
#[derive(Packet)]
#[packet(gather = false, overflow = "keep-latest")]
struct Position(#[packet(varuint)] u32);

#[test]
fn the_attribute_holds_on_both_ends() {
    paused_time(async {
        let registry = || Registry::of([Descriptor::of::<Position>()]).expect("a registry");
        let server = Server::builder().registry(registry()).build().expect("a server");
        let (transport, _end) = attach(&server);
        let client = Client::builder().registry(registry());
        let client = client.connect_transport(transport).await.expect("a connection");
        let socket = only_socket(&server).await;
        let (mut here, mut there) = (socket.packets::<Position>(), client.packets::<Position>());
        for value in 0..10 {
            // Nothing is written in between.
            client.emit(&Position(value)).expect("room");
            socket.emit(&Position(value)).expect("room");
        }
        assert_eq!(here.next().await.map(|position| position.0), Some(9));
        assert_eq!(there.next().await.map(|position| position.0), Some(9));
        assert_eq!((client.dropped().replaced, socket.dropped().replaced), (9, 9));
    });
}
