//! The answers of nodes to one question.

use std::collections::HashSet;
use std::fmt::{Debug, Formatter};
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::future::{BoxFuture, ready};
use packets_core::codec::Reader;
use packets_core::net::{Encoded, Outgoing, SendError};
use packets_core::{PacketId, Reject};
use tokio::time::{Instant, Sleep, sleep_until};

use super::gather::{Gather, Outcome};
use super::health::Health;
use super::intercom::{NodeError, Tally};
use super::link::Link;
use super::message::{Ask, Content, Question, Reply};
use super::node::NodeId;
use super::outbox::{Destination, PublishError};
use crate::drain::after;

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
    own: Option<BoxFuture<'static, Reply>>,
    others: Option<Others>,
    deadline: Instant,
    /// There once something is waited for.
    sleep: Option<Pin<Box<Sleep>>>,
    tally: Tally,
    unpublished: Option<PublishError>,
    response: PhantomData<fn() -> O>,
}

/// The other nodes that are asked.
struct Others {
    gather: Arc<Gather>,
    /// The question's, if it was asked.
    number: Option<u64>,
}

/// A node, and its response, nothing, or why there is no answer.
pub(crate) type NodeAnswer<R> = (NodeId, Result<Option<R>, NodeError>);

impl<O: Outgoing> NodeAnswers<O> {
    pub(crate) fn ask(link: Arc<Link>, packet: &Encoded<O>, timeout: Option<Duration>) -> Self {
        let me = link.identity().id;
        let timeout = timeout.or_else(|| Some(link.remote()?.settings.timeout)).unwrap_or(ALONE);
        let mut answers = Self {
            packet: packet.packet(),
            me,
            own: None,
            others: None,
            deadline: after(Instant::now(), timeout),
            sleep: None,
            tally: Tally::default(),
            unpublished: None,
            response: PhantomData,
            link,
        };
        answers.ask_others(packet, timeout);
        if !answers.link.remote().is_some_and(|remote| remote.is_emitter) {
            let own = answers.link.accept(answers.packet, packet.body(), me);
            answers.own = Some(own.unwrap_or_else(|reply| Box::pin(ready(reply))));
        }
        answers
    }

    /// First, as it takes them longer.
    fn ask_others(&mut self, packet: &Encoded<O>, timeout: Duration) {
        let Some(remote) = self.link.remote() else { return };
        // One that leaves from now on is told to the gather.
        let membership = remote.membership();
        let nodes: HashSet<_> = membership.members().collect();
        if nodes.is_empty() {
            self.unpublished = (*remote.health.borrow() == Health::Down).then_some(PublishError::Down);
            return;
        }
        let opened = remote.gathers.open(nodes.clone());
        drop(membership);
        let Some((number, gather)) = opened else {
            self.unpublished = Some(PublishError::Full);
            let gather = Arc::new(Gather::new(nodes));
            gather.expire();
            self.others = Some(Others { gather, number: None });
            return;
        };
        let time = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        let question = Question { ask: Ask::Intercom(self.link.carry(packet)), number, time };
        if let Err(error) = self.link.publish(Destination::All, &Content::Question(question)) {
            self.unpublished = Some(error);
            gather.expire();
        }
        self.others = Some(Others { gather, number: Some(number) });
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
        self.unpublished
    }

    pub(crate) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Option<NodeAnswer<O::Response>>> {
        loop {
            let mut is_waiting = false;
            if let Some(own) = &mut self.own {
                match own.as_mut().poll(cx) {
                    Poll::Ready(reply) => {
                        self.own = None;
                        return Poll::Ready(Some(self.settle(self.me, Outcome::Reply(reply))));
                    }
                    Poll::Pending => is_waiting = true,
                }
            }
            if let Some(others) = &self.others {
                match others.gather.poll_next(cx) {
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
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(self.deadline)));
            std::task::ready!(sleep.as_mut().poll(cx));
            if let Some(others) = &self.others {
                others.gather.expire();
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

fn rejected(reject: &Bytes) -> SendError {
    Reject::decode(&mut Reader::over(reject)).map_or_else(SendError::Response, SendError::from)
}

impl Others {
    /// Tells those that are still looking that nobody waits for them.
    fn cancel(&self, link: &Link) {
        if let Some(number) = self.number
            && self.gather.is_waiting()
        {
            // Who is not told so stops at the deadline.
            let _ = link.publish(Destination::All, &Content::Cancel(number));
        }
    }
}

/// Nothing in it is ever pinned.
impl<O: Outgoing> Unpin for NodeAnswers<O> {}

impl<O: Outgoing> Drop for NodeAnswers<O> {
    fn drop(&mut self) {
        let (Some(others), Some(remote)) = (&self.others, self.link.remote()) else { return };
        others.cancel(&self.link);
        if let Some(number) = others.number {
            remote.gathers.close(number);
        }
    }
}

impl<O: Outgoing> Stream for NodeAnswers<O> {
    type Item = NodeAnswer<O::Response>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_answer(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let others = self.others.as_ref().map_or(0, |others| others.gather.len());
        let left = others + usize::from(self.own.is_some());
        (left, Some(left))
    }
}

impl<O: Outgoing> Debug for NodeAnswers<O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeAnswers").field("tally", &self.tally).finish_non_exhaustive()
    }
}
