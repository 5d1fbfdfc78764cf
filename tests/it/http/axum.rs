//! A server in an axum application.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{any, get};
use packets_server::{Extensions, Refusal, Server, Socket};
use packets_tests::harness::{Echo, Slap, client, echo_server, only_socket, real_time, server};
use tokio::net::TcpListener;

use super::{ask, upgrade};

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

/// The server's handle works in handlers.
async fn slap_all(State(server): State<Server>) -> String {
    let sockets = server.sockets();
    sockets.iter().for_each(|socket| socket.emit(&Slap).expect("room"));
    sockets.len().to_string()
}

#[test]
fn pages_and_sockets_share_a_port() {
    real_time(async {
        let server = echo_server();
        let app = Router::new()
            .route("/", get(|| async { "a page" }))
            .route("/socket", packets_server::axum::any(server.clone()))
            .route("/slap", get(slap_all))
            .with_state(server.clone());
        let address = serve(app).await;
        let page = "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
        assert_eq!(ask(address, page).await.body, "a page");
        let client = client().connect(&format!("ws://{address}/socket")).await.expect("a connection");
        assert_eq!(client.send(Echo("hello".to_owned())).await, Ok("hello".to_owned()));
        let mut slaps = client.packets::<Slap>();
        assert_eq!(ask(address, &page.replace("/ ", "/slap ")).await.body, "1");
        assert_eq!(futures_util::StreamExt::next(&mut slaps).await, Some(Slap));
        let socket = only_socket(&server).await;
        assert_eq!(socket.request().path(), "/socket");
        assert!(socket.request().ip().is_some_and(|ip| ip.is_loopback()), "{:?}", socket.request());
        assert_eq!(ask(address, &page.replace("/ ", "/socket ")).await.status, 426);
        assert_eq!(ask(address, &page.replace("/ ", "/none ")).await.status, 404);
        let evil = upgrade("/socket", "Host: localhost\r\nOrigin: https://evil.com\r\n");
        assert_eq!(ask(address, &evil).await.status, 403);
    });
}

#[test]
fn servers_at_several_paths_have_their_own_clients() {
    real_time(async {
        let named = |name: &'static str| {
            let accept = move |_: Echo, _: Socket| async move { name.to_owned() };
            packets_server::axum::any(server().accept(accept).build().expect("a server"))
        };
        let address =
            serve(Router::new().route("/game", named("game")).route("/chat/{room}", named("chat"))).await;
        for (path, name) in [("/game", "game"), ("/chat/lobby", "chat")] {
            let client = client().connect(&format!("ws://{address}{path}")).await.expect("a connection");
            assert_eq!(client.send(Echo(String::new())).await, Ok(name.to_owned()));
        }
    });
}

struct User(&'static str);

#[test]
fn a_handler_may_say_who_the_user_is() {
    real_time(async {
        let server = server()
            .request(|request: packets_server::Request| async move {
                let user = request.extensions().get::<User>();
                user.map(|_| request).ok_or_else(|| Refusal::new(401, "who are you?"))
            })
            .accept(|_: Echo, socket: Socket| async move {
                socket.user::<User>().map_or(String::new(), |user| user.0.to_owned())
            })
            .build()
            .expect("a server");
        let handler = |State(server): State<Server>, request: Request| async move {
            let extensions = Extensions::default();
            if request.headers().contains_key("sec-websocket-protocol") {
                extensions.insert(User("Ada"));
            }
            server.upgrade_with(request, extensions).await
        };
        let address = serve(Router::new().route("/", any(handler)).with_state(server)).await;
        let client = client().connect(&format!("ws://{address}/")).await.expect("a connection");
        assert_eq!(client.send(Echo(String::new())).await, Ok("Ada".to_owned()));
        assert_eq!(ask(address, &upgrade("/", "Host: here\r\n")).await.status, 401);
    });
}
