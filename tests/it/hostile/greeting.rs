//! Greetings that are not what they should be.

use std::time::Duration;

use packets_core::control::VERSION;
use packets_core::net::ConnectionLimits;
use packets_server::{Server, Socket};
use packets_tests::harness::{
    Echo, Raw, Slap, Witness, echo_server, frames, id, real_time, registry, server,
};

use super::{Scene, lives};

/// What a client is told that sends this frame first, beside another one that goes on.
async fn close_code(server: &Server, frame: Option<Vec<u8>>) -> u16 {
    let scene = Scene::new(server).await;
    let mut raw = Raw::open(scene.address).await;
    raw.welcomed().await;
    if let Some(frame) = frame {
        raw.send(frame).await;
    }
    let code = raw.close_code().await;
    scene.goes_on().await;
    code
}

#[test]
fn a_second_greeting_closes_with_1002() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = scene.raw().await;
        raw.send(frames::hello(VERSION, &registry(), 1 << 20)).await;
        assert_eq!(raw.close_code().await, 1002);
        scene.goes_on().await;
    });
}

#[test]
fn a_packet_before_the_greeting_is_refused_and_not_accepted() {
    real_time(async {
        let (witness, mut seen) = Witness::new();
        let slaps = witness.clone();
        let server = server()
            .connect(move |_| {
                witness.tell("connected");
                async {}
            })
            .accept(move |_: Slap, _: Socket| {
                slaps.tell("slapped");
                async {}
            })
            .accept(|echo: Echo, _: Socket| async { echo.0 })
            .build()
            .expect("a server");
        assert_eq!(close_code(&server, Some(frames::packet(id::<Slap>(), &[]))).await, 1002);
        assert_eq!(close_code(&server, Some(frames::call(id::<Slap>(), 1, &[]))).await, 1002);
        drop(server);
        // The two good clients only.
        assert_eq!((seen.recv().await, seen.recv().await), (Some("connected"), Some("connected")));
        assert!(seen.is_empty());
    });
}

#[test]
fn another_version_of_the_protocol_closes_with_4406() {
    real_time(async {
        for version in [0, 2, 1_000] {
            let hello = frames::hello(version, &registry(), 1 << 20);
            assert_eq!(close_code(&echo_server(), Some(hello)).await, 4406);
        }
    });
}

#[test]
fn a_client_that_does_not_greet_in_time_is_closed_with_4408() {
    real_time(async {
        let limits = ConnectionLimits::server().handshake_timeout(Duration::from_millis(50));
        let server = server().accept(|echo: Echo, _: Socket| async { echo.0 }).limits(limits);
        assert_eq!(close_code(&server.build().expect("a server"), None).await, 4408);
    });
}

#[test]
fn a_control_frame_out_of_place_closes_with_1002() {
    real_time(async {
        let (manifest_request, manifest) = (frames::control(2, &[]), frames::control(3, &[0]));
        let welcome = frames::welcome(VERSION, &registry());
        for frame in [manifest_request, manifest.clone(), welcome.clone(), frames::control(1, &[])] {
            assert_eq!(close_code(&echo_server(), Some(frame)).await, 1002);
        }
        for frame in [manifest, welcome] {
            let scene = Scene::new(&echo_server()).await;
            let mut raw = scene.raw().await;
            raw.send(frame).await;
            assert_eq!(raw.close_code().await, 1002);
            scene.goes_on().await;
        }
    });
}

#[test]
fn control_frames_of_later_versions_and_later_fields_are_ignored() {
    real_time(async {
        let scene = Scene::new(&echo_server()).await;
        let mut raw = Raw::open(scene.address).await;
        raw.welcomed().await;
        raw.send(frames::control(200, &[1, 2, 3])).await;
        let hello = frames::hello(VERSION, &registry(), 1 << 20);
        // No session to go on with, and what a later version adds.
        raw.send([hello, vec![0; 17], vec![1, 2, 3]].concat()).await;
        raw.send(frames::control(9, &[9])).await;
        lives(&mut raw).await;
    });
}
