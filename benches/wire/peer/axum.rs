//! axum's WebSockets.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use super::room::Room;
use crate::protocol::{BROADCAST, ECHO};

pub(crate) async fn serve(listener: TcpListener) {
    let app = Router::new().route("/", any(upgrade)).with_state(Arc::<Room<Message>>::default());
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("TCP"));
    axum::serve(listener, app).await.expect("it serves for ever");
}

async fn upgrade(request: WebSocketUpgrade, State(room): State<Arc<Room<Message>>>) -> Response {
    request.on_upgrade(|socket| connection(socket, room))
}

async fn connection(mut socket: WebSocket, room: Arc<Room<Message>>) {
    let (number, mut queue) = room.join();
    loop {
        tokio::select! {
            message = socket.recv() => {
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
