//! Servers that send their clients elsewhere, or want them to start over.

use std::time::Duration;

use packets_client::{Backoff, Client, ConnectError, Event, RedirectPolicy, ValidationError};
use packets_core::{CloseReason, Redirect, Refresh, RejectKind};
use packets_server::{SendError, Server, Socket};
use packets_tests::harness::{Count, Witness, connected, frames, only_socket, paused_time};
use tokio::time::Instant;

use super::{Network, URL, client, registry, unreachable};

fn server() -> Server {
    let accept = |packet: Count, _: Socket| async move { packet.value };
    Server::builder().registry(registry()).accept(accept).build().expect("a server")
}

#[test]
fn a_refresh_renews_the_connection_at_once() {
    paused_time(async {
        let server = server();
        let (network, _) = Network::to(&server);
        let client = network.connect(client()).await;
        let mut events = client.events();
        let begin = Instant::now();
        assert_eq!(only_socket(&server).await.send(Refresh).await, Ok(()));
        connected(&mut events).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
        assert_eq!(network.times().len(), 2);
    });
}

#[test]
fn a_server_that_refreshes_again_and_again_is_slowed_down() {
    paused_time(async {
        let server = Server::builder()
            .registry(registry())
            .connect(|socket: Socket| async move { socket.emit(&Refresh).expect("room") })
            .build()
            .expect("a server");
        let (network, _) = Network::to(&server);
        let client = network.connect(client().backoff(Backoff::default().seed(3))).await;
        tokio::time::sleep(Duration::from_secs(10 * 60)).await;
        let attempts = network.times().len();
        // Every 15 s on average, once the ceiling is reached.
        assert!((20..80).contains(&attempts), "{attempts}");
        drop(client);
    });
}

#[test]
fn a_server_that_refreshes_and_hangs_up_is_slowed_down_too() {
    paused_time(async {
        let network = Network::new(|_, there| {
            tokio::spawn(async move {
                let mut raw = super::welcome(there).await;
                let refresh = registry().id_of::<Refresh>().expect("a default packet").number();
                raw.send(frames::packet(refresh, &[])).await;
            });
            Ok(())
        });
        let client = network.connect(client().backoff(Backoff::default().seed(3))).await;
        tokio::time::sleep(Duration::from_secs(10 * 60)).await;
        let attempts = network.times().len();
        assert!((20..80).contains(&attempts), "{attempts}");
        drop(client);
    });
}

