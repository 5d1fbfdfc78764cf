//! Several servers on one port, and where that is.

use packets_core::CloseReason;
use packets_server::{Routes, ServeError, Server, Socket};
use packets_tests::harness::{Echo, client, real_time, server};
use tokio::sync::oneshot;

use super::{ask, upgrade};

/// A server that answers with its name.
fn named(name: &'static str) -> Server {
    server().accept(move |_: Echo, _: Socket| async move { name.to_owned() }).build().expect("a server")
}

#[test]
fn servers_at_their_own_paths_have_their_own_clients() {
    real_time(async {
        let (game, chat) = (named("game"), named("chat"));
        let routes = Routes::new()
            .route("/chat", named("replaced"))
            .route("/game", game.clone())
            .route("/chat", chat.clone());
        let listening = routes.serve("127.0.0.1:0").listen().await.expect("a free port");
        let address = listening.address();
        tokio::spawn(listening.into_future());
        for (path, name, server) in [("/game", "game", &game), ("/chat?room=1", "chat", &chat)] {
            let client = client().connect(&format!("ws://{address}{path}")).await.expect("a connection");
            assert_eq!(client.send(Echo(String::new())).await, Ok(name.to_owned()));
            assert_eq!(server.sockets().len(), 1);
        }
        for path in ["/", "/gam", "/game/", "/game/1", "/GAME", "/%67ame", "*"] {
            let answer = ask(address, &upgrade(path, "Host: here\r\n")).await;
            assert_eq!(
                (answer.status, answer.body.as_str()),
                (404, "nothing is served at this path\n"),
                "{path}"
            );
            assert!(answer.has("connection: close"), "{answer:?}");
        }
    });
}

#[test]
fn a_server_by_itself_is_at_every_path() {
    real_time(async {
        let listening = named("any").serve("127.0.0.1:0").listen().await.expect("a free port");
        let address = listening.address();
        tokio::spawn(listening.into_future());
        for path in ["/", "/game", "/a/b?c"] {
            assert!(client().connect(&format!("ws://{address}{path}")).await.is_ok(), "{path}");
        }
    });
}

#[test]
fn all_servers_of_a_port_shut_down() {
    real_time(async {
        let (stop, stopped) = oneshot::channel::<()>();
        let signal = async {
            let _ = stopped.await;
        };
        let routes = Routes::new().route("/game", named("game")).route("/chat", named("chat"));
        let listening = routes.serve("127.0.0.1:0").with_graceful_shutdown(signal).listen().await;
        let listening = listening.expect("a free port");
        let address = listening.address();
        let serving = tokio::spawn(listening.into_future());
        let mut clients = Vec::new();
        for path in ["/game", "/chat"] {
            let client = client().no_reconnect().connect(&format!("ws://{address}{path}")).await;
            let client = client.expect("a connection");
            assert!(client.send(Echo(String::new())).await.is_ok());
            clients.push(client);
        }
        stop.send(()).expect("it serves");
        for client in clients {
            let reason = client.closed().await;
            assert!(matches!(reason, CloseReason::Remote { code: 1001, .. }), "{reason:?}");
        }
        serving.await.expect("no panic");
        assert!(client().connect(&format!("ws://{address}/game")).await.is_err());
    });
}

#[test]
fn an_address_that_is_taken_is_an_error_that_names_it() {
    real_time(async {
        let first = named("first").serve("127.0.0.1:0").listen().await.expect("a free port");
        let address = first.address().to_string();
        let second = named("second").serve(address.as_str()).listen().await;
        assert!(matches!(second, Err(ServeError { address: taken, .. }) if taken == address));
    });
}
