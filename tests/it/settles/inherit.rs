//! What acceptors send has no more time than the calls they accept.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use packets_client::{Client, SendError};
use packets_core::frame::Frame;
use packets_core::net::ConnectionLimits;
use packets_server::{Inbound, Next, ServerBuilder, Socket, bundle};
use packets_tests::harness::{
    Count, Echo, Raw, Slap, Witness, attach, client, connect, frames, id, paused_time, server, socket_of,
};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Never answers an [`Echo`].
async fn hang(_: Echo, _: Client) -> String {
    std::future::pending().await
}

fn echo() -> Echo {
    Echo("?".to_owned())
}

/// Answers a [`Count`] with the milliseconds that are left; with its value, if there is no end.
fn tells(builder: ServerBuilder) -> ServerBuilder {
    builder.accept(|count: Count, socket: Socket| async move {
        socket.time_left().map_or(count.value, |left| u32::try_from(left.as_millis()).expect("soon"))
    })
}

#[test]
fn an_acceptor_sees_how_much_time_its_call_has_left() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let (hook, layer) = (witness.clone(), witness.clone());
        let server = tells(server())
            .connect(move |socket: Socket| {
                hook.tell(socket.time_left());
                async {}
            })
            .layer(move |packet: Inbound<Socket>, next: Next<Socket>| {
                layer.tell(packet.from().time_left());
                next.run()
            });
        let server = server.build().expect("a server");
        let (client, _end) = connect(&server, client()).await;
        let socket = socket_of(&client, &server).await;
        assert_eq!(seen.recv().await, Some(None), "a hook is called by nobody");

        let count = Count { value: 7 };
        assert_eq!(client.send(count).timeout(3 * SECOND).await, Ok(3_000));
        assert_eq!(seen.recv().await, Some(Some(3 * SECOND)));
        assert_eq!(client.send(count).timeout(60 * SECOND).await, Ok(30_000), "the acceptor's own limit");
        assert_eq!(seen.recv().await, Some(Some(30 * SECOND)));
        client.emit(&count).expect("room");
        assert_eq!(seen.recv().await, Some(None), "nobody waits for a packet");
        let response = client.send(bundle![count]).timeout(2 * SECOND).await.expect("results");
        assert_eq!(response.get::<Count>(0), Ok(2_000), "an item has its bundle's time");
        assert_eq!(socket.time_left(), None);
        assert_eq!(client.time_left(), None);
    });
}

#[test]
fn what_an_acceptor_sends_has_no_more_time_than_its_call() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let begin = Instant::now();
        let accept = move |_: Slap, socket: Socket| {
            let witness = witness.clone();
            // In a task of its own, as this acceptor is dropped when its caller gives up.
            let call = socket.send(echo()).timeout(60 * SECOND);
            tokio::spawn(async move { witness.tell((call.await, begin.elapsed())) });
            std::future::pending::<()>()
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, _end) = connect(&server, client().accept(hang)).await;
        assert_eq!(client.send(Slap).timeout(2 * SECOND).await, Err(SendError::Timeout));
        assert_eq!(seen.recv().await, Some((Err(SendError::Timeout), 2 * SECOND)));
    });
}

#[test]
fn what_is_left_travels_on() {
    paused_time(async {
        let accept = |_: Slap, socket: Socket| async move { socket.send(Count { value: 1 }).await.map(drop) };
        let server = server().accept(accept).build().expect("a server");
        let (transport, _end) = attach(&server);
        let mut raw = Raw(transport);
        raw.greet().await;
        let mut call = frames::call(id::<Slap>(), 1, &[]);
        // 100 ms instead of no limit.
        *call.last_mut().expect("bytes") = 100;
        raw.send(call).await;
        loop {
            if let Frame::Call { time_left, .. } = raw.frame().await {
                assert_eq!(time_left, NonZeroU32::new(100));
                break;
            }
        }
    });
}

#[test]
fn who_is_asked_for_an_acceptor_has_no_more_time_either() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let begin = Instant::now();
        let accept = move |_: Slap, socket: Socket| {
            let witness = witness.clone();
            let answers = socket.others().send(echo()).expect("encoded").timeout(60 * SECOND);
            tokio::spawn(async move {
                let answers: Vec<_> = answers.collect().await;
                witness.tell((answers, begin.elapsed()));
            });
            std::future::pending::<()>()
        };
        let server = server().accept(accept).build().expect("a server");
        let (asks, _end) = connect(&server, client()).await;
        let (asked, _end) = connect(&server, client().accept(hang)).await;
        socket_of(&asked, &server).await;
        assert_eq!(asks.send(Slap).timeout(2 * SECOND).await, Err(SendError::Timeout));
        let answers = vec![(asked.id(), Err(SendError::Timeout))];
        assert_eq!(seen.recv().await, Some((answers, 2 * SECOND)));
    });
}

#[test]
fn a_clients_acceptor_has_no_more_time_either() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let begin = Instant::now();
        let accept = move |_: Slap, client: Client| {
            let witness = witness.clone();
            assert_eq!(client.time_left(), Some(2 * SECOND));
            let call = client.send(echo()).timeout(60 * SECOND);
            tokio::spawn(async move { witness.tell((call.await, begin.elapsed())) });
            std::future::pending::<()>()
        };
        let hang = |_: Echo, _: Socket| std::future::pending::<String>();
        let server = server().accept(hang).build().expect("a server");
        let (client, _end) = connect(&server, client().accept(accept)).await;
        let socket = socket_of(&client, &server).await;
        assert_eq!(socket.send(Slap).timeout(2 * SECOND).await, Err(SendError::Timeout));
        assert_eq!(seen.recv().await, Some((Err(SendError::Timeout), 2 * SECOND)));
    });
}

#[test]
fn a_socket_that_is_kept_is_like_any_other_once_its_call_is_answered() {
    paused_time(async {
        let kept = Arc::new(Mutex::new(None));
        let keep = kept.clone();
        let accept = move |_: Slap, socket: Socket| {
            *keep.lock().expect("no panic") = Some(socket);
            async {}
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, _end) = connect(&server, client().accept(hang)).await;
        client.send(Slap).timeout(3 * SECOND).await.expect("answered");
        let socket = kept.lock().expect("no panic").take().expect("a socket");
        assert_eq!(socket.time_left(), None);
        for wait in [0, 5] {
            tokio::time::sleep(wait * SECOND).await;
            let begin = Instant::now();
            assert_eq!(socket.send(echo()).await, Err(SendError::Timeout));
            assert_eq!(begin.elapsed(), ConnectionLimits::server().call_timeout);
        }
    });
}

#[test]
fn work_that_outlives_its_call_has_a_socket_without_its_deadline() {
    paused_time(async {
        let (witness, mut seen) = Witness::new();
        let accept = move |_: Slap, socket: Socket| {
            let witness = witness.clone();
            async move {
                assert!(socket.time_left().is_some());
                let socket = socket.detached();
                assert_eq!(socket.time_left(), None);
                let call = socket.send(echo());
                tokio::spawn(async move { witness.tell(call.await) });
                std::future::pending::<()>().await;
            }
        };
        let server = server().accept(accept).build().expect("a server");
        let (client, _end) = connect(&server, client().accept(hang)).await;
        let begin = Instant::now();
        assert_eq!(client.send(Slap).timeout(2 * SECOND).await, Err(SendError::Timeout));
        assert_eq!(seen.recv().await, Some(Err(SendError::Timeout)));
        assert_eq!(begin.elapsed(), ConnectionLimits::server().call_timeout);
    });
}
