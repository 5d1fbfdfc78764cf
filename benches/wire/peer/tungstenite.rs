//! tokio-tungstenite as it is used in its examples: a message is read, and the answer is sent.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::room::Room;
use crate::protocol::{BROADCAST, ECHO};

pub(crate) async fn serve(listener: TcpListener) {
    let room = Arc::<Room<Message>>::default();
    super::accept(listener, |stream| connection(stream, room.clone())).await;
}

async fn connection(stream: TcpStream, room: Arc<Room<Message>>) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    let (number, mut queue) = room.join();
    loop {
        tokio::select! {
            message = socket.next() => {
                let Some(Ok(Message::Binary(message))) = message else { break };
                match message.first() {
                    Some(&ECHO) => match socket.send(Message::Binary(message)).await {
                        Ok(()) => {}
                        Err(_) => break,
                    },
                    Some(&BROADCAST) => room.send(&Message::Binary(message)),
                    _ => {}
                }
            }
            Some(message) = queue.recv() => {
                if socket.send(message).await.is_err() {
                    break;
                }
            }
        }
    }
    room.leave(number);
}
