//! The answers of nodes to one question.

use std::fmt::{Debug, Formatter};
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::ready;
use futures_util::{FutureExt, Stream};
use packets_core::net::{Encoded, Outgoing, Term};
use packets_core::{PacketId, Reject, RejectKind};

use super::acceptor::Accepting;
use super::elsewhere::rejected;
use super::gather::Outcome;
use super::intercom::{NodeError, Tally};
use super::link::Link;
use super::message::{Ask, Reply};
use super::node::NodeId;
use super::others::{Deadline, Others};
use super::outbox::PublishError;

/// How long nodes are waited for without an engine: it is one, and not far.
const ALONE: Duration = Duration::from_secs(5);

/// The answers of nodes to one question, in the order in which they arrive: each node's id, and its response,
/// nothing if it has none, or why there is no answer.
///
/// Every node that was known settles: by its answer, the timeout, or when it leaves; then this ends.
/// [`next`](Self::next) takes the answers one by one; it is a [`Stream`] for all that `futures` and
/// `tokio-stream` do with one.
#[must_use = "streams do nothing unless polled"]
pub struct NodeAnswers<O: Outgoing> {
    link: Arc<Link>,
    packet: PacketId,
    me: NodeId,
    own: Option<Accepting>,
    others: Option<Others>,
    deadline: Deadline,
    /// Whether the question had time to leave.
    has_left: bool,
    tally: Tally,
    response: PhantomData<fn() -> O>,
}

/// A node, and its response, nothing, or why there is no answer.
pub(crate) type NodeAnswer<R> = (NodeId, Result<Option<R>, NodeError>);

impl<O: Outgoing> NodeAnswers<O> {
    pub(crate) fn ask(link: Arc<Link>, packet: &Encoded<O>, timeout: Option<Duration>, term: &Term) -> Self {
        let me = link.identity().id;
        let timeout = timeout.or_else(|| Some(link.remote()?.settings.timeout)).unwrap_or(ALONE);
        let timeout = timeout.min(term.time_left().unwrap_or(Duration::MAX));
        // The others first, as it takes them longer.
        let mut answers = Self {
            packet: packet.packet(),
            me,
            own: None,
            others: Others::ask(&link, || Ask::Intercom(link.carry(packet)), timeout),
            deadline: Deadline::after(timeout),
            has_left: false,
            tally: Tally::default(),
            response: PhantomData,
            link,
        };
        if !answers.link.remote().is_some_and(|remote| remote.is_emitter) {
            let own = answers.link.accept(answers.packet, packet.body(), me);
            answers.own = Some(own.unwrap_or_else(|reply| Accepting::new(ready(reply))));
        }
        answers
    }

    /// The next answer; none once all have settled. Dropping this future loses nothing.
    pub async fn next(&mut self) -> Option<NodeAnswer<O::Response>> {
        poll_fn(|cx| self.poll_answer(cx)).await
    }

    /// What became of the question so far.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// Why no other node was asked, if that is so. Those that are known count as silent then.
    #[must_use]
    pub const fn unpublished(&self) -> Option<PublishError> {
        match &self.others {
            Some(others) => others.unpublished(),
            None => None,
        }
    }

    /// Wakes who waits once all have answered, and not for each.
    pub(crate) fn be_patient(&self) {
        if let Some(others) = &self.others {
            others.be_patient();
        }
    }

    /// How many are to come, and no more.
    pub(crate) fn left(&self) -> usize {
        self.others.as_ref().map_or(0, Others::len) + usize::from(self.own.is_some())
    }

    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Option<NodeAnswer<O::Response>>> {
        if self.others.is_some() && !std::mem::replace(&mut self.has_left, true) {
            // The question goes out before this node's own acceptor has its turn.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            let mut is_waiting = false;
            if let Some(own) = &mut self.own {
                match own.poll_unpin(cx) {
                    Poll::Ready(reply) => {
                        self.own = None;
                        return Poll::Ready(Some(self.settle(self.me, Outcome::Reply(reply))));
                    }
                    Poll::Pending => is_waiting = true,
                }
            }
            if let Some(others) = &self.others {
                match others.poll_next(cx) {
                    Poll::Ready(Some((node, outcome))) => {
                        return Poll::Ready(Some(self.settle(node, outcome)));
                    }
                    Poll::Ready(None) => {}
                    Poll::Pending => is_waiting = true,
                }
            }
            if !is_waiting {
                return Poll::Ready(None);
            }
            std::task::ready!(self.deadline.poll(cx));
            if let Some(others) = &self.others {
                others.expire();
            }
            if self.own.take().is_some() {
                return Poll::Ready(Some(self.settle(self.me, Outcome::Silent)));
            }
        }
    }

    fn settle(&mut self, node: NodeId, outcome: Outcome) -> NodeAnswer<O::Response> {
        let answer = match outcome {
            Outcome::Reply(Reply::Here(body)) => {
                O::response(self.packet, self.link.agreement(), &body).map(Some).map_err(NodeError::Failed)
            }
            Outcome::Reply(Reply::NotHere) => Ok(None),
            Outcome::Reply(Reply::WithoutAcceptor) => Err(NodeError::WithoutAcceptor),
            Outcome::Reply(Reply::Rejected(reject)) => Err(NodeError::Failed(rejected(&reject))),
            Outcome::Reply(Reply::Answers(_) | Reply::Sockets(_) | Reply::Done(_)) => {
                let reject = Reject::new(RejectKind::Malformed, "the node answers another question");
                Err(NodeError::Failed(reject.into()))
            }
            Outcome::TooMuch => {
                let reason = "more than 8 MiB of answers wait to be taken";
                Err(NodeError::Failed(Reject::new(RejectKind::Overloaded, reason).into()))
            }
            Outcome::Left => Err(NodeError::Left),
            Outcome::Silent => Err(NodeError::Silent),
        };
        let count = match &answer {
            Ok(_) => &mut self.tally.answered,
            Err(NodeError::WithoutAcceptor) => &mut self.tally.without_acceptor,
            Err(NodeError::Failed(_)) => &mut self.tally.failed,
            Err(NodeError::Silent) => &mut self.tally.silent,
            Err(NodeError::Left) => &mut self.tally.left,
        };
        *count += 1;
        (node, answer)
    }
}

/// Nothing in it is ever pinned.
impl<O: Outgoing> Unpin for NodeAnswers<O> {}

impl<O: Outgoing> Stream for NodeAnswers<O> {
    type Item = NodeAnswer<O::Response>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_answer(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }
}

impl<O: Outgoing> Debug for NodeAnswers<O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeAnswers").field("tally", &self.tally).finish_non_exhaustive()
    }
}
