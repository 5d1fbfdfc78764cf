//! The answers of several sockets to one packet.

use std::collections::VecDeque;
use std::fmt::{Debug, Formatter};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, Stream, StreamExt};
use packets_core::SessionId;
use packets_core::net::{Call, Encoded, Handle, Outgoing, Peer, SendError, Term};

use crate::cluster::{Elsewhere, PublishError, Tally};
use crate::socket::Socket;

/// The answers of several sockets to one packet, in the order in which they arrive: each socket's id, and its
/// response or why there is none.
///
/// The packet is sent to all when this is first polled. Every socket settles, as a `send` to it alone does: by
/// its answer, the [timeout](Self::timeout) or the end of its connection; then this ends. Dropping it cancels
/// what is left. Each call counts among the [calls](packets_core::net::ConnectionLimits::calls) of its
/// connection, and waits for room there.
///
/// [`next`](Self::next) takes the answers one by one, [`collect`](Self::collect) all; it is a [`Stream`] for
/// all that `futures` and `tokio-stream` do with one.
#[must_use = "nothing is sent until it is polled; to send without an answer, use `emit`"]
pub struct Answers<O: Outgoing> {
    packet: Encoded<O>,
    timeout: Option<Duration>,
    term: Term,
    /// Those that are not asked yet.
    sockets: Vec<Socket>,
    asking: FuturesUnordered<Asking<O>>,
    /// Those that settled while the others were being asked.
    settled: VecDeque<Answer<O>>,
    /// Sockets of other nodes.
    elsewhere: Option<Elsewhere>,
    asked: bool,
}

type Answer<O> = (SessionId, Result<<O as Outgoing>::Response, SendError>);

/// Nothing in it is ever pinned.
impl<O: Outgoing> Unpin for Answers<O> {}

impl<O: Outgoing> Answers<O> {
    pub(crate) fn new(packet: Encoded<O>, sockets: Vec<Socket>, term: Term) -> Self {
        let asking = FuturesUnordered::new();
        let (settled, elsewhere) = (VecDeque::new(), None);
        Self { packet, timeout: None, term, sockets, asking, settled, elsewhere, asked: false }
    }

    /// And of sockets of other nodes.
    pub(crate) fn and(mut self, elsewhere: Option<Elsewhere>) -> Self {
        self.elsewhere = elsewhere;
        self
    }

    /// What became of the question so far at the other nodes whose sockets are asked, if there is an
    /// [engine](crate::ServerBuilder::engine): those that have answered have told the answers of all their sockets,
    /// and of the others, answers may be missing.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.elsewhere.as_ref().map(Elsewhere::tally).unwrap_or_default()
    }

    /// Why no other node was asked, if that is so. Those that are known count as silent then.
    #[must_use]
    pub fn unpublished(&self) -> Option<PublishError> {
        self.elsewhere.as_ref().and_then(Elsewhere::unpublished)
    }

    /// Gives the sockets so much time, from when they are asked until their answers, instead of the
    /// [`call_timeout`](packets_core::net::ConnectionLimits::call_timeout) of their connections.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The next answer; none once all have settled. Dropping this future loses nothing.
    pub async fn next(&mut self) -> Option<Answer<O>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// All answers, once all have settled.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use packets_server::{Packet, SendError, Server, SessionId};
    /// # #[derive(Packet)]
    /// # #[packet(response = bool)]
    /// # struct Ready;
    /// # async fn example(server: Server) -> Result<(), SendError> {
    /// let answers: HashMap<SessionId, Result<bool, SendError>> = server.to("game").send(Ready)?.collect().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn collect<C: Default + Extend<Answer<O>>>(self) -> C {
        StreamExt::collect(self).await
    }

    /// Asks all, and not only up to the first that settles at once.
    fn ask(&mut self, cx: &mut Context<'_>) {
        if std::mem::replace(&mut self.asked, true) {
            return;
        }
        let (packet, timeout, term) = (&self.packet, self.timeout, &self.term);
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.ask(timeout, term);
        }
        self.asking.extend(self.sockets.drain(..).map(|socket| {
            let call = Peer::within(&socket, term.clone()).send(packet.clone());
            let call = match timeout {
                Some(timeout) => call.timeout(timeout),
                None => call,
            };
            Asking { id: socket.id(), call }
        }));
        while let Poll::Ready(Some(answer)) = self.asking.poll_next_unpin(cx) {
            self.settled.push_back(answer);
        }
    }
}

impl<O: Outgoing> Stream for Answers<O> {
    type Item = Answer<O>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Answer<O>>> {
        self.ask(cx);
        if let Some(answer) = self.settled.pop_front() {
            return Poll::Ready(Some(answer));
        }
        let here = self.asking.poll_next_unpin(cx);
        if let Poll::Ready(Some(_)) = here {
            return here;
        }
        let this = &mut *self;
        let Some(elsewhere) = &mut this.elsewhere else { return here };
        match ready!(elsewhere.poll_next(cx)) {
            Some((id, body)) => {
                let response = |body| O::response(this.packet.packet(), elsewhere.agreement(), &body);
                Poll::Ready(Some((id, body.and_then(response))))
            }
            None => here,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.sockets.len() + self.asking.len() + self.settled.len();
        let is_all = self.elsewhere.as_ref().is_none_or(|elsewhere| !elsewhere.is_waiting());
        (left, is_all.then_some(left))
    }
}

/// One socket that is asked.
struct Asking<O: Outgoing> {
    id: SessionId,
    call: Call<Encoded<O>>,
}

impl<O: Outgoing> Future for Asking<O> {
    type Output = Answer<O>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer<O>> {
        let answer = ready!(Pin::new(&mut self.call).poll(cx));
        Poll::Ready((self.id, answer))
    }
}

impl<O: Outgoing> Debug for Answers<O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").field("left", &self.size_hint().0).finish_non_exhaustive()
    }
}
