//! Several servers as nodes of one cluster.

mod builds;
mod cancel;
mod emitter;
mod engine;
mod everywhere;
mod gap;
mod health;
mod hostile;
mod intercom;
mod membership;
mod request;
mod rooms;
mod subject;

use std::time::Duration;

use packets_client::{Client, Packets};
use packets_core::SessionId;
use packets_server::{ClusterEvent, ClusterEvents, Engine, Local, Node, Server, Socket, Tally};
use packets_tests::engine::Breakable;
use packets_tests::harness::{Count, client, connect, node, socket_of, together};
use tokio::time::timeout;

fn count(value: u32) -> Count {
    Count { value }
}

/// The tally, in the order of its fields.
fn numbers(tally: Tally) -> [usize; 5] {
    [tally.answered, tally.without_acceptor, tally.failed, tally.silent, tally.left]
}

/// A node that has this value, and no other.
fn holder(engine: impl Engine, value: u32) -> Server {
    let here = move |ask: Count, _: Node| async move { (ask.value == value).then_some(value) };
    node(engine).intercom(here).build().expect("a server")
}

/// A node that never answers.
fn mute(engine: impl Engine) -> Server {
    node(engine)
        .intercom(|_: Count, _: Node| std::future::pending::<Option<u32>>())
        .build()
        .expect("a server")
}

/// Two nodes that know each other, and the second one's way to the engine.
async fn pair() -> (Server, Server, Breakable) {
    let local = Local::default();
    let breakable = Breakable::new(local.clone());
    let (a, b) = (holder(local, 1), holder(breakable.clone(), 2));
    together(&[&a, &b]).await;
    (a, b, breakable)
}

/// The first event for which this holds; how much time passes until then does not matter.
async fn event<T>(events: &mut ClusterEvents, mut is: impl FnMut(ClusterEvent) -> Option<T>) -> T {
    loop {
        let next = timeout(Duration::from_secs(120), events.next());
        if let Some(it) = is(next.await.expect("in time").expect("no end")) {
            return it;
        }
    }
}

async fn until(events: &mut ClusterEvents, what: &ClusterEvent) {
    event(events, |event| (event == *what).then_some(())).await;
}

/// A connected client that keeps all [`Count`]s it is sent.
struct Guest {
    client: Client,
    socket: Socket,
    counts: Packets<Count>,
}

/// A guest who is in these rooms, and answers a [`Count`] with its double.
async fn guest(server: &Server, rooms: &[&str]) -> Guest {
    let double = |packet: Count, _: Client| async move { packet.value * 2 };
    let (client, _) = connect(server, client().accept(double)).await;
    let counts = client.packets();
    let socket = socket_of(&client, server).await;
    for room in rooms {
        socket.join(room).expect("joined");
    }
    Guest { client, socket, counts }
}

impl Guest {
    fn id(&self) -> SessionId {
        self.socket.id()
    }

    /// The next that it is sent.
    async fn next(&mut self) -> u32 {
        let next = timeout(Duration::from_secs(120), self.counts.next());
        next.await.expect("in time").expect("connected").value
    }
}
