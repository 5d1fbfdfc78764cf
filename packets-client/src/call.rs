//! One `send` of a client, over as many connections as it needs.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use packets_core::codec::Writer;
use packets_core::net::{self, Outgoing, SendError, Sizes, Term, Watched};
use packets_core::{Agreement, PacketId, Registry};
use tokio::time::Instant;

use crate::link::{Line, Link};

/// A packet on its way and its answer on the way back: a future of the response.
///
/// It always settles: with the response, a reject, at its timeout, or at the end of the connection. The
/// packet is sent when it is first polled; dropping it afterwards cancels the call on the other end.
///
/// When the connection breaks, the call goes on with its session, if that is [resumed](crate::ClientBuilder::resume).
/// Otherwise it fails with [`SendError::Disconnected`]: the server may have acted on it, or not. A packet that is
/// `#[packet(idempotent)]` is sent again in the next session instead, until its timeout; there the server may accept
/// it a second time. A call that still waits for room then was not sent: it fares as one that begins without a
/// connection, as [`Offline`](crate::Offline) says.
#[must_use = "nothing is sent until it is awaited; to send without an answer, use `emit`"]
pub struct Call<O: Outgoing> {
    link: Arc<Link>,
    state: State<O>,
    timeout: Duration,
    /// There is no more time than until then, whatever the timeout.
    latest: Option<Instant>,
    /// Set when it is first polled.
    deadline: Option<Instant>,
    sizes: Sizes,
    /// From its first poll on, if somebody looks on.
    watched: Option<Box<Watched>>,
}

enum State<O: Outgoing> {
    Unsent(O),
    Waiting(Sending<O>, NextLine),
    /// On its way by the connection of this epoch, once.
    Once(net::Call<O>, u64),
    /// On its way, and to be sent again if this connection breaks.
    Again(net::Call<Kept<O>>, Arc<O>, u64),
    Done,
}

type NextLine = Pin<Box<dyn Future<Output = Result<Line, SendError>> + Send>>;

enum Sending<O> {
    Once(O),
    Again(Arc<O>),
}

/// Nothing in it is ever pinned.
impl<O: Outgoing> Unpin for Call<O> {}

impl<O: Outgoing> Call<O> {
    pub(crate) fn new(link: Arc<Link>, packet: O, term: &Term) -> Self {
        let timeout = link.limits.call_timeout;
        let latest = term.time_left().map(|left| Instant::now() + left.min(LONGEST));
        let (state, sizes) = (State::Unsent(packet), Sizes::default());
        Self { link, state, timeout, latest, deadline: None, sizes, watched: None }
    }

    /// Gives the call so much time, from its first poll until its answer, instead of the limits' default.
    /// Sent by the handle of an acceptor, it has no more time than [is left](crate::Client::time_left) of the
    /// call that is accepted.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Leaves nothing to be done.
    fn take(&mut self) -> State<O> {
        std::mem::replace(&mut self.state, State::Done)
    }

    /// What is known of the sizes of its bodies.
    fn note_sizes(&mut self) {
        match &self.state {
            State::Once(call, _) => self.sizes = call.sizes(),
            State::Again(call, ..) => self.sizes = call.sizes(),
            State::Unsent(_) | State::Waiting(..) | State::Done => {}
        }
    }

    fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<Result<O::Response, SendError>> {
        let deadline = *self.deadline.get_or_insert_with(|| {
            let deadline = Instant::now() + self.timeout.min(LONGEST);
            self.latest.map_or(deadline, |latest| latest.min(deadline))
        });
        loop {
            self.state = match &mut self.state {
                State::Unsent(_) => {
                    let State::Unsent(packet) = self.take() else { return Poll::Pending };
                    self.watched = self.link.observers.watch(&packet, &self.link.own);
                    self.begin(packet, deadline)?
                }
                State::Waiting(_, line) => {
                    let line = ready!(line.as_mut().poll(cx));
                    let State::Waiting(sending, _) = self.take() else { return Poll::Pending };
                    sending.by(line?, deadline)
                }
                State::Once(call, epoch) => {
                    let result = ready!(Pin::new(&mut *call).poll(cx));
                    let epoch = *epoch;
                    match (call.take_unsent(), result) {
                        (Some(packet), Err(SendError::Disconnected(_))) => {
                            State::Waiting(Sending::Once(packet), self.next_line(Some(epoch), deadline))
                        }
                        (_, result) => return Poll::Ready(result),
                    }
                }
                State::Again(call, packet, epoch) => match ready!(Pin::new(&mut *call).poll(cx)) {
                    Err(SendError::Disconnected(_)) => {
                        let (link, epoch) = (self.link.clone(), *epoch);
                        let next = async move { link.next_line(Some(epoch), deadline).await };
                        self.sizes = call.sizes();
                        State::Waiting(Sending::Again(packet.clone()), Box::pin(next))
                    }
                    result => return Poll::Ready(result),
                },
                State::Done => return Poll::Pending,
            };
        }
    }

