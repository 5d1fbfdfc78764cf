//! What the tests of servers and clients share: bounded runs, a protocol, ends that speak raw frames.

pub mod frames;
mod fuse;
mod nodes;
mod polled;
mod protocol;
mod raw;
mod scene;
mod tap;
mod victim;
mod wire;
mod witness;

use std::future::Future;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use packets_client::{Client, ClientBuilder, Event, Events, Recovered};
use packets_core::CloseReason;
use packets_core::net::{Pair, pair};
use packets_server::{Server, ServerBuilder, Socket};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use self::fuse::Fuse;
pub use self::nodes::{alone, node, together};
pub use self::polled::{calls_made, polled};
pub use self::protocol::{Blob, Count, Document, Echo, Numbers, Slap, Stray, id, registry};
pub use self::raw::Raw;
pub use self::scene::{Scene, Watch, lives};
pub use self::tap::{Tap, Tapped};
pub use self::victim::{MEMORY, Victim};
pub use self::wire::{BINARY, CONTINUATION, FIN, PING, PONG, Wire, server_frame, websocket_frame};
pub use self::witness::{DropGuard, Witness};

/// No test takes longer, whatever clock it goes by.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs a test by the clock on the wall.
///
/// # Panics
/// If the test is not done in time, or panics.
pub fn real_time(test: impl Future<Output = ()>) {
    run(Builder::new_current_thread().enable_all(), test);
}

/// Runs a test by a clock that stands still while there is something to do, and jumps when there is not.
///
/// # Panics
/// If the test is not done in time, or panics.
pub fn paused_time(test: impl Future<Output = ()>) {
    run(Builder::new_current_thread().enable_all().start_paused(true), test);
}

/// Runs a test by the clock on the wall, its tasks on several threads.
///
/// # Panics
/// If the test is not done in time, or panics.
pub fn many_threads(test: impl Future<Output = ()>) {
    run(Builder::new_multi_thread().worker_threads(4).enable_all(), test);
}

/// The bound is kept by a thread, as tokio's clock may be paused.
fn run(runtime: &mut Builder, test: impl Future<Output = ()>) {
    let (done, watched) = channel::<()>();
    let (late, is_late) = oneshot::channel();
    thread::spawn(move || {
        if watched.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            let _ = late.send(());
        }
    });
    runtime.build().expect("a runtime").block_on(async {
        tokio::select! {
            biased;
            () = test => {}
            Ok(()) = is_late => panic!("the test is not done within {LIMIT:?}"),
        }
    });
    drop(done);
}

/// A server of the tests' protocol.
pub fn server() -> ServerBuilder {
    Server::builder().registry(registry())
}

/// A client of the tests' protocol.
pub fn client() -> ClientBuilder {
    Client::builder().registry(registry())
}

/// A server that answers [`Echo`] with its text, and [`Slap`] with nothing.
///
/// # Panics
/// If it cannot be built.
#[must_use]
pub fn echo_server() -> Server {
    server()
        .accept(|packet: Echo, _: Socket| async move { packet.0 })
        .accept(|_: Slap, _: Socket| async {})
        .build()
        .expect("a server")
}

/// A client that is connected in memory, and its connection's end on the server.
///
/// # Panics
/// If the two do not get to know each other.
pub async fn connect(server: &Server, client: ClientBuilder) -> (Client, JoinHandle<CloseReason>) {
    let (transport, end) = attach(server);
    (client.connect_transport(transport).await.expect("a connection"), end)
}

/// A transport whose other end is served.
#[must_use]
pub fn attach(server: &Server) -> (Pair, JoinHandle<CloseReason>) {
    let (here, there) = pair();
    let server = server.clone();
    (here, tokio::spawn(async move { server.serve_transport(there).await }))
}

/// A client by hand that has greeted, its socket, and its connection's end on the server.
///
/// # Panics
/// If the server has other clients.
pub async fn greeted(server: &Server) -> (Raw, Socket, JoinHandle<CloseReason>) {
    let (transport, end) = attach(server);
    let mut raw = Raw(transport);
    raw.greet().await;
    (raw, only_socket(server).await, end)
}

/// Waits until there is a connection, and says what of the session it recovers.
///
/// # Panics
/// If the client ends.
pub async fn connected(events: &mut Events) -> Recovered {
    loop {
        match events.next().await {
            Some(Event::Connected { recovered, .. }) => return recovered,
            Some(_) => {}
            None => panic!("the client ended"),
        }
    }
}

/// Serves on a free port, whose address is returned.
///
/// # Panics
/// If there is none.
pub async fn listen(server: &Server) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(server.serve(listener).into_future());
    address
}

/// A client's socket on its server, as soon as the client's greeting is there.
pub async fn socket_of(client: &Client, server: &Server) -> Socket {
    loop {
        match server.socket(client.id()) {
            Some(socket) => return socket,
            None => tokio::task::yield_now().await,
        }
    }
}

/// The only socket of a server, as soon as its client has greeted.
///
/// # Panics
/// If there are several.
pub async fn only_socket(server: &Server) -> Socket {
    loop {
        let mut sockets = server.sockets();
        assert!(sockets.len() < 2, "one client is connected");
        match sockets.pop() {
            Some(socket) => return socket,
            None => tokio::task::yield_now().await,
        }
    }
}
