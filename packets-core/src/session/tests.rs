use super::*;
use crate::control::Hello;
use crate::manifest::Manifest;
use crate::packet::Descriptor;
use crate::reject::RejectKind;
use crate::schema::Type;

const SECOND: Duration = Duration::from_secs(1);

const CONFIG: SessionConfig = SessionConfig {
    idle_timeout: Duration::MAX,
    max_message: 1_000,
    handshake_timeout: Duration::from_secs(10),
    heartbeat_interval: Duration::from_secs(25),
    heartbeat_timeout: Duration::from_secs(45),
    held_frames: 4,
    held_bytes: 100,
};

/// A registry of these packets, each without content.
fn registry(names: &[&'static str]) -> Arc<Registry> {
    let packets = names.iter().map(|name| Descriptor::dynamic(*name, Type::UNIT, Type::UNIT));
    Arc::new(Registry::of(packets).expect("a registry"))
}

fn server(names: &[&'static str], now: Instant) -> Session {
    Session::server(registry(names), CONFIG, SessionId::from([7; 16]), None, now)
}

fn client(names: &[&'static str], now: Instant) -> Session {
    Session::client(registry(names), CONFIG, None, now)
}

/// Carries everything that one has to say to the other; the event that came of it last.
fn carry(from: &mut Session, to: &mut Session, now: Instant) -> Option<Event> {
    let mut last = None;
    while let Some(message) = from.poll_transmit() {
        last = to.receive(message, now).expect("in order").or(last);
    }
    last
}

/// Two sessions of these registries that know each other.
fn open(ours: &[&'static str], theirs: &[&'static str], now: Instant) -> (Session, Session) {
    let (mut client, mut server) = (client(ours, now), server(theirs, now));
    for _ in 0..2 {
        carry(&mut server, &mut client, now);
        carry(&mut client, &mut server, now);
    }
    assert!(matches!(client.state, State::Open { .. }) && matches!(server.state, State::Open { .. }));
    (client, server)
}

fn packet(id: u16) -> Bytes {
    frame::packet(id, 0, |_| {}).expect("encodes")
}

fn call(id: u16) -> Bytes {
    frame::call(id, CallId::FIRST, None, 0, |_| {}).expect("encodes")
}

/// Why the session closes on this control frame, if it does.
fn refusal(mut session: Session, control: &Control) -> Option<CloseReason> {
    session.receive(frame::control(control), Instant::now()).err()
}

fn hello(version: u32) -> Control {
    Control::Hello(Hello { version, digest: registry(&["A"]).digest(), max_message: 500, resume: None })
}

fn welcome(version: u32, session: &'static [u8]) -> Control {
    let digest = registry(&["A"]).digest();
    let session = Bytes::from_static(session);
    Control::Welcome(Welcome { version, session, digest, max_message: 500, heartbeat: 25_000, offer: None })
}

#[test]
fn two_ends_of_one_registry_open_by_one_frame_each() {
    let now = Instant::now();
    let (mut client, mut server) = (client(&["A"], now), server(&["A"], now));
    assert!(client.poll_transmit().is_none(), "the server speaks first");
    let Some(Event::Open { session, max_message, .. }) = carry(&mut server, &mut client, now) else {
        panic!("open on WELCOME");
    };
    assert_eq!((session, max_message), (SessionId::from([7; 16]), 1_000));
    let Some(Event::Open { session, .. }) = carry(&mut client, &mut server, now) else {
        panic!("open on HELLO");
    };
    assert_eq!(session, SessionId::from([7; 16]));
    assert!(client.poll_transmit().is_none() && server.poll_transmit().is_none());
}

#[test]
fn a_client_of_another_registry_opens_on_the_manifest() {
    let now = Instant::now();
    let (mut client, mut server) = (client(&["B"], now), server(&["A", "B"], now));
    assert!(carry(&mut server, &mut client, now).is_none());
    // The server is open on HELLO, and then asked for its manifest.
    assert!(matches!(carry(&mut client, &mut server, now), Some(Event::Open { .. })));
    let Some(Event::Open { agreement, .. }) = carry(&mut server, &mut client, now) else {
        panic!("open on MANIFEST");
    };
    let id = agreement.registry().id_named("B").expect("it is there");
    assert_eq!((id.number(), agreement.verdict(id)), (1, crate::Verdict::Identical { id: 2 }));
}

#[test]
fn frames_that_come_before_the_manifest_are_held_back_in_order() {
    let now = Instant::now();
    let (mut client, mut server) = (client(&["B"], now), server(&["A", "B"], now));
    carry(&mut server, &mut client, now);
    for message in [packet(2), call(1), packet(1), call(2)] {
        assert!(client.receive(message, now).expect("held").is_none());
    }
    assert!(client.poll_held().expect("nothing yet").is_none());
    carry(&mut client, &mut server, now);
    carry(&mut server, &mut client, now);
    let ours = client.registry.id_named("B").expect("it is there");
    let held: Vec<_> = std::iter::from_fn(|| client.poll_held().expect("frames")).collect();
    let [
        Event::Packet(first, _),
        Event::Unreadable { why, call, .. },
        Event::Unreadable { .. },
        Event::Packet(last, _),
    ] = &held[..]
    else {
        panic!("{held:?}");
    };
    assert_eq!((first.id, last.id), (ours, ours));
    assert_eq!((first.call, last.call), (None, Some((CallId::FIRST, None))));
    // Those between them are packets that the client does not know.
    assert_eq!((why.kind(), *call), (RejectKind::UnknownPacket, Some(CallId::FIRST)));
}

#[test]
fn no_more_is_held_back_than_the_limits_say() {
    let now = Instant::now();
    let large = || frame::packet(1, 60, |writer| writer.put(&[0; 60])).expect("encodes");
    for (message, fits) in [(packet(1), 4), (large(), 1)] {
        let (mut client, mut server) = (client(&["B"], now), server(&["A", "B"], now));
        carry(&mut server, &mut client, now);
        for _ in 0..fits {
            assert!(client.receive(message.clone(), now).expect("held").is_none());
        }
        assert!(client.receive(message, now).is_err());
    }
}

#[test]
fn a_ping_goes_out_after_silence_and_its_pong_is_a_sign_of_life() {
    let start = Instant::now();
    let (_, mut server) = open(&["A"], &["A"], start);
    assert_eq!(server.next_timeout(), start + 25 * SECOND);
    assert_eq!(server.on_timeout(start + 24 * SECOND), Ok(None));
    let ping = server.on_timeout(start + 25 * SECOND).expect("alive").expect("a ping");
    assert_eq!(server.on_timeout(start + 26 * SECOND), Ok(None), "one ping is enough");
    server.pong(&ping, start + 30 * SECOND);
    assert_eq!(server.next_timeout(), start + 55 * SECOND);
    let next = server.on_timeout(start + 55 * SECOND).expect("alive").expect("a ping");
    assert_ne!(ping, next);
    server.pong(&ping, start + 56 * SECOND);
    assert_eq!(server.on_timeout(start + 75 * SECOND), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn pongs_that_answer_no_ping_are_no_sign_of_life_but_messages_are() {
    let start = Instant::now();
    let (_, mut server) = open(&["A"], &["A"], start);
    server.pong(&[], start + SECOND);
    server.pong(&[0, 0, 0, 1], start + SECOND);
    server.ping(start + SECOND);
    assert_eq!(server.next_timeout(), start + 25 * SECOND);
    server.receive(packet(9), start + 2 * SECOND).expect("dropped");
    assert_eq!(server.next_timeout(), start + 27 * SECOND);
}

#[test]
fn a_client_leaves_the_pings_to_the_server() {
    let start = Instant::now();
    let (mut client, _) = open(&["A"], &["A"], start);
    assert!(client.next_timeout() > start + 25 * SECOND);
    client.ping(start + 25 * SECOND);
    assert_eq!(client.on_timeout(start + 50 * SECOND), Ok(None));
    let late = client.next_timeout();
    assert!(client.on_timeout(late).expect("alive").is_some(), "when those stay away, it sends its own");
    assert_eq!(client.on_timeout(client.next_timeout()), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn who_does_not_greet_in_time_is_given_up_on() {
    let start = Instant::now();
    let (mut silent, mut agreeing) = (client(&["B"], start), client(&["B"], start));
    carry(&mut server(&["A"], start), &mut agreeing, start + 9 * SECOND);
    for session in [&mut silent, &mut agreeing, &mut server(&["A"], start)] {
        assert_eq!(session.next_timeout(), start + 10 * SECOND);
        assert_eq!(session.on_timeout(start + 9 * SECOND), Ok(None));
        assert_eq!(session.on_timeout(start + 10 * SECOND), Err(CloseReason::HandshakeTimeout));
    }
}

#[test]
fn another_version_is_refused_by_both_ends() {
    let now = Instant::now();
    assert_eq!(refusal(server(&["A"], now), &hello(VERSION)), None);
    assert_eq!(refusal(server(&["A"], now), &hello(2)), Some(CloseReason::Version(2)));
    assert_eq!(refusal(client(&["A"], now), &welcome(VERSION, &[0; 16])), None);
    assert_eq!(refusal(client(&["A"], now), &welcome(3, &[0; 16])), Some(CloseReason::Version(3)));
}

#[test]
fn a_session_id_has_16_bytes() {
    let refusal = refusal(client(&["A"], Instant::now()), &welcome(VERSION, &[0; 15]));
    assert_eq!(refusal, Some(CloseReason::Protocol("a session id is not 16 bytes")));
}

#[test]
fn every_control_frame_out_of_place_is_refused() {
    let now = Instant::now();
    let manifest = || Control::Manifest(Manifest::of(&registry(&["A"])));
    let agreeing = || {
        let mut client = client(&["B"], now);
        carry(&mut server(&["A"], now), &mut client, now);
        client
    };
    let (welcome, hello) = (welcome(VERSION, &[0; 16]), hello(VERSION));
    let refused = |session: &dyn Fn() -> Session, controls: &[&Control]| {
        for control in controls {
            let reason = refusal(session(), control);
            assert!(matches!(reason, Some(CloseReason::Protocol(_))), "{control:?}: {reason:?}");
        }
    };
    let request = Control::ManifestRequest;
    let resumed = Control::Resumed(crate::control::Resumed { position: None });
    refused(&|| server(&["A"], now), &[&welcome, &request, &manifest(), &resumed]);
    refused(&|| client(&["A"], now), &[&hello, &request, &manifest(), &resumed]);
    refused(&agreeing, &[&hello, &request, &welcome, &resumed]);
    refused(&|| open(&["A"], &["A"], now).0, &[&welcome, &hello, &request, &manifest(), &resumed]);
    refused(&|| open(&["A"], &["A"], now).1, &[&welcome, &hello, &manifest()]);
}

#[test]
fn a_server_gives_out_its_manifest_once() {
    let now = Instant::now();
    let (_, mut server) = open(&["A"], &["A"], now);
    let request = || frame::control(&Control::ManifestRequest);
    assert!(server.receive(request(), now).is_ok());
    assert!(server.poll_transmit().is_some());
    let again = server.receive(request(), now).err();
    assert_eq!(again, Some(CloseReason::Protocol("a control frame out of place")));
    assert!(server.poll_transmit().is_none());
}

#[test]
fn packets_before_the_greeting_are_refused() {
    let now = Instant::now();
    for message in [packet(1), call(1), frame::cancel(CallId::FIRST), Bytes::new()] {
        let refused = Err(CloseReason::Protocol("the first frame is no greeting"));
        assert_eq!(server(&["A"], now).receive(message.clone(), now).map(|_| ()), refused);
        assert_eq!(client(&["A"], now).receive(message, now).map(|_| ()), refused);
    }
}

#[test]
fn control_frames_of_later_versions_are_ignored_everywhere() {
    let now = Instant::now();
    let later = Control::Unknown(77);
    let (open_client, open_server) = open(&["A"], &["A"], now);
    for session in [server(&["A"], now), client(&["A"], now), open_client, open_server] {
        assert_eq!(refusal(session, &later), None);
    }
}

#[test]
fn limits_that_no_varuint_can_say_are_said_as_large_as_can_be() {
    let now = Instant::now();
    let config = SessionConfig { max_message: u32::MAX, heartbeat_interval: Duration::MAX, ..CONFIG };
    let mut server = Session::server(registry(&["A"]), config, SessionId::from([7; 16]), None, now);
    let mut client = Session::client(registry(&["A"]), config, None, now);
    let Some(Event::Open { max_message, .. }) = carry(&mut server, &mut client, now) else { panic!("open") };
    assert_eq!(max_message, Writer::MAX_VARUINT);
    let Some(Event::Open { max_message, .. }) = carry(&mut client, &mut server, now) else { panic!("open") };
    assert_eq!(max_message, Writer::MAX_VARUINT);
}

#[test]
fn a_message_beyond_the_limit_is_refused() {
    let now = Instant::now();
    let (_, mut server) = open(&["A"], &["A"], now);
    let message = |size| Bytes::from(vec![0x18; size]);
    assert!(server.receive(message(1_000), now).is_ok());
    assert_eq!(server.receive(message(1_001), now).err(), Some(CloseReason::TooLarge));
}
