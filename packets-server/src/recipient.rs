//! Who is sent something: a room or a socket.

use std::borrow::Cow;
use std::sync::Arc;

use packets_core::SessionId;

use crate::socket::Socket;

/// A room, or one socket. Names of rooms, ids of sockets and sockets convert into it.
///
/// ```
/// # fn example(server: packets_server::Server, socket: packets_server::Socket) {
/// let both = server.to("lobby").to(socket.id());
/// let neither = server.all().except(String::from("lobby")).except(&socket);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// The members of the room of this name; none if there is no such room.
    Room(Cow<'a, str>),
    /// The socket of this id; none if it is not connected to this server.
    Id(SessionId),
}

impl Recipient<'_> {
    pub(crate) fn room(&self) -> Option<&str> {
        if let Self::Room(name) = self { Some(name) } else { None }
    }

    pub(crate) fn id(&self) -> Option<SessionId> {
        if let Self::Id(id) = self { Some(*id) } else { None }
    }
}

impl<'a> From<&'a str> for Recipient<'a> {
    fn from(room: &'a str) -> Self {
        Self::Room(room.into())
    }
}

impl From<String> for Recipient<'_> {
    fn from(room: String) -> Self {
        Self::Room(room.into())
    }
}

impl<'a> From<&'a String> for Recipient<'a> {
    fn from(room: &'a String) -> Self {
        Self::Room(room.into())
    }
}

/// As [`Socket::rooms`] has them.
impl<'a> From<&'a Arc<str>> for Recipient<'a> {
    fn from(room: &'a Arc<str>) -> Self {
        Self::Room(Cow::Borrowed(room))
    }
}

impl From<SessionId> for Recipient<'_> {
    fn from(id: SessionId) -> Self {
        Self::Id(id)
    }
}

impl From<&Socket> for Recipient<'_> {
    fn from(socket: &Socket) -> Self {
        Self::Id(socket.id())
    }
}
