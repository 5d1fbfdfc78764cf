//! All there is on a server at a moment.

use std::net::IpAddr;

use futures_util::FutureExt;
use packets_core::net::ConnectionLimits;
use packets_server::{AdmissionLimits, Inspection, Policy, RejectKind, Server};
use packets_tests::harness::{
    Count, Echo, Scene, Slap, client, connect, frames, paused_time, real_time, server, socket_of,
};
use tokio::net::TcpStream;

use super::{SLOW, builder};

fn rooms(inspection: &Inspection) -> Vec<(&str, usize)> {
    inspection.rooms.iter().map(|room| (&*room.name, room.members)).collect()
}

#[test]
fn sockets_are_there_with_their_rooms_and_what_they_do() {
    paused_time(async {
        let server = builder().build().expect("a server");
        let (first, first_end) = connect(&server, client()).await;
        let one = socket_of(&first, &server).await;
        tokio::time::sleep(SLOW).await;
        let (second, _second_end) = connect(&server, client()).await;
        let two = socket_of(&second, &server).await;
        one.join("lobby").expect("room");
        one.join("kitchen").expect("room");
        two.join("lobby").expect("room");
        let asks = tokio::spawn(first.send(Count { value: 7 }));
        first.emit(&Slap).expect("room");
        let mut asked = two.send(Echo(String::new()));
        assert!((&mut asked).now_or_never().is_none(), "it is sent");
        tokio::time::sleep(SLOW / 4).await;

        let mut inspection = server.inspect();
        inspection.sockets.sort_by_key(|socket| socket.id != one.id());
        assert_eq!(rooms(&inspection), [("kitchen", 1), ("lobby", 2)]);
        let [of_one, of_two] = &inspection.sockets[..] else { panic!("{inspection:#?}") };
        assert_eq!((of_one.id, of_two.id), (one.id(), two.id()));
        assert_eq!((of_one.age, of_two.age), (SLOW + SLOW / 4, SLOW / 4));
        assert_eq!((of_one.accepting, of_two.accepting), (1, 0));
        assert_eq!((of_one.rooms.len(), of_two.rooms.len()), (2, 1));
        assert_eq!(of_one.dropped.received(RejectKind::NotAccepted), 1);
        // The client rejects it at once, and nobody has looked at the answer.
        assert_eq!((of_one.calls, of_two.calls), (0, 1));
        assert_eq!(of_one.ip, None, "it came in memory");

        asks.await.expect("no panic").expect("answered");
        drop(asked);
        first.close();
        first_end.await.expect("no panic");
        let inspection = server.inspect();
        assert_eq!(rooms(&inspection), [("lobby", 1)]);
        assert_eq!(inspection.sockets.iter().map(|socket| socket.id).collect::<Vec<_>>(), [two.id()]);
        assert_eq!(inspection.sockets[0].accepting, 0);
    });
}

#[test]
fn what_waits_for_a_slow_reader_shows() {
    paused_time(async {
        let server = server().limits(ConnectionLimits::server()).build().expect("a server");
        let (_raw, socket) = crate::pressure::stalled(&server).await;
        for _ in 0..3 {
            socket.emit(&Slap).expect("room");
        }
        let inspection = server.inspect();
        let load = inspection.sockets[0].load;
        assert_eq!((load.frames, load.weight), (3, 3 * (64 + 1)));
    });
}

#[test]
fn packets_are_there_with_their_schemas_and_limits() {
    let server: Server = builder().policy::<Count>(Policy::new().max_size(3)).build().expect("a server");
    let inspection = server.inspect();
    let names: Vec<_> = inspection.packets.iter().map(|packet| (packet.id.number(), &*packet.name)).collect();
    let expected: Vec<_> =
        server.registry().iter().map(|(id, packet)| (id.number(), packet.name())).collect();
    assert_eq!(names, expected);
    let of = |name: &str| inspection.packets.iter().find(|packet| packet.name == name).expect("a packet");
    assert_eq!((&*of("Count").schema, &*of("Count").response), ("{value:varuint}", "uint32"));
    assert_eq!(of("Count").policy.max_size, Some(3));
    assert_eq!(of("Echo").policy, Policy::new());
    assert!(of("Echo").is_accepted);
    assert!(!of("Slap").is_accepted);
    assert_eq!(
        of("Slap").fingerprint,
        server.registry().get(of("Slap").id.number()).expect("it").fingerprint()
    );
}

#[test]
fn who_is_on_the_way_is_counted_and_so_are_addresses() {
    real_time(async {
        let server = builder()
            .admission(AdmissionLimits::default().connections_per_ip(10))
            .limits(ConnectionLimits::server().handshake_timeout(std::time::Duration::from_secs(60)))
            .build()
            .expect("a server");
        let empty = server.inspect();
        assert_eq!((empty.handshakes, empty.places, empty.addresses), (0, 0, 0));
        let scene = Scene::new(&server).await;
        scene.goes_on().await;
        let silent = TcpStream::connect(scene.address).await.expect("a connection");
        let mut raw = scene.raw().await;
        raw.send(frames::call(99, 1, &[])).await;
        raw.frame().await;
        // It has come before the one that was served.
        let inspection = server.inspect();
        assert_eq!((inspection.handshakes, inspection.places, inspection.addresses), (1, 2, 1));
        let local: IpAddr = [127, 0, 0, 1].into();
        assert!(inspection.sockets.iter().all(|socket| socket.ip == Some(local)), "{inspection:#?}");
        assert!(!inspection.is_shutting_down);
        drop((silent, raw));
    });
}

#[test]
fn a_server_that_shuts_down_says_so() {
    paused_time(async {
        let server = builder().build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        client.send(Echo(String::new())).await.expect("answered");
        let calls = tokio::spawn(client.send(Count { value: 7 }));
        tokio::time::sleep(SLOW / 2).await;
        let ends = server.clone();
        let end = tokio::spawn(async move { ends.shut_down().await });
        tokio::time::sleep(SLOW / 4).await;
        let inspection = server.inspect();
        assert!(inspection.is_shutting_down);
        assert_eq!(inspection.sockets.len(), 1);
        calls.await.expect("no panic").expect("answered");
        end.await.expect("no panic");
        assert!(server.inspect().sockets.is_empty());
    });
}
