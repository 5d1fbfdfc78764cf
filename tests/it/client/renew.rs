//! Credentials that are renewed on the live connection.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets_client::Event;
use packets_core::CloseReason;
use packets_core::net::{ConnectionLimits, pair};
use packets_server::{Credential, Server, ServerBuilder, Socket};
use packets_tests::harness::{Raw, Slap, Witness, connected, frames, paused_time};
use tokio::time::{Instant, sleep};

use super::{Network, client, registry};

/// Who the client is, as the server last knew.
struct User(String);

/// A token function that counts from 0.
fn tokens() -> (impl FnMut() -> std::future::Ready<Result<String, std::io::Error>> + Send, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    (move || std::future::ready(Ok(format!("t{}", count.fetch_add(1, Ordering::Relaxed)))), asked)
}

/// A server's builder, and what it has judged so far. It refuses `t2`, hangs at `t3` and panics at `t4`.
fn judge() -> (ServerBuilder, Arc<Mutex<Vec<String>>>) {
    let judged = Arc::new(Mutex::new(Vec::new()));
    let list = judged.clone();
    let hook = move |socket: Socket, credential: Credential| {
        let token = credential.as_str().to_owned();
        list.lock().expect("no panic").push(token.clone());
        async move {
            match &*token {
                "t2" => return Err(()),
                "t3" => std::future::pending().await,
                "t4" => panic!("no such token"),
                _ => {}
            }
            socket.extensions().insert(User(token));
            Ok(())
        }
    };
    (Server::builder().registry(registry()).renew(hook), judged)
}

#[test]
fn a_renewed_credential_counts_on_the_same_connection() {
    paused_time(async {
        let (server, judged) = judge();
        let server = server.build().expect("a server");
        let (network, _) = Network::to(&server);
        let client = network.connect(client().token(tokens().0)).await;
        client.renew();
        client.renew();
        while server.sockets().iter().all(|socket| socket.user::<User>().is_none()) {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.sockets()[0].user::<User>().expect("a user").0, "t1");
        assert_eq!(*judged.lock().expect("no panic"), ["t1"], "at once, it is asked for once");
        assert_eq!(network.times().len(), 1);
        assert_eq!(server.sockets()[0].id(), client.id());
    });
}

#[test]
fn a_credential_that_is_not_taken_closes_with_4401_and_the_client_comes_back_with_another_one() {
    paused_time(async {
        // One that is refused, one that is not judged in time, and one at which the hook panics.
        for bad in [2, 3, 4] {
            let server = judge().0.build().expect("a server");
            let (network, _) = Network::to(&server);
            let (token, asked) = tokens();
            asked.store(bad - 1, Ordering::Relaxed);
            let client = network.connect(client().token(token)).await;
            let mut events = client.events();
            client.renew();
            match events.next().await {
                Some(Event::Disconnected(CloseReason::Remote { code: 4401, .. })) => {}
                event => panic!("{event:?}"),
            }
            connected(&mut events).await;
            let bearer = |number| format!("Bearer t{number}");
            assert_eq!(network.headers("authorization"), [bearer(bad - 1), bearer(bad + 1)]);
        }
    });
}

#[test]
fn a_server_without_a_hook_goes_on_with_the_credential_it_has() {
    paused_time(async {
        let server = Server::builder().registry(registry()).accept(|_: Slap, _: Socket| async {});
        let server = server.build().expect("a server");
        let (network, _) = Network::to(&server);
        let (token, asked) = tokens();
        let client = network.connect(client().token(token)).await;
        client.renew();
        while asked.load(Ordering::Relaxed) < 2 {
            tokio::task::yield_now().await;
        }
        client.send(Slap).await.expect("an answer");
        assert_eq!(network.times().len(), 1);
    });
}

#[test]
fn a_client_asks_for_a_token_every_10_s_at_most_and_is_not_closed_for_it() {
    paused_time(async {
        let (server, judged) = judge();
        let server = server.build().expect("a server");
        let (network, _) = Network::to(&server);
        let (token, asked) = tokens();
        asked.store(10, Ordering::Relaxed);
        let client = network.connect(client().token(token)).await;
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(95) {
            client.renew();
            sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(judged.lock().expect("no panic").len(), 10);
        assert_eq!(network.times().len(), 1);
    });
}

#[test]
fn who_renews_too_often_is_closed_with_1008() {
    paused_time(async {
        let (server, judged) = judge();
        let server = server.build().expect("a server");
        let (here, there) = pair();
        tokio::spawn(async move { server.serve_transport(there).await });
        let mut raw = Raw(here);
        raw.frame().await;
        raw.send(frames::hello(1, &registry(), 1 << 20)).await;
        for _ in 0..7 {
            raw.send(frames::control(7, b"\x01x")).await;
        }
        assert_eq!(raw.close_code().await, 1008);
        assert_eq!(judged.lock().expect("no panic").len(), 6);
    });
}

#[test]
fn a_credential_whose_time_is_over_closes_with_4401_unless_it_is_renewed() {
    paused_time(async {
        let hour = Duration::from_secs(3_600);
        let server = Server::builder()
            .registry(registry())
            .connect(move |socket: Socket| async move { socket.expires_in(hour) })
            .renew(move |socket: Socket, _: Credential| async move {
                socket.expires_in(hour);
                Ok::<_, ()>(())
            });
        let server = server.build().expect("a server");
        let (network, _) = Network::to(&server);
        let begin = Instant::now();
        let client = network.connect(client().token(tokens().0)).await;
        let mut events = client.events();
        sleep(hour / 2).await;
        client.renew();
        match events.next().await {
            Some(Event::Disconnected(CloseReason::Remote { code: 4401, .. })) => {}
            event => panic!("{event:?}"),
        }
        let lived = begin.elapsed();
        assert!((hour * 3 / 2..hour * 3 / 2 + Duration::from_secs(1)).contains(&lived), "{lived:?}");
        connected(&mut events).await;
    });
}

#[test]
fn a_token_larger_than_the_server_s_messages_is_not_sent() {
    paused_time(async {
        let (server, judged) = judge();
        let limits = ConnectionLimits::server().max_message(1_000);
        let server = server.limits(limits).accept(|_: Slap, _: Socket| async {}).build().expect("a server");
        let (network, _) = Network::to(&server);
        let (asked, mut seen) = Witness::new();
        let sizes = [1usize, 2_000, 900];
        let mut next = sizes.into_iter().map(|size| "x".repeat(size));
        let token = move || {
            let token = next.next().ok_or_else(|| std::io::Error::other("no more"));
            asked.tell(());
            std::future::ready(token)
        };
        let client = network.connect(client().token(token)).await;
        seen.recv().await;
        client.renew();
        seen.recv().await;
        client.send(Slap).await.expect("the connection goes on");
        assert!(judged.lock().expect("no panic").is_empty());
        client.renew();
        while judged.lock().expect("no panic").is_empty() {
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(judged.lock().expect("no panic")[0].len(), 900);
        assert_eq!(network.times().len(), 1);
    });
}

#[test]
fn a_credential_does_not_show_itself() {
    let credential = Credential::new("secret".to_owned());
    assert_eq!(credential.as_str(), "secret");
    assert!(!format!("{credential:?}").contains("secret"));
}
