//! Members that do not take what the others do.

use packets_core::control::VERSION;
use packets_core::net::ConnectionLimits;
use packets_server::Delivery;
use packets_tests::harness::{Blob, Raw, attach, client, frames, paused_time, registry, server, socket_of};

use super::{count, guest, guest_with, plain_server, seen};

fn delivery(queued: usize, full: usize, too_large: usize, ended: usize) -> Delivery {
    let mut delivery = Delivery::default();
    (delivery.queued, delivery.full, delivery.too_large, delivery.ended) = (queued, full, too_large, ended);
    delivery
}

#[test]
fn a_member_that_does_not_read_holds_up_nobody_and_is_counted() {
    paused_time(async {
        let limits = ConnectionLimits::server().queue_frames(10);
        let server = server().limits(limits).build().expect("a server");
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        let mut reads = guest(&server, &[]).await;
        let mut full = 0;
        for value in 0..1_000 {
            let delivery = server.emit(&count(value)).expect("sent");
            assert_eq!(delivery.queued + delivery.full, 2);
            full += delivery.full;
            assert_eq!(reads.seen().await, [value]);
        }
        // What the transport took, what its driver holds, and what waits for that.
        assert!((1_000 - 64 - 2 * 10..1_000 - 64).contains(&full), "{full}");
    });
}

#[test]
fn a_packet_too_large_for_one_client_reaches_the_others() {
    paused_time(async {
        let server = plain_server();
        let mut large = guest(&server, &[]).await;
        let (transport, _end) = attach(&server);
        let mut small = Raw(transport);
        small.welcomed().await;
        small.send(frames::hello(VERSION, &registry(), 50)).await;
        while server.sockets().len() < 2 {
            tokio::task::yield_now().await;
        }
        let mut blobs = large.client.packets::<Blob>();
        let blob = Blob { answer: 0, content: vec![1; 50].into() };
        assert_eq!(server.emit(&blob), Ok(delivery(1, 0, 1, 0)));
        assert_eq!(blobs.next().await, Some(blob));
        assert_eq!(server.emit(&count(1)), Ok(delivery(2, 0, 0, 0)));
        assert_eq!(large.seen().await, [1]);
    });
}

#[test]
fn a_member_that_is_being_closed_is_counted() {
    paused_time(async {
        let server = plain_server();
        let mut stays = guest(&server, &["a"]).await;
        let goes = guest_with(&server, client(), &["a"]).await;
        goes.socket.close();
        assert_eq!(server.to("a").emit(&count(1)), Ok(delivery(1, 0, 0, 1)));
        assert_eq!(seen([&mut stays]).await, [[1]]);
        goes.end.await.expect("no panic");
        assert_eq!(server.to("a").emit(&count(2)), Ok(delivery(1, 0, 0, 0)));
    });
}

#[test]
fn what_fits_none_is_queued_for_none() {
    paused_time(async {
        let server = server().limits(ConnectionLimits::server().max_send(20)).build().expect("a server");
        let guest = guest(&server, &["a"]).await;
        let blob = Blob { answer: 0, content: vec![1; 50].into() };
        assert_eq!(server.to("a").emit(&blob), Ok(delivery(0, 0, 1, 0)));
        assert_eq!(socket_of(&guest.client, &server).await.id(), guest.id());
    });
}
