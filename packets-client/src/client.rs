//! The handle to a server, over as many connections as it takes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use packets_core::net::{Dropped, Handle, Outgoing, Packets, SendError, Term};
use packets_core::{CloseReason, InvalidCloseCode, Packet, SessionId, ValidationError, Verdict};

use crate::backlog::Offline;
use crate::builder::ClientBuilder;
use crate::call::Call;
use crate::error::ConnectError;
use crate::event::Events;
use crate::link::{Link, Wish};
use crate::location::{self, RedirectPolicy};

/// A client of one server. Cheap to clone; it ends when the last clone is dropped.
///
/// It connects again by itself when a connection breaks, as [`Backoff`](crate::Backoff) says. What is sent
/// meanwhile fails, unless [`Offline`](crate::Offline) says otherwise; acceptors and streams go on with the
/// next connection. Every packet is delivered at most once, but for calls that are `#[packet(idempotent)]`.
///
/// The handle that an acceptor of a call is given knows how much [time is left](Self::time_left) of the call,
/// and gives its own `send`s no more than that, until the acceptor is done. It does not keep the client open.
///
/// ```standalone_crate
/// use packets_client::{Client, Packet};
/// use packets_server::{Server, Socket};
///
/// #[derive(Packet)]
/// #[packet(response = u32)]
/// struct Double(u32);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder().accept(|packet: Double, _: Socket| async move { packet.0 * 2 }).build()?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let url = format!("ws://{}/", listener.local_addr()?);
/// tokio::spawn(server.serve(listener).into_future());
///
/// let client = Client::connect(&url).await?;
/// assert_eq!(client.send(Double(21)).await?, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    link: Arc<Link>,
    /// The handles that acceptors are given have none, or the client would keep itself open.
    _last: Option<Arc<CloseOnDrop>>,
    term: Term,
}

struct CloseOnDrop(Arc<Link>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close(&CloseReason::Local);
    }
}

