//! Messages that are not what they should be.

use packets_core::RejectKind;
use packets_core::net::{ConnectionLimits, Message};
use packets_server::Socket;
use packets_tests::harness::{Count, Echo, Slap, Witness, echo_server, frames, id, real_time, server};

use super::{Scene, lives};
use futures_util::SinkExt;

const UNKNOWN: u16 = 999;

/// What a client is told that sends this frame, beside another one that goes on.
async fn close_code(frame: Vec<u8>) -> u16 {
    let scene = Scene::new(&echo_server()).await;
    let mut raw = scene.raw().await;
    raw.send(frame).await;
    let code = raw.close_code().await;
    scene.goes_on().await;
    code
}

#[test]
fn a_call_with_a_malformed_body_is_rejected_and_the_connection_goes_on() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = scene.raw().await;
        for body in [&[][..], &[5, b'x'], &[1, 0xff], &[0x81, 0x00, b'x'], &[1, b'x', b'y']] {
            raw.send(frames::call(id::<Echo>(), 7, body)).await;
            assert_eq!(raw.reject(7).await.0, RejectKind::Malformed, "{body:02x?}");
        }
        lives(&mut raw).await;
        scene.goes_on().await;
    });
}

#[test]
fn a_packet_with_a_malformed_body_is_dropped_and_the_connection_goes_on() {
    real_time(async {
        let (witness, mut seen) = Witness::new();
        let accepts = move |packet: Count, _: Socket| {
            witness.tell(packet.value);
            async move { packet.value }
        };
        let server = server().accept(accepts).accept(|echo: Echo, _: Socket| async { echo.0 });
        let scene = Scene::new(&server.build().expect("a server")).await;
        let mut raw = scene.raw().await;
        for body in [&[][..], &[0x80], &[0x80, 0x00], &[1, 1], &[0xff, 0xff, 0xff, 0xff, 0xff]] {
            raw.send(frames::packet(id::<Count>(), body)).await;
        }
        raw.send(frames::packet(id::<Count>(), &[9])).await;
        assert_eq!(seen.recv().await, Some(9));
        lives(&mut raw).await;
        scene.goes_on().await;
    });
}

#[test]
fn a_call_of_an_unknown_packet_is_rejected_and_the_connection_goes_on() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = scene.raw().await;
        for unknown in [0, UNKNOWN, u16::MAX] {
            raw.send(frames::call(unknown, 3, &[1, 2, 3])).await;
            assert_eq!(raw.reject(3).await.0, RejectKind::UnknownPacket);
        }
        lives(&mut raw).await;
        scene.goes_on().await;
    });
}

#[test]
fn a_packet_of_an_unknown_id_is_dropped_and_the_connection_goes_on() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = scene.raw().await;
        for unknown in [0, UNKNOWN, u16::MAX] {
            raw.send(frames::packet(unknown, &[1, 2, 3])).await;
        }
        lives(&mut raw).await;
        scene.goes_on().await;
    });
}

#[test]
fn a_call_of_a_packet_that_nothing_accepts_is_rejected() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = scene.raw().await;
        raw.send(frames::call(id::<Count>(), 3, &[1])).await;
        assert_eq!(raw.reject(3).await.0, RejectKind::NotAccepted);
        lives(&mut raw).await;
    });
}

#[test]
fn a_malformed_frame_closes_with_1002() {
    real_time(async {
        let empty = vec![];
        let unfinished_head = vec![0x80];
        let overlong_head = vec![0x80, 0x00];
        let call_without_id = vec![0x39];
        let call_of_id_0 = frames::call(id::<Slap>(), 0, &[]);
        let call_of_id_too_large = frames::call(id::<Slap>(), 1 << 28, &[]);
        let unfinished_reject = vec![0x0b, 0];
        for frame in [
            empty,
            unfinished_head,
            overlong_head,
            call_without_id,
            call_of_id_0,
            call_of_id_too_large,
            unfinished_reject,
        ] {
            assert_eq!(close_code(frame.clone()).await, 1002, "{frame:02x?}");
        }
    });
}

#[test]
fn a_frame_of_a_reserved_kind_closes_with_1002() {
    real_time(async {
        assert_eq!(close_code(vec![0x0e]).await, 1002);
        assert_eq!(close_code(vec![0x0f]).await, 1002);
    });
}

#[test]
fn bytes_behind_a_cancel_or_a_reject_close_with_1002() {
    real_time(async {
        assert_eq!(close_code([frames::cancel(1), vec![0]].concat()).await, 1002);
        let reject = vec![0x0b, 0, 0, 0, 0];
        assert_eq!(close_code([reject, vec![0]].concat()).await, 1002);
    });
}

#[test]
fn a_text_message_closes_with_1003() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = scene.raw().await;
        raw.0.send(Message::Text("hello".to_owned())).await.expect("sent");
        assert_eq!(raw.close_code().await, 1003);
        scene.goes_on().await;
    });
}

#[test]
fn an_oversized_message_closes_with_1009() {
    real_time(async {
        let limits = ConnectionLimits::server().max_message(1_000);
        let server = server().accept(|echo: Echo, _: Socket| async { echo.0 }).limits(limits);
        let scene = Scene::new(&server.build().expect("a server")).await;
        let mut raw = scene.raw().await;
        raw.send(frames::packet(id::<Slap>(), &[0; 999])).await;
        lives(&mut raw).await;
        raw.send(frames::packet(id::<Slap>(), &[0; 1_000])).await;
        assert_eq!(raw.close_code().await, 1009);
        scene.goes_on().await;
    });
}

#[test]
fn a_message_far_beyond_the_limit_closes_with_1009_although_it_is_not_read() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = scene.raw().await;
        // It may be refused before it is all written.
        let _ = raw.0.send(Message::Binary(vec![0; 1 << 20].into())).await;
        assert_eq!(raw.close_code().await, 1009);
        scene.goes_on().await;
    });
}

#[test]
fn a_call_id_that_is_in_use_closes_with_1002() {
    real_time(async {
        let server = server()
            .accept(|echo: Echo, _: Socket| async { echo.0 })
            .accept(|_: Slap, _: Socket| std::future::pending::<()>());
        let scene = Scene::new(&server.build().expect("a server")).await;
        let mut raw = scene.raw().await;
        raw.send(frames::call(id::<Slap>(), 1, &[])).await;
        lives(&mut raw).await;
        raw.send(frames::call(id::<Slap>(), 1, &[])).await;
        assert_eq!(raw.close_code().await, 1002);
        scene.goes_on().await;
    });
}

#[test]
fn a_call_id_is_free_again_once_it_is_answered_or_cancelled() {
    real_time(async {
        let server = server()
            .accept(|echo: Echo, _: Socket| async { echo.0 })
            .accept(|_: Slap, _: Socket| std::future::pending::<()>());
        let scene = Scene::new(&server.build().expect("a server")).await;
        let mut raw = scene.raw().await;
        for _ in 0..3 {
            lives(&mut raw).await;
            raw.send(frames::call(id::<Slap>(), 1, &[])).await;
            raw.send(frames::cancel(1)).await;
        }
        lives(&mut raw).await;
    });
}

#[test]
fn answers_and_cancels_of_calls_that_never_were_do_nothing() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = scene.raw().await;
        raw.send(frames::reply(5, &[1, 2, 3])).await;
        raw.send(vec![0x2b, 0, 0, 0, 0]).await;
        raw.send(frames::cancel(5)).await;
        lives(&mut raw).await;
        scene.goes_on().await;
    });
}
