//! Sessions that outlive their connections, counted.

use std::time::Duration;

use packets_client::{Client, Event};
use packets_server::{InspectedSessions, Resume, Server};
use packets_testkit::TestServer;
use packets_tests::harness::{Count, client, only_socket, paused_time, server};
use tokio::time::sleep;

use super::recorder::Recorded;

fn counts(server: &Server) -> (usize, u64, u64, u64) {
    let InspectedSessions { detached, lost, resumed, expired, .. } =
        server.inspect().sessions.expect("it resumes sessions");
    (detached, lost, resumed, expired)
}

/// Waits until the client has another connection.
async fn is_back(client: &Client) {
    let mut events = client.events();
    while !matches!(events.next().await, Some(Event::Connected { .. })) {}
}

/// A session that is resumed without a gap, then with one, and then is not.
async fn resumed_and_expired(recorded: &Recorded) {
    let detached = || recorded.value("packets_detached{end=server}");
    let resume = Resume::default().keep(Duration::from_secs(60)).frames(2);
    let server = server().resume(resume).build().expect("a server");
    assert_eq!(counts(&server), (0, 0, 0, 0));
    let test = TestServer::new(server.clone());
    let cable = test.cable();
    let client = client().connector(cable.clone()).connect("ws://test/").await.expect("a connection");
    let socket = only_socket(&server).await;
    for (losses, frames) in [(1, 0), (2, 5)] {
        cable.cut();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(counts(&server), (1, losses, losses - 1, 0));
        assert_eq!(detached(), 1.0);
        for value in 0..frames {
            socket.emit(&Count { value }).expect("it is retained");
        }
        cable.restore();
        is_back(&client).await;
        assert_eq!(counts(&server), (0, losses, losses, 0));
        assert_eq!(detached(), 0.0);
    }
    cable.cut();
    socket.closed().await;
    assert_eq!(counts(&server), (0, 3, 2, 1));
    assert_eq!(detached(), 0.0);
    cable.restore();
    is_back(&client).await;
    assert_eq!(counts(&server), (0, 3, 2, 1), "it is a new session");
}

#[test]
fn sessions_are_counted_as_they_lose_their_connections_and_get_others() {
    let recorded = Recorded::during(|recorded| paused_time(resumed_and_expired(recorded)));
    for end in ["server", "client"] {
        let value =
            |name: &str, labels: &str| recorded.value(&format!("packets_{name}{{end={end}{labels}}}"));
        assert_eq!(value("detached_total", ""), 3.0, "{end}");
        assert_eq!(value("resumed_total", ",recovered=full"), 1.0, "{end}");
        assert_eq!(value("resumed_total", ",recovered=gap"), 1.0, "{end}");
        assert_eq!(value("expired_total", ""), 1.0, "{end}");
        assert_eq!(value("detached", ""), 0.0, "{end}");
    }
    assert_eq!(recorded.value("packets_connections_total{end=server}"), 2.0, "those of a session are one");
}

#[test]
fn a_server_that_resumes_nothing_counts_no_sessions() {
    assert!(server().build().expect("a server").inspect().sessions.is_none());
}
