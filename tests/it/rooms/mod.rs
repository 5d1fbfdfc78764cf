//! Rooms: who is in them, and what reaches them.

mod answers;
mod bounds;
mod crowd;
mod emit;
mod flush;
mod incompatible;
mod membership;
mod slow;
mod target;

use std::sync::Arc;

use packets_client::{Client, ClientBuilder, Packets};
use packets_core::{CloseReason, SessionId};
use packets_server::{Server, Socket};
use packets_tests::harness::{Count, client, connect, server, socket_of};
use tokio::task::JoinHandle;

/// A connected client that keeps all [`Count`]s it is sent.
struct Guest {
    client: Client,
    socket: Socket,
    counts: Packets<Count>,
    end: JoinHandle<CloseReason>,
}

/// The last thing a [`Guest`] is told.
const LAST: u32 = u32::MAX >> 1;

fn count(value: u32) -> Count {
    Count { value }
}

fn plain_server() -> Server {
    server().build().expect("a server")
}

/// A guest who is in these rooms.
async fn guest(server: &Server, rooms: &[&str]) -> Guest {
    guest_with(server, client(), rooms).await
}

/// So many guests who are in these rooms.
async fn crowd_of(server: &Server, size: usize, rooms: &[&str]) -> Vec<Guest> {
    let mut guests = Vec::new();
    for _ in 0..size {
        guests.push(guest(server, rooms).await);
    }
    guests
}

async fn guest_with(server: &Server, client: ClientBuilder, rooms: &[&str]) -> Guest {
    let (client, end) = connect(server, client).await;
    let counts = client.packets();
    let socket = socket_of(&client, server).await;
    for room in rooms {
        socket.join(room).expect("joined");
    }
    Guest { client, socket, counts, end }
}

impl Guest {
    fn id(&self) -> SessionId {
        self.socket.id()
    }

    /// What it has been sent, up to now.
    async fn seen(&mut self) -> Vec<u32> {
        self.socket.emit(&count(LAST)).expect("room");
        let mut seen = Vec::new();
        loop {
            match self.counts.next().await.expect("connected").value {
                LAST => return seen,
                value => seen.push(value),
            }
        }
    }
}

/// What each of them has been sent, up to now.
async fn seen<const N: usize>(guests: [&mut Guest; N]) -> [Vec<u32>; N] {
    let mut all = [const { Vec::new() }; N];
    for (seen, guest) in all.iter_mut().zip(guests) {
        *seen = guest.seen().await;
    }
    all
}

/// The rooms of a server and how many are in each, by name.
fn rooms(server: &Server) -> Vec<(String, usize)> {
    sorted(server.rooms().into_iter().map(|(name, members)| (name.to_string(), members)))
}

fn names(rooms: &[Arc<str>]) -> Vec<String> {
    sorted(rooms.iter().map(ToString::to_string))
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.into_iter().collect();
    items.sort();
    items
}

fn ids(sockets: &[Socket]) -> Vec<SessionId> {
    sorted(sockets.iter().map(Socket::id))
}
