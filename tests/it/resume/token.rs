//! Who may go on with a session: spoken by hand.

use std::net::SocketAddr;

use packets_core::CloseReason;
use packets_core::control::{Control, Position};
use packets_core::frame::Frame;
use packets_core::net::{ConnectionLimits, Message, Transport, WebSocket, Wire};
use packets_server::{Recovered, Request, Resume, Server, Socket};
use packets_tests::harness::{
    Count, Raw, Witness, attach, connected, frames, listen, paused_time, real_time,
};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{Network, client, registry, server};

/// The session's token, from WELCOME.
async fn token<T: Transport>(raw: &mut Raw<T>) -> Vec<u8> {
    match raw.frame().await {
        Frame::Control(Control::Welcome(welcome)) => welcome.offer.expect("an offer").token.to_vec(),
        other => panic!("no WELCOME, but {other:?}"),
    }
}

/// Greets as a client that wants to go on; with its new token, and where the server stands if it does.
pub(super) async fn again<T: Transport>(raw: &mut Raw<T>, tokens: &[u8]) -> (Vec<u8>, Option<Position>) {
    let next = token(raw).await;
    raw.send(frames::hello_again(&registry(), tokens, 0)).await;
    if tokens.is_empty() {
        return (next, None);
    }
    match raw.frame().await {
        Frame::Control(Control::Resumed(resumed)) => (next, resumed.position),
        other => panic!("no RESUMED, but {other:?}"),
    }
}

/// Waits until no socket is connected.
async fn lost(server: &Server) {
    while server.sockets().iter().any(|socket| socket.is_connected()) {
        tokio::task::yield_now().await;
    }
}

/// Waits until there are so many sockets.
pub(super) async fn sockets(server: &Server, count: usize) -> Vec<Socket> {
    while server.sockets().len() != count {
        tokio::task::yield_now().await;
    }
    server.sockets()
}

#[test]
fn a_token_counts_once() {
    paused_time(async {
        let server = server(Resume::default()).build().expect("a server");
        let (first, _) = attach(&server);
        let mut first = Raw(first);
        let (old, _) = again(&mut first, &[]).await;
        let id = sockets(&server, 1).await[0].id();
        drop(first);
        lost(&server).await;
        let (second, _) = attach(&server);
        let mut second = Raw(second);
        let (new, position) = again(&mut second, &old).await;
        assert_eq!(position, Some(Position::default()));
        assert_eq!(sockets(&server, 1).await[0].id(), id);
        drop(second);
        lost(&server).await;
        assert!(new != old && new.len() == 32);
        // Again, by the token that was used.
        let (third, _) = attach(&server);
        assert_eq!(again(&mut Raw(third), &old).await.1, None);
        lost(&server).await;
        // Both, as a client names them that was cut off while it greeted.
        let (fourth, _) = attach(&server);
        let mut fourth = Raw(fourth);
        assert!(again(&mut fourth, &[old, new].concat()).await.1.is_some());
        assert!(server.socket(id).is_some_and(|socket| socket.is_connected()));
    });
}

#[test]
fn what_is_no_token_begins_a_new_session() {
    paused_time(async {
        let server = server(Resume::default()).build().expect("a server");
        let (first, _) = attach(&server);
        let mut first = Raw(first);
        let (good, _) = again(&mut first, &[]).await;
        sockets(&server, 1).await;
        let mut half = good.clone();
        half[31] ^= 1;
        for (tokens, count) in [(half, 2), (vec![7; 32], 3), (vec![7; 500], 4)] {
            let (other, _) = attach(&server);
            let mut other = Raw(other);
            assert_eq!(again(&mut other, &tokens).await.1, None);
            sockets(&server, count).await;
            std::mem::forget(other);
        }
        // None of them has spent it.
        let (other, _) = attach(&server);
        assert!(again(&mut Raw(other), &good).await.1.is_some());
    });
}