    /// Sends the packet, or lets it wait for a connection if it may.
    fn begin(&self, packet: O, deadline: Instant) -> Result<State<O>, SendError> {
        let sending = if packet.is_idempotent(self.link.own.registry()) {
            Sending::Again(Arc::new(packet))
        } else {
            Sending::Once(packet)
        };
        match self.link.line().map_err(SendError::Disconnected)? {
            Some(line) => Ok(sending.by(line, deadline)),
            None => Ok(State::Waiting(sending, self.next_line(None, deadline))),
        }
    }

    /// A connection after that of an epoch, if calls that were not sent may wait for one.
    fn next_line(&self, epoch: Option<u64>, deadline: Instant) -> NextLine {
        let link = self.link.clone();
        Box::pin(async move {
            let (_waiting, max_age) = match link.wait() {
                Err(SendError::Offline) => return Err(link.why_unsent(epoch).await),
                waiting => waiting?,
            };
            let too_old = Instant::now().checked_add(max_age).unwrap_or(deadline);
            match link.next_line(epoch, deadline.min(too_old)).await {
                Err(SendError::Timeout) if too_old < deadline => Err(SendError::Offline),
                line => line,
            }
        })
    }
}

impl<O: Outgoing> Sending<O> {
    fn by(self, Line { peer, epoch }: Line, deadline: Instant) -> State<O> {
        let time_left = deadline.saturating_duration_since(Instant::now());
        match self {
            Self::Once(packet) => State::Once(peer.send(packet).timeout(time_left), epoch),
            Self::Again(packet) => {
                State::Again(peer.send(Kept(packet.clone())).timeout(time_left), packet, epoch)
            }
        }
    }
}

impl<O: Outgoing> Future for Call<O> {
    type Output = Result<O::Response, SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(self.poll_settled(cx));
        self.note_sizes();
        self.take();
        if let Some(watched) = self.watched.take() {
            watched.settle(self.link.peer().session(), self.sizes, &result);
        }
        Poll::Ready(result)
    }
}

impl<O: Outgoing> Drop for Call<O> {
    fn drop(&mut self) {
        self.note_sizes();
        self.take();
        if let Some(watched) = self.watched.take() {
            watched.cancel(self.link.peer().session(), self.sizes);
        }
    }
}

/// So that `Duration::MAX` is no overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A packet that is sent while it is kept.
struct Kept<O>(Arc<O>);

impl<O: Outgoing> Outgoing for Kept<O> {
    type Response = O::Response;

    fn id(&self, agreement: &Agreement) -> Result<PacketId, SendError> {
        self.0.id(agreement)
    }

    fn is_idempotent(&self, registry: &Registry) -> bool {
        self.0.is_idempotent(registry)
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn encode(&self, id: PacketId, agreement: &Agreement, writer: &mut Writer) -> Result<(), SendError> {
        self.0.encode(id, agreement, writer)
    }

    fn response(id: PacketId, agreement: &Agreement, body: &Bytes) -> Result<O::Response, SendError> {
        O::response(id, agreement, body)
    }
}

impl<O: Outgoing> std::fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = match self.state {
            State::Unsent(_) => "unsent",
            State::Waiting(..) => "waiting for a connection",
            State::Once(..) | State::Again(..) => "on its way",
            State::Done => "done",
        };
        f.debug_struct("Call").field("state", &state).field("timeout", &self.timeout).finish()
    }
}
