//! tokio-tungstenite as fast as it goes: a small read buffer, and one flush for all that can be read at once.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async_with_config};

use super::room::Room;
use crate::protocol::{BROADCAST, ECHO};

pub(crate) async fn serve(listener: TcpListener) {
    let room = Arc::<Room<Message>>::default();
    super::accept(listener, |stream| connection(stream, room.clone())).await;
}

async fn connection(stream: TcpStream, room: Arc<Room<Message>>) {
    let Ok(mut socket) = upgrade(stream).await else { return };
    let (number, mut queue) = room.join();
    let _ = poll_fn(|cx| turn(&mut socket, &mut queue, &room, cx)).await;
    room.leave(number);
}

/// A WebSocket with small buffers.
pub(super) async fn upgrade(stream: TcpStream) -> Result<WebSocketStream<TcpStream>, Error> {
    accept_async_with_config(stream, Some(config())).await
}

/// Small buffers, of which the one for reading is zeroed again and again.
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4 << 10).write_buffer_size(16 << 10)
}

/// Ready at the end.
fn turn(
    socket: &mut WebSocketStream<TcpStream>,
    queue: &mut UnboundedReceiver<Message>,
    room: &Room<Message>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Error>> {
    while let Poll::Ready(message) = socket.poll_next_unpin(cx) {
        let Some(Ok(Message::Binary(message))) = message else { return Poll::Ready(Ok(())) };
        match message.first() {
            Some(&ECHO) => feed(socket, Message::Binary(message), cx)?,
            Some(&BROADCAST) => room.send(&Message::Binary(message)),
            _ => {}
        }
    }
    while let Poll::Ready(Some(message)) = queue.poll_recv(cx) {
        feed(socket, message, cx)?;
    }
    // What it does not take now it takes when it is woken.
    let _ = socket.poll_flush_unpin(cx)?;
    Poll::Pending
}

/// Sends a message with the next flush.
pub(super) fn feed(
    socket: &mut WebSocketStream<TcpStream>,
    message: Message,
    cx: &mut Context<'_>,
) -> Result<(), Error> {
    // Its buffer has no bound, and so it is ready.
    let _ = socket.poll_ready_unpin(cx)?;
    socket.start_send_unpin(message)
}