impl Client {
    /// Connects to a server by its URL, such as `ws://127.0.0.1:3000/`.
    ///
    /// # Errors
    /// [`ConnectError`] says why there is no connection. The first one is tried once.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::builder().connect(url).await
    }

    /// A client with acceptors, limits or policies of its own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A handle that does not keep the client open.
    pub(crate) fn of(link: Arc<Link>) -> Self {
        Self { link, _last: None, term: Term::default() }
    }

    /// A handle that keeps the client open.
    pub(crate) fn holding(link: Arc<Link>) -> Self {
        Self { _last: Some(Arc::new(CloseOnDrop(link.clone()))), link, term: Term::default() }
    }

    /// The current session's id, which the server knows too; between connections, the last one's.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.link.peer().session()
    }

    /// Sends a packet, typed or dehydrated, and resolves to its response.
    ///
    /// It waits for room where there is none, and settles by its [timeout](Call::timeout) in any case.
    ///
    /// # Errors
    /// [`SendError`] says why there is no response.
    pub fn send<O: Outgoing>(&self, packet: O) -> Call<O> {
        Call::new(self.link.clone(), packet, &self.term)
    }

    /// How much time is left of the call that this handle was given for, as long as its acceptor runs; none for
    /// any other handle. What this handle sends meanwhile has no more time than this.
    ///
    /// It is what the server still waits, and no more than the
    /// [`acceptor_timeout`](crate::ConnectionLimits::acceptor_timeout). Then the acceptor is dropped.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.term.time_left()
    }

    /// The same handle without regard to the call that it was given for: for work that goes on when the call is
    /// answered, or nobody waits for it any more.
    #[must_use]
    pub fn detached(&self) -> Self {
        self.within(Term::default())
    }

    /// Sends a packet, typed or dehydrated, without asking for an answer. It never waits.
    ///
    /// # Errors
    /// [`SendError`] if the packet cannot be sent; [`SendError::Full`] if the queue is full just now;
    /// [`SendError::Offline`] if there is no connection, unless [`Offline`](crate::Offline) says otherwise.
    pub fn emit<O: Outgoing>(&self, packet: &O) -> Result<(), SendError> {
        let mut size = 0;
        let result = self.link.emit(packet, &mut size);
        let Link { observers, own, .. } = &*self.link;
        if observers.any() {
            observers.emitted(packet, own, size, 1, Some(self.id()), result.as_ref().copied());
        }
        match result {
            Err(SendError::Offline) if self.link.offline == Offline::Drop => Ok(()),
            result => result,
        }
    }

    /// Waits until `emit` has room for a packet, and for a connection if `emit` needs one.
    ///
    /// # Errors
    /// [`SendError::Disconnected`] when the client has ended.
    pub fn ready(&self) -> impl Future<Output = Result<(), SendError>> + Send + use<> {
        let link = self.link.clone();
        async move { link.ready().await }
    }

    /// The packets of type `P` that arrive from now on, beside what acceptors do with them. The stream goes on
    /// over connections.
    pub fn packets<P: Packet>(&self) -> Packets<P> {
        self.link.streams.open(self.link.own.registry().id_of::<P>(), self.link.limits.stream)
    }

    /// Whether there is a connection. It is so from [`Event::Connected`] to [`Event::Disconnected`], and no more when
    /// the client is closed or asked to connect anew.
    ///
    /// What is sent may still be lost: a connection that breaks is known to be broken a while later. To show the
    /// state, open the stream of [`events`](Self::events) first and then ask this: no change goes unseen.
    ///
    /// ```
    /// # use packets_client::{Client, Event};
    /// # async fn example(client: Client) {
    /// let mut events = client.events();
    /// let mut connected = client.is_connected();
    /// loop {
    ///     println!("{}", if connected { "online" } else { "offline" });
    ///     connected = match events.next().await {
    ///         Some(Event::Connected { .. }) => true,
    ///         Some(Event::Disconnected(_)) => false,
    ///         Some(_) => continue,
    ///         None => break,
    ///     };
    /// }
    /// # }
    /// ```
    ///
    /// [`Event::Connected`]: crate::Event::Connected
    /// [`Event::Disconnected`]: crate::Event::Disconnected
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    /// What becomes of the connection, from now on.
    ///
    /// ```
    /// # use packets_client::{Client, Event};
    /// # async fn example(client: Client) {
    /// let mut events = client.events();
    /// while let Some(event) = events.next().await {
    ///     match event {
    ///         Event::Connected { .. } => println!("online"),
    ///         Event::Disconnected(reason) => println!("offline: {reason}"),
    ///         Event::ReconnectingIn(time) => println!("trying again in {} s", time.as_secs()),
    ///         _ => {}
    ///     }
    /// }
    /// # }
    /// ```
    pub fn events(&self) -> Events {
        self.link.events()
    }

    /// Whether a packet can travel between the builds on the two ends of the connection; of the last one, if
    /// there is none.
    #[must_use]
    pub fn verdict<P: Packet>(&self) -> Verdict {
        self.link.peer().verdict::<P>()
    }

    /// How many packets of the connection were dropped so far, by reason; of the last one, if there is none.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.link.peer().dropped()
    }

    /// Whether the server has said that it is about to close the connection; see [`Event::Leaving`].
    ///
    /// [`Event::Leaving`]: crate::Event::Leaving
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.link.peer().is_leaving()
    }

    /// How many of this end's calls wait for their answers on the connection.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.link.peer().calls()
    }

    /// Ends this connection and begins another one at once, with new credentials: what [`Refresh`] asks for.
    /// Asked for again before a stable connection, it waits as the [`Backoff`](crate::Backoff) says.
    ///
    /// Calls in flight fare as when a connection breaks. Without a connection, the next attempt begins at
    /// once. A client that does not reconnect ends.
    ///
    /// [`Refresh`]: crate::Refresh
    pub fn reconnect(&self) {
        self.link.wish(Wish::Reconnect);
    }

    /// Renews the credential by which the server knows the client, on the live connection: asks the
    /// [token](crate::ClientBuilder::token) function for another one, and sends that. To be called before the
    /// token's time is over.
    ///
    /// If the server refuses it, it closes the connection with 4401, and the client connects again with yet
    /// another one. A server without a hook for that drops it. The function is asked no more often than
    /// every 10 s; being asked meanwhile counts once, when that time is over. If it fails, or the token is larger than
    /// the messages that the server takes, nothing is sent but a warning to the log. Without a token function, or
    /// without a connection, nothing is done: the next connection has another token anyway.
    pub fn renew(&self) {
        self.link.renew();
    }

    /// Moves to another server, given by its URL or by a path on this one: what [`Redirect`] asks for. It is
    /// as [`reconnect`](Self::reconnect); if there is no connection to be had there, the client returns to the URL
    /// that it was built with.
    ///
    /// An acceptor of [`Redirect`] may call it where the policy of the builder is not enough.
    ///
    /// # Errors
    /// [`ConnectError::Url`] if it is none.
    ///
    /// [`Redirect`]: crate::Redirect
    pub fn redirect(&self, location: &str) -> Result<(), ConnectError> {
        let location = location::resolve(&self.link.location(), location)?;
        self.link.wish(Wish::Move(location));
        Ok(())
    }

    /// Does what a server asks, if it may.
    pub(crate) fn follow(&self, location: &str, policy: RedirectPolicy) -> Result<(), ValidationError> {
        let from = self.link.location();
        let to = location::resolve(&from, location);
        let to = to.map_err(|error| ValidationError::new(400, error.to_string()))?;
        if !policy.allows(&from, &to) {
            return Err(ValidationError::new(403, "this client may not be redirected there"));
        }
        self.link.wish(Wish::Move(to));
        Ok(())
    }

    /// Ends the client for good, once what is queued on the connection has been written.
    pub fn close(&self) {
        self.link.close(&CloseReason::Local);
    }

    /// Ends the client for good with a code and a text of the application's, as [`close`](Self::close) does.
    /// The server sees them as [`CloseReason::Remote`]; of the text, its first 123 bytes.
    ///
    /// The codes 4000 to 4399 and 4500 to 4999 are the application's.
    ///
    /// # Errors
    /// [`InvalidCloseCode`] at any other code; then nothing is closed.
    pub fn close_as(&self, code: u16, reason: &str) -> Result<(), InvalidCloseCode> {
        self.link.close(&CloseReason::application(code, reason)?);
        Ok(())
    }

    /// Resolves when the client has ended for good, to the reason.
    pub fn closed(&self) -> impl Future<Output = CloseReason> + Send + use<> {
        let link = self.link.clone();
        async move { link.closed().await }
    }
}

#[doc(hidden)]
impl Handle for Client {
    fn within(&self, term: Term) -> Self {
        Self { term, ..self.clone() }
    }

    fn term(&self) -> &Term {
        &self.term
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("id", &self.id()).finish_non_exhaustive()
    }
}
