//! A client in a room.

use std::time::Duration;

use packets_client::{Client, Packets};
use packets_server::{Server, SessionId};
use tokio::time::timeout;

use crate::harness::{Count, client, connect, socket_of};

/// A client in the room `room`, which keeps the counts that it is sent, and answers each with its double.
#[derive(Debug)]
pub struct Guest {
    /// Its socket's id.
    pub id: SessionId,
    counts: Packets<Count>,
    _client: Client,
}

impl Guest {
    /// One of this server.
    ///
    /// # Panics
    /// If it is not let in.
    pub async fn of(server: &Server) -> Self {
        let double = |packet: Count, _: Client| async move { packet.value * 2 };
        let (client, _) = connect(server, client().accept(double)).await;
        let counts = client.packets();
        let socket = socket_of(&client, server).await;
        socket.join("room").expect("joined");
        Self { id: socket.id(), counts, _client: client }
    }

    /// The next count that it is sent.
    ///
    /// # Panics
    /// If there is none within 5 s.
    pub async fn next(&mut self) -> u32 {
        let next = timeout(Duration::from_secs(5), self.counts.next());
        next.await.expect("in time").expect("connected").value
    }
}