#[test]
fn a_client_that_has_not_heard_of_its_new_session_gets_another_one() {
    paused_time(async {
        let server = server(Resume::default()).build().expect("a server");
        let gone = vec![7; 32];
        let (first, _) = attach(&server);
        let mut first = Raw(first);
        let (unheard, position) = again(&mut first, &gone).await;
        assert_eq!(position, None);
        // Had the client missed that, it would still stand where it stood in the session before.
        let socket = sockets(&server, 1).await.remove(0);
        (0..3).for_each(|value| socket.emit(&Count { value }).expect("sent"));
        drop(first);
        lost(&server).await;
        let (second, _) = attach(&server);
        let mut second = Raw(second);
        let heard = token(&mut second).await;
        second.send(frames::hello_again(&registry(), &[gone, unheard].concat(), 2)).await;
        let Frame::Control(Control::Resumed(resumed)) = second.frame().await else { panic!("RESUMED") };
        assert_eq!(resumed.position, None);
        assert!(matches!(socket.closed().await, CloseReason::Lost(_)), "nobody comes back to it");
        let next = sockets(&server, 1).await[0].id();
        assert_ne!(next, socket.id());
        // This one was heard of, and goes on.
        drop(second);
        lost(&server).await;
        let (third, _) = attach(&server);
        assert!(again(&mut Raw(third), &heard).await.1.is_some());
        assert_eq!(sockets(&server, 1).await[0].id(), next);
    });
}

/// Whose sockets get five packets as they begin.
fn greeting_server() -> Server {
    server(Resume::default())
        .connect(|socket: Socket| async move {
            (0..5).for_each(|value| socket.emit(&Count { value }).expect("sent"));
        })
        .build()
        .expect("a server")
}

#[test]
fn a_session_that_was_not_heard_of_is_not_resumed_however_many_greetings_are_lost() {
    // How many messages a connection lasts: WELCOME, HELLO and five packets; WELCOME and HELLO; WELCOME.
    const SESSION: usize = 7;
    const UNHEARD: usize = 2;
    const UNSAID: usize = 1;
    for lost in 1..=12 {
        paused_time(async move {
            let server = greeting_server();
            let network = Network::new(&server, move |number| match number {
                0 => SESSION,
                1 => UNHEARD,
                _ if number <= lost => UNSAID,
                _ => usize::MAX,
            });
            let client = network.connect(client()).await;
            let mut events = client.events();
            let mut counts = client.packets::<Count>();
            *network.server.lock().expect("no panic") = greeting_server();
            assert_eq!(connected(&mut events).await, Recovered::New, "after {lost}");
            assert_eq!(network.connections(), lost + 2);
            for value in (0..5).chain(0..5) {
                assert_eq!(counts.next().await, Some(Count { value }), "after {lost}");
            }
        });
    }
}

#[test]
fn a_position_that_no_session_reaches_is_malformed_and_any_other_is_counted_on_from() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let server = server(Resume::default())
            .accept(|packet: Count, _: Socket| async move { packet.value })
            .resumed(move |_: Socket, recovered| {
                witness.tell(recovered);
                async {}
            })
            .build()
            .expect("a server");
        let (first, _) = attach(&server);
        let mut first = Raw(first);
        let (token, _) = again(&mut first, &[]).await;
        drop(first);
        lost(&server).await;
        let hello = |first: u64| {
            let mut hello = frames::hello_again(&registry(), &token, 0);
            hello.splice(hello.len() - 8.., first.to_be_bytes());
            hello
        };
        for beyond in [1 << 53, u64::MAX] {
            let (transport, _) = attach(&server);
            let mut raw = Raw(transport);
            self::token(&mut raw).await;
            raw.send(hello(beyond)).await;
            assert_eq!(raw.close_code().await, 1002);
        }
        let most = (1 << 53) - 1;
        let (transport, _) = attach(&server);
        let mut raw = Raw(transport);
        self::token(&mut raw).await;
        raw.send(hello(most)).await;
        assert!(matches!(raw.frame().await, Frame::Control(Control::Resumed(_))));
        assert_eq!(seen.recv().await, Some(Recovered::Gap { missed: most, lost: 0 }));
        let count = registry().id_named("Count").expect("it is there").number();
        raw.send(frames::call(count, 1, &[5])).await;
        assert!(matches!(raw.frame().await, Frame::Reply { .. }));
        assert_eq!(raw.frame().await, Frame::Control(Control::Ack(most + 1)));
    });
}

