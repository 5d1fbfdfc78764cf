//! Members of a busy room that do not read, and acceptors that panic on the way into one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets_core::net::ConnectionLimits;
use packets_core::{CloseReason, RejectKind};
use packets_server::{SendError, Socket};
use packets_tests::harness::{Blob, Count, Echo, Scene, Slap, frames, id, real_time, server};
use tokio::sync::mpsc;

#[test]
fn slow_readers_in_a_busy_room_are_cut_off_and_the_others_get_all() {
    const SLOW: usize = 20;
    const PACKETS: u32 = 1_500;

    real_time(async {
        let (ended, mut ends) = mpsc::unbounded_channel();
        let limits = ConnectionLimits::server()
            .queue_frames(64)
            .queue_bytes(256 << 10)
            .write_timeout(Duration::from_millis(300))
            .close_timeout(Duration::from_millis(300));
        let server = server()
            .limits(limits)
            .connect(|socket: Socket| async move { socket.join("busy").expect("room") })
            .disconnect(move |socket: Socket, reason| {
                let _ = ended.send((socket.id(), reason));
                async {}
            })
            .accept(|packet: Echo, _: Socket| async move { packet.0 })
            .build()
            .expect("a server");
        let scene = Scene::new(&server).await;
        let mut blobs = scene.good.packets::<Blob>();
        scene.goes_on().await;
        let good = server.to("busy").sockets()[0].id();
        let mut slow = Vec::new();
        for _ in 0..SLOW {
            slow.push(scene.wire().await);
        }
        while server.to("busy").sockets().len() <= SLOW {
            tokio::task::yield_now().await;
        }
        let watch = scene.watch();
        let content = vec![7; 10_000];
        for answer in 0..PACKETS {
            let blob = Blob { answer, content: content.clone().into() };
            server.to("busy").emit(&blob).expect("encoded");
            assert_eq!(blobs.next().await, Some(blob));
        }
        for _ in 0..SLOW {
            let (id, reason) = ends.recv().await.expect("the hook runs");
            assert_eq!(reason, CloseReason::SlowConsumer);
            assert_ne!(id, good);
        }
        watch.was_served().await;
        assert_eq!(server.to("busy").sockets().len(), 1);
        assert!(ends.try_recv().is_err());
    });
}

#[test]
fn an_acceptor_that_panics_while_joining_leaves_the_rooms_in_order() {
    real_time(async {
        let held = Arc::new(Mutex::new(()));
        let poisoned = held.clone();
        let server = server()
            .accept(|packet: Echo, _: Socket| async move { packet.0 })
            .accept(move |_: Slap, socket: Socket| {
                let poisoned = poisoned.clone();
                async move {
                    socket.join("before").expect("room");
                    let _guard = poisoned.lock();
                    assert!(socket.rooms().is_empty(), "on the way into the next room");
                }
            })
            .accept(|_: Count, socket: Socket| async move {
                socket.join("after").expect("room");
                socket.rooms().len() as u32
            })
            .build()
            .expect("a server");
        let scene = Scene::new(&server).await;
        let mut wire = scene.wire().await;
        for call in 1..=100 {
            wire.message(&frames::call(id::<Slap>(), call, &[])).await.expect("written");
            wire.read_frame().await.expect("a reject");
        }
        assert!(held.is_poisoned());
        let Err(SendError::Rejected(reject)) = scene.good.send(Slap).await else { panic!("it panics") };
        assert_eq!(reject.kind, RejectKind::Panicked);
        assert_eq!(server.to("before").sockets().len(), 2);
        assert_eq!(scene.good.send(Count { value: 0 }).await, Ok(2));
        assert_eq!(server.to("after").emit(&Slap).expect("encoded").queued, 1);
        scene.goes_on().await;
        drop(wire);
        scene.good.close();
        while !server.sockets().is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(server.rooms().is_empty());
    });
}
