//! The handle to one client.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packets_core::SessionId;
use packets_core::net::{Handle, Peer, Term};
use tokio::time::Instant;

use crate::cluster::Link;
use crate::extensions::Extensions;
use crate::recipient::Recipient;
use crate::request::Request;
use crate::rooms::{JoinError, Memberships, Rooms};
use crate::target::Target;

/// One client's connection, as acceptors and hooks see it. Cheap to clone.
///
/// It is a [`Peer`]: `send` asks the client and resolves to its response, `emit` asks nothing, `packets`
/// is a stream of what arrives, `close` and `close_as` end the connection.
///
/// The socket that an acceptor of a call is given knows how much [time is left](Peer::time_left) of the call,
/// and gives its own `send`s, and those of its [`to`](Self::to) and [`others`](Self::others), no more than that,
/// until the acceptor is done. From then on it is like any other, so it may be kept.
///
/// ```
/// # use packets_server::{Packet, SendError, Server, Socket};
/// #[derive(Packet)]
/// #[packet(response = bool)]
/// struct Sure;
///
/// #[derive(Packet)]
/// #[packet(response = bool)]
/// struct Buy;
///
/// let server = Server::builder().accept(|_: Buy, socket: Socket| async move {
///     // The one who buys waits for 3 s: so long there is to say yes.
///     socket.send(Sure).await
/// });
/// // client.send(Buy).timeout(Duration::from_secs(3)).await
/// ```
#[derive(Clone)]
pub struct Socket(Arc<Parts>);

/// In one allocation, so that a clone of the socket is one of an `Arc`.
struct Parts {
    shared: Arc<Shared>,
    peer: Peer,
}

struct Shared {
    request: Request,
    rooms: Arc<Rooms>,
    memberships: Mutex<Memberships>,
    since: Instant,
}

impl Socket {
    pub(crate) fn new(peer: Peer, request: Request, rooms: Arc<Rooms>) -> Self {
        let (memberships, since) = (Mutex::default(), Instant::now());
        let shared = Arc::new(Shared { request, rooms, memberships, since });
        Self(Arc::new(Parts { shared, peer }))
    }

    /// The socket's id: the session's, which the client knows too.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.session()
    }

    /// For how long the client has been connected.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.0.shared.since.elapsed()
    }

    /// The HTTP request by which the client asked for this socket.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.0.shared.request
    }

    /// What the application knows about the client, beginning with what was put into the request.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.0.shared.request.extensions
    }

    /// The value of a type among the [extensions](Self::extensions), such as the user.
    #[must_use]
    pub fn user<U: Send + Sync + 'static>(&self) -> Option<Arc<U>> {
        self.extensions().get()
    }

    /// Says for how long from now on the client's credential is good; [`Duration::MAX`] is for ever, as without this.
    /// Then the connection ends as [`Unauthorized`](packets_core::CloseReason::Unauthorized), with the code 4401,
    /// also while the client may [come back](crate::Resume): it takes another credential to connect again.
    ///
    /// Said in the connect hook, and again where the credential is [renewed](crate::ServerBuilder::renew). A session
    /// that is resumed keeps the time it had, unless the request by which its client comes back
    /// [says another](crate::Request::expires_in).
    pub fn expires_in(&self, time: Duration) {
        self.expire_in(time);
    }

    /// Makes the socket a member of a room, which comes into being with its first member. Once this has
    /// returned, all that is emitted to the room reaches it. A member joins again in vain.
    ///
    /// The name is the application's, and may hold anything. Clients join no room by themselves: let them in
    /// by an acceptor, which sees to it that they may.
    ///
    /// ```
    /// # use packets_server::{JoinError, Packet, Server, Socket};
    /// #[derive(Packet)]
    /// struct Enter { room: String }
    ///
    /// # #[derive(Packet)]
    /// # struct Said(String);
    /// let server = Server::builder()
    ///     .connect(|socket: Socket| async move { socket.join("lobby").expect("the first of 128") })
    ///     .accept(|packet: Enter, socket: Socket| async move {
    ///         socket.join(&packet.room)?;
    ///         let _ = socket.to(&packet.room).emit(&Said(format!("{} enters", socket.id())));
    ///         Ok::<_, JoinError>(())
    ///     });
    /// ```
    ///
    /// # Errors
    /// [`JoinError`] if the name has more than 255 bytes, the socket is in as many rooms as it
    /// [may be](crate::ServerBuilder::rooms_per_socket), or its connection has ended.
    pub fn join(&self, room: impl AsRef<str>) -> Result<(), JoinError> {
        self.0.shared.rooms.join(self, room.as_ref())
    }

    /// Takes the socket out of a room, which vanishes with its last member. False if it was not in it.
    pub fn leave(&self, room: impl AsRef<str>) -> bool {
        self.0.shared.rooms.leave(self, room.as_ref())
    }

    /// The rooms the socket is in, in no particular order. With its connection it leaves them all; from then
    /// on these are the rooms it was in.
    #[must_use]
    pub fn rooms(&self) -> Vec<Arc<str>> {
        self.memberships().rooms().to_vec()
    }

    /// The same socket without regard to the call that it was given for: for work that goes on when the call is
    /// answered, or nobody waits for it any more.
    #[must_use]
    pub fn detached(&self) -> Self {
        self.within(Term::default())
    }

    /// The members of a room without this socket.
    pub fn to<'a>(&self, recipient: impl Into<Recipient<'a>>) -> Target<'a> {
        Target::one(self.0.shared.rooms.clone(), recipient.into()).within(self.term()).except(self)
    }

    /// All sockets of the server without this one.
    pub fn others(&self) -> Target<'static> {
        Target::all(self.0.shared.rooms.clone()).within(self.term()).except(self)
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        self.0.shared.rooms.link()
    }

    pub(crate) fn memberships(&self) -> MutexGuard<'_, Memberships> {
        self.0.shared.memberships.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").field("id", &self.id()).field("rooms", &self.rooms()).finish_non_exhaustive()
    }
}

impl Deref for Socket {
    type Target = Peer;

    fn deref(&self) -> &Peer {
        &self.0.peer
    }
}

#[doc(hidden)]
impl Handle for Socket {
    fn within(&self, term: Term) -> Self {
        let Parts { shared, peer } = &*self.0;
        Self(Arc::new(Parts { shared: shared.clone(), peer: peer.within(term) }))
    }

    fn term(&self) -> &Term {
        self.0.peer.term()
    }

    fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1 && self.0.peer.is_alone()
    }
}