/// Where a client goes with this policy that is at `from` and sent to `to`; or the code of its reject.
async fn goes(policy: RedirectPolicy, to: &str) -> Result<String, u32> {
    let server = server();
    let (network, _) = Network::to(&server);
    let client = network.connect(client().redirect(policy)).await;
    let mut events = client.events();
    match only_socket(&server).await.send(Redirect::to(to)).await {
        Ok(()) => {
            connected(&mut events).await;
            assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
            Ok(network.urls().pop().expect("two"))
        }
        Err(SendError::Validation(ValidationError { code, .. })) => {
            assert_eq!(client.send(Count { value: 1 }).await, Ok(1), "it stays");
            assert_eq!(network.urls(), [URL]);
            Err(code)
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_redirect_goes_where_the_policy_allows() {
    use RedirectPolicy::{Any, None, SameHost};
    paused_time(async {
        let same = [
            ("ws://example.org/other", "ws://example.org/other"),
            ("ws://EXAMPLE.org:8080/", "ws://EXAMPLE.org:8080/"),
            ("wss://example.org/?a=1", "wss://example.org/?a=1"),
            ("/shard/7?x", "ws://example.org/shard/7?x"),
        ];
        for (to, arrives) in same {
            assert_eq!(goes(SameHost, to).await, Ok(arrives.to_owned()));
            assert_eq!(goes(Any, to).await, Ok(arrives.to_owned()));
            assert_eq!(goes(None, to).await, Err(403));
        }
        for to in [
            "ws://example.com/",
            "ws://sub.example.org/",
            "ws://127.0.0.1/",
            "ws://example.org@evil.org/",
            "//example.com/",
        ] {
            assert_eq!(goes(SameHost, to).await, Err(403), "{to}");
            assert!(goes(Any, to).await.is_ok(), "{to}");
            assert_eq!(goes(None, to).await, Err(403), "{to}");
        }
        for to in ["", "http://example.org/", "example.org", "javascript:alert(1)", "ws://", "ws:///x"] {
            assert!(matches!(goes(Any, to).await, Err(400 | 403)), "{to}");
        }
    });
}

#[test]
fn a_client_never_leaves_tls() {
    paused_time(async {
        let server = server();
        let (network, _) = Network::to(&server);
        let client = network.connect(client().redirect(RedirectPolicy::Any)).await;
        let mut events = client.events();
        only_socket(&server).await.send(Redirect::to("wss://example.org/")).await.expect("allowed");
        connected(&mut events).await;
        let back = only_socket(&server).await.send(Redirect::to("ws://example.org/")).await;
        assert!(matches!(back, Err(SendError::Validation(ValidationError { code: 403, .. }))), "{back:?}");
    });
}

#[test]
fn a_client_returns_if_there_is_nothing_where_it_was_sent() {
    paused_time(async {
        let server = server();
        let cuts = super::Scissors::default();
        let (served, scissors) = (server.clone(), cuts.clone());
        let network = Network::new(move |attempt, there| {
            if attempt == 1 || attempt == 4 {
                return Err(unreachable());
            }
            scissors.serve(&served, there);
            Ok(())
        });
        let client = network.connect(client()).await;
        let mut events = client.events();
        only_socket(&server).await.send(Redirect::to("/a")).await.expect("allowed");
        connected(&mut events).await;
        only_socket(&server).await.send(Redirect::to("/b")).await.expect("allowed");
        connected(&mut events).await;
        cuts.cut();
        connected(&mut events).await;
        let paths: Vec<_> =
            network.urls().iter().map(|url| url.trim_start_matches("ws://example.org").to_owned()).collect();
        assert_eq!(paths, ["/packets", "/a", "/packets", "/b", "/b", "/packets"]);
    });
}

#[test]
fn an_acceptor_of_the_application_decides_instead() {
    paused_time(async {
        let server = server();
        let (network, _) = Network::to(&server);
        let (witness, mut seen) = Witness::new();
        let refreshes = witness.clone();
        let builder =
            client()
                .accept(move |to: Redirect, client: Client| {
                    witness.tell(to.0.clone());
                    async move {
                        client.redirect(&to.0).map_err(|error| ValidationError::new(400, error.to_string()))
                    }
                })
                .accept(move |_: Refresh, _: Client| {
                    refreshes.tell("refresh".to_owned());
                    async {}
                });
        let client = network.connect(builder.redirect(RedirectPolicy::None)).await;
        let mut events = client.events();
        let socket = only_socket(&server).await;
        assert_eq!(socket.send(Refresh).await, Ok(()));
        let wrong = socket.send(Redirect::to("nowhere")).await;
        assert!(matches!(wrong, Err(SendError::Validation(ValidationError { code: 400, .. }))), "{wrong:?}");
        assert_eq!(network.times().len(), 1);
        assert_eq!(socket.send(Redirect::to("ws://example.com/")).await, Ok(()));
        connected(&mut events).await;
        assert_eq!(network.urls().pop().as_deref(), Some("ws://example.com/"));
        let mut told = Vec::new();
        for _ in 0..3 {
            told.extend(seen.recv().await);
        }
        assert_eq!(told, ["refresh", "nowhere", "ws://example.com/"]);
    });
}

#[test]
fn a_client_that_does_not_reconnect_follows_nobody() {
    paused_time(async {
        let server = server();
        let (network, _) = Network::to(&server);
        let client = network.connect(client().no_reconnect()).await;
        let socket = only_socket(&server).await;
        for result in [socket.send(Refresh).await, socket.send(Redirect::to("/a")).await] {
            let Err(SendError::Rejected(reject)) = result else { panic!("{result:?}") };
            assert_eq!(reject.kind, RejectKind::NotAccepted);
        }
        assert_eq!(client.send(Count { value: 1 }).await, Ok(1));
        client.reconnect();
        assert_eq!(client.closed().await, CloseReason::Local);
    });
}

#[test]
fn the_application_may_hurry_and_move_an_offline_client() {
    paused_time(async {
        let server = server();
        let cuts = super::Scissors::default();
        let (served, scissors) = (server.clone(), cuts.clone());
        let network = Network::new(move |attempt, there| {
            if attempt == 1 {
                return Err(unreachable());
            }
            scissors.serve(&served, there);
            Ok(())
        });
        let slow =
            Backoff::default().first(Duration::from_secs(3_600)).most(Duration::from_secs(3_600)).seed(1);
        let client = network.connect(client().backoff(slow)).await;
        let mut events = client.events();
        let begin = Instant::now();
        cuts.cut();
        while !matches!(events.next().await, Some(Event::ReconnectingIn(_))) {}
        client.reconnect();
        while !matches!(events.next().await, Some(Event::ReconnectingIn(_))) {}
        assert!(matches!(client.redirect("not a URL"), Err(ConnectError::Url(_))));
        client.redirect("ws://elsewhere.org/").expect("a URL");
        connected(&mut events).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(network.urls(), [URL, URL, "ws://elsewhere.org/"]);
    });
}
