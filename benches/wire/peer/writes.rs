//! What a message to everybody takes whatever the server: a write to each member, and nothing else. Nothing waits for
//! who reads slowly.

use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream as Member;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt;
use tokio::io::{join, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::coalesced::{config, upgrade};
use crate::protocol::BROADCAST;

#[derive(Default)]
struct Room(Mutex<HashMap<u16, Member>>);

impl Room {
    fn members(&self) -> MutexGuard<'_, HashMap<u16, Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, message: &[u8], to: Option<u16>) {
        let frame = [&[0x82, u8::try_from(message.len()).expect("it is small")], message].concat();
        for (port, member) in &mut *self.members() {
            // Who has gone leaves in a moment.
            if to.is_none_or(|to| to == *port)
                && let Ok(written) = member.write(&frame)
            {
                assert_eq!(written, frame.len(), "a member does not read");
            }
        }
    }
}

pub(crate) async fn serve(listener: TcpListener) {
    let room = Arc::<Room>::default();
    super::accept(listener, |stream| connection(stream, room.clone())).await;
}

async fn connection(stream: TcpStream, room: Arc<Room>) {
    let Ok(port) = stream.peer_addr().map(|address| address.port()) else { return };
    let Ok(socket) = upgrade(stream).await else { return };
    // Past tokio, whose readiness it does not ask for.
    let Ok(member) = socket.into_inner().into_std() else { return };
    let Ok(reader) = member.try_clone().and_then(TcpStream::from_std) else { return };
    room.members().insert(port, member);
    let mut socket =
        WebSocketStream::from_raw_socket(join(reader, sink()), Role::Server, Some(config())).await;
    while let Some(Ok(Message::Binary(message))) = socket.next().await {
        let to = (message.first() != Some(&BROADCAST)).then_some(port);
        room.send(&message, to);
    }
    room.members().remove(&port);
}