#[test]
fn a_half_open_connection_gives_way_to_the_newer_one() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let server = server(Resume::default())
            .accept(move |packet: Count, _: Socket| {
                witness.tell(packet.value);
                async move { packet.value }
            })
            .build()
            .expect("a server");
        let count = registry().id_named("Count").expect("it is there").number();
        let (old, _) = attach(&server);
        let mut old = Raw(old);
        let (token, _) = again(&mut old, &[]).await;
        old.send(frames::packet(count, &[1])).await;
        assert_eq!(seen.recv().await, Some(1));
        let (new, _) = attach(&server);
        let mut new = Raw(new);
        let next = self::token(&mut new).await;
        assert_ne!(next, token);
        // What the old one still has to say comes with what replaces it.
        new.send(frames::hello_again(&registry(), &token, 0)).await;
        let Frame::Control(Control::Resumed(resumed)) = new.frame().await else { panic!("RESUMED") };
        assert_eq!(resumed.position, Some(Position { received: 1, first: 0 }));
        let _ = futures_util::SinkExt::send(&mut old.0, Message::Binary(frames::packet(count, &[2]).into()))
            .await;
        assert_eq!(old.message().await, None, "it is hung up on");
        new.send(frames::packet(count, &[3])).await;
        assert_eq!(seen.recv().await, Some(3), "and not looked at");
        assert_eq!(server.sockets().len(), 1);
    });
}

#[test]
fn who_acknowledges_what_was_not_sent_is_closed() {
    paused_time(async {
        let server = server(Resume::default()).build().expect("a server");
        let (transport, _) = attach(&server);
        let mut raw = Raw(transport);
        again(&mut raw, &[]).await;
        raw.send(frames::control(5, &1u64.to_be_bytes())).await;
        assert_eq!(raw.close_code().await, 1002);
        sockets(&server, 0).await;
    });
}

#[test]
fn a_server_that_resumes_nothing_offers_nothing_and_retains_nothing() {
    paused_time(async {
        let server = Server::builder().registry(registry()).build().expect("a server");
        let (transport, _) = attach(&server);
        let mut raw = Raw(transport);
        let Frame::Control(Control::Welcome(welcome)) = raw.frame().await else { panic!("WELCOME") };
        assert_eq!(welcome.offer, None);
        raw.send(frames::hello_again(&registry(), &[7; 32], 0)).await;
        sockets(&server, 1).await[0].emit(&Count { value: 1 }).expect("sent");
        assert!(matches!(raw.frame().await, Frame::Packet { .. }), "and no RESUMED");
        drop(raw);
        sockets(&server, 0).await;
    });
}

/// A connection of somebody.
async fn connect(address: SocketAddr, user: &str) -> Raw<WebSocket<TcpStream>> {
    let stream = TcpStream::connect(address).await.expect("a TCP connection");
    let mut request = format!("ws://{address}/").into_client_request().expect("a URL");
    request.headers_mut().insert("x-user", user.parse().expect("a value"));
    let stream = Wire::new(stream, &ConnectionLimits::client());
    let (socket, _) = client_async(request, stream).await.expect("a WebSocket");
    Raw(WebSocket::new(socket, Role::Client))
}

#[test]
fn a_session_is_its_users_and_nobody_elses() {
    real_time(async {
        let server = server(Resume::default())
            .request(|mut request: Request| async move {
                match request.header("x-user").map(str::to_owned) {
                    Some(user) if !user.is_empty() => request.identify(user),
                    _ => {}
                }
                Ok(request)
            })
            .build()
            .expect("a server");
        let address = listen(&server).await;
        for (user, other, resumes) in [
            ("ada", "ada", true),
            ("ada", "eve", false),
            ("ada", "", false),
            ("", "eve", false),
            ("", "", true),
        ] {
            let before = server.sockets().len();
            let mut first = connect(address, user).await;
            let (token, _) = again(&mut first, &[]).await;
            sockets(&server, before + 1).await;
            drop(first);
            lost(&server).await;
            let mut second = connect(address, other).await;
            let (_, position) = again(&mut second, &token).await;
            assert_eq!(position.is_some(), resumes, "{user} {other}");
            sockets(&server, before + 1 + usize::from(!resumes)).await;
            drop(second);
            lost(&server).await;
            // The token is of no use any more, not even to whom it was given.
            let mut third = connect(address, user).await;
            assert_eq!(again(&mut third, &token).await.1, None, "{user} {other}");
            sockets(&server, before + 2 + usize::from(!resumes)).await;
            drop(third);
            lost(&server).await;
        }
    });
}
