//! Who is compared: one server a file.

mod axum;
mod coalesced;
mod decoding;
mod fastwebsockets;
mod jsonrpsee;
pub(crate) mod node;
mod numbered;
pub(crate) mod packets;
mod room;
mod socketioxide;
pub(crate) mod tarpc;
mod tungstenite;
mod writes;

use std::future::Future;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::pin::Pin;

use ::tokio::net::TcpListener;

use crate::protocol::{BinarySocketIo, JsonRpc, Protocol, Raw, SocketIo, Tarpc};
use crate::protocol::{DECODING, PACKETS, PACKETS_100, PACKETS_1000};

/// A server.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) program: Program,
    /// Whether it is only there for the scenarios that name it.
    pub(crate) is_special: bool,
}

/// How a server runs.
pub(crate) enum Program {
    /// As this program, which serves on the listener.
    Here(fn(TcpListener) -> Serving),
    /// As a script.
    Node(PathBuf),
}

/// A server that runs, for ever.
type Serving = Pin<Box<dyn Future<Output = ()>>>;

/// All of them, ours first. Those on Node are there if Node and what they need is.
pub(crate) fn all() -> Vec<Peer> {
    let mut peers = vec![
        here("packets", &PACKETS, |listener| Box::pin(packets::serve(listener, 10))),
        here("tungstenite", &Raw { echoes: true, broadcasts: true }, |listener| {
            Box::pin(tungstenite::serve(listener))
        }),
        here("tungstenite-coalesced", &Raw { echoes: true, broadcasts: true }, |listener| {
            Box::pin(coalesced::serve(listener))
        }),
        here("writes", &Raw { echoes: false, broadcasts: true }, |listener| {
            Box::pin(writes::serve(listener))
        }),
        here("decoding", &DECODING, |listener| Box::pin(decoding::serve(listener))),
        here("axum", &Raw { echoes: true, broadcasts: true }, |listener| Box::pin(axum::serve(listener))),
        here("fastwebsockets", &Raw { echoes: true, broadcasts: false }, |listener| {
            Box::pin(fastwebsockets::serve(listener))
        }),
        here("socketioxide", &SocketIo, |listener| Box::pin(socketioxide::serve_text(listener))),
        here("socketioxide-binary", &BinarySocketIo, |listener| {
            Box::pin(socketioxide::serve_binary(listener))
        }),
        here("jsonrpsee", &JsonRpc, |listener| Box::pin(jsonrpsee::serve(listener))),
        here("tarpc", &Tarpc, |listener| Box::pin(tarpc::serve(listener))),
    ];
    peers.extend(node::all());
    peers.extend([
        special(here("packets-100", &PACKETS_100, |listener| Box::pin(packets::serve(listener, 100)))),
        special(here("packets-1000", &PACKETS_1000, |listener| Box::pin(packets::serve(listener, 1_000)))),
    ]);
    peers
}

fn here(name: &'static str, protocol: &'static dyn Protocol, serve: fn(TcpListener) -> Serving) -> Peer {
    Peer { name, protocol, program: Program::Here(serve), is_special: false }
}

fn special(peer: Peer) -> Peer {
    Peer { is_special: true, ..peer }
}

/// Serves as one of them until standard input ends, in the process that the generator started for it.
pub(crate) fn serve(name: &str) {
    let peer = all().into_iter().find(|peer| peer.name == name).expect("there is such a peer");
    let Program::Here(serve) = peer.program else { panic!("it runs on Node") };
    // As many threads as there are cores for it, as `#[tokio::main]` would have it.
    let runtime = ::tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        println!("{}", listener.local_addr().expect("it is bound").port());
        std::io::stdout().flush().expect("the generator reads it");
        serve(listener).await;
    });
}

/// Takes connections for ever, each into a task of its own.
async fn accept<F>(listener: TcpListener, serve: impl Fn(::tokio::net::TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let (stream, _) = listener.accept().await.expect("there are files left");
        stream.set_nodelay(true).expect("TCP");
        ::tokio::spawn(serve(stream));
    }
}
