//! Ends that are no loss: who is told goodbye, or says it, does not come back to the session.

use std::time::Duration;

use futures_util::SinkExt;
use packets_core::control::Control;
use packets_core::frame::Frame;
use packets_core::net::Message;
use packets_server::{Resume, Server, Socket};
use packets_tests::harness::{Count, Raw, attach, frames, paused_time};
use tokio::time::Instant;

use super::token::{again, sockets};
use super::{registry, server};

/// A client that could come back, and its token.
async fn client(server: &Server) -> (Raw, Vec<u8>) {
    let (transport, _) = attach(server);
    let mut raw = Raw(transport);
    let (token, _) = again(&mut raw, &[]).await;
    sockets(server, 1).await;
    (raw, token)
}

#[test]
fn a_connection_that_is_closed_takes_its_session_with_it() {
    paused_time(async {
        for end in [
            Message::Close(Some((1000, String::new()))),
            Message::Binary(vec![0xff; 9].into()),
            Message::Binary(vec![0; 100 << 10].into()),
            Message::Text("hello".to_owned()),
        ] {
            let server = server(Resume::default()).build().expect("a server");
            let (mut raw, token) = client(&server).await;
            let begin = Instant::now();
            raw.0.send(end.clone()).await.expect("sent");
            drop(raw);
            sockets(&server, 0).await;
            assert!(begin.elapsed() < Duration::from_secs(1), "{end:?}: it is not kept");
            let (transport, _) = attach(&server);
            assert_eq!(again(&mut Raw(transport), &token).await.1, None, "{end:?}");
        }
    });
}

#[test]
fn a_client_that_was_told_to_go_and_is_cut_off_is_not_waited_for() {
    paused_time(async {
        let server = server(Resume::default())
            .accept(|_: Count, _: Socket| std::future::pending::<u32>())
            .build()
            .expect("a server");
        let (mut raw, _) = client(&server).await;
        let count = registry().id_of::<Count>().expect("it is there").number();
        raw.send(frames::call(count, 1, &[7])).await;
        while server.sockets().iter().all(|socket| socket.accepting() == 0) {
            tokio::task::yield_now().await;
        }
        let stopping = server.clone();
        let stopped = tokio::spawn(async move { stopping.shut_down().await });
        assert!(matches!(raw.frame().await, Frame::Control(Control::GoAway(_))));
        let begin = Instant::now();
        drop(raw);
        stopped.await.expect("no panic");
        assert!(server.sockets().is_empty() && begin.elapsed() < Duration::from_secs(1));
    });
}
