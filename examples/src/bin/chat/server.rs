//! The server: who may say what, and who hears it.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use packets_server::{
    AcceptError, Acceptor, BuildError, CloseReason, Refusal, Request, SendError, Server, Socket,
    ValidationError,
};
use tokio::net::TcpListener;

use crate::http;
use crate::protocol::{Entered, Join, Line, Say, Who, check_name, check_text};
use crate::room::Rooms;

/// Who is at the other end of a socket.
struct User(String);

/// Accepts the packets of the chat.
struct Chat(Arc<Rooms>);

impl Chat {
    /// Takes a socket out of the room it is in, and tells the others.
    fn leave(&self, socket: &Socket) -> Result<(), SendError> {
        let Some(room) = room(socket) else { return Ok(()) };
        self.0.leave(socket, &room);
        socket.to(&*room).emit(&Line::happened(&format!("{} leaves", name(socket))))?;
        Ok(())
    }
}

impl Acceptor<Join, Socket> for Chat {
    async fn validate(&self, packet: &Join, _: &Socket) -> Result<(), ValidationError> {
        check_name(&packet.room)
    }

    async fn respond(&self, packet: Join, socket: &Socket) -> Result<Entered, AcceptError> {
        self.leave(socket)?;
        let history = self.0.enter(socket, &packet.room)?;
        socket.to(&packet.room).emit(&Line::happened(&format!("{} enters", name(socket))))?;
        Ok(Entered { users: users(socket, &packet.room), history })
    }
}

impl Acceptor<Say, Socket> for Chat {
    async fn validate(&self, packet: &Say, _: &Socket) -> Result<(), ValidationError> {
        check_text(&packet.text)
    }

    async fn respond(&self, packet: Say, socket: &Socket) -> Result<(), AcceptError> {
        let room = room(socket).ok_or_else(nowhere)?;
        self.0.say(&room, &socket.to(&room), &Line::said(&name(socket), &packet.text))?;
        Ok(())
    }
}

impl Acceptor<Who, Socket> for Chat {
    async fn respond(&self, _: Who, socket: &Socket) -> Result<Vec<String>, AcceptError> {
        let room = room(socket).ok_or_else(nowhere)?;
        Ok(users(socket, &room))
    }
}

/// Nobody gets a socket without a name.
async fn named(request: Request) -> Result<Request, Refusal> {
    let name = request.parameter("name").unwrap_or_default().into_owned();
    check_name(&name).map_err(|error| Refusal::new(400, error.reason))?;
    request.insert(User(name));
    Ok(request)
}

/// The room a socket is in: one at a time.
fn room(socket: &Socket) -> Option<Arc<str>> {
    socket.rooms().pop()
}

fn nowhere() -> ValidationError {
    ValidationError::new(409, "enter a room first")
}

/// Who is in the room a socket is in.
fn users(socket: &Socket, room: &str) -> Vec<String> {
    names(socket.to(room).sockets().iter().chain([socket]))
}

/// The names of these sockets' users.
pub(crate) fn names<'a>(sockets: impl IntoIterator<Item = &'a Socket>) -> Vec<String> {
    let mut names: Vec<_> = sockets.into_iter().map(name).collect();
    names.sort_unstable();
    names
}

fn name(socket: &Socket) -> String {
    socket.user::<User>().map_or_else(String::new, |user| user.0.clone())
}

/// Serves the chat until Ctrl-C.
pub(crate) async fn run(address: &str) -> Result<(), Box<dyn Error>> {
    let rooms = Arc::new(Rooms::new());
    let server = server(&rooms)?;
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}/", listener.local_addr()?);
    let app = http::app(server.clone(), rooms).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(ctrl_c()).await?;
    server.shut_down().await;
    println!("bye");
    Ok(())
}

/// The server of these rooms.
pub(crate) fn server(rooms: &Arc<Rooms>) -> Result<Server, BuildError> {
    let chat = Arc::new(Chat(rooms.clone()));
    Server::builder()
        .request(named)
        .accept::<Join>(chat.clone())
        .accept::<Say>(chat.clone())
        .accept::<Who>(chat.clone())
        .disconnect(move |socket: Socket, _: CloseReason| {
            let chat = chat.clone();
            async move {
                if let Err(error) = chat.leave(&socket) {
                    eprintln!("nobody is told who left: {error}");
                }
            }
        })
        .build()
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals, the only way to end is the hard one.
        std::future::pending().await
    }
}
