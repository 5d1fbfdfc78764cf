//! Asking all nodes.

use std::fmt::{Debug, Formatter};
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use packets_core::net::{Encoded, Outgoing, SendError, Term};

use super::answers::{NodeAnswer, NodeAnswers};
use super::link::Link;
use super::node::NodeId;
use super::outbox::PublishError;

/// A packet for all nodes of the cluster that are [known](crate::Server::nodes), and this one.
///
/// Each node's [intercom acceptors](crate::ServerBuilder::intercom) answer it: with the packet's response, or with
/// nothing, as what is asked for is not there. Awaiting it [gathers](Gathered) all answers,
/// [`first`](Self::first) is content with one, and [`answers`](Self::answers) is a stream of them.
///
/// ```
/// # use packets_server::{Node, Packet, Server};
/// #[derive(Packet)]
/// #[packet(response = u32)]
/// struct Population {
///     city: String,
/// }
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder()
///     .intercom(|ask: Population, _: Node| async move { (ask.city == "Berlin").then_some(3_700_000) })
///     .build()?;
/// let gathered = server.intercom(Population { city: "Berlin".into() }).await?;
/// assert_eq!(gathered.tally.answered, 1);
/// let population = server.intercom(Population { city: "Rome".into() }).first().await?;
/// assert_eq!(population, None);
/// # Ok(())
/// # }
/// ```
#[must_use = "nobody is asked until it is awaited"]
pub struct Intercom<O: Outgoing> {
    link: Arc<Link>,
    packet: Result<Encoded<O>, SendError>,
    timeout: Option<Duration>,
    /// The call for which they are asked.
    term: Term,
}

/// What all nodes have answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Gathered<R> {
    /// The answer of each node that was asked, in the order in which they came: its response, nothing, or why
    /// there is no answer.
    pub answers: Vec<(NodeId, Result<Option<R>, NodeError>)>,
    /// How many of each kind.
    pub tally: Tally,
    /// Why no other node was asked, if that is so. Those that are known count as silent then.
    pub unpublished: Option<PublishError>,
}

impl<R> Gathered<R> {
    /// The responses alone, and whose they are.
    pub fn found(self) -> impl Iterator<Item = (NodeId, R)> {
        self.answers.into_iter().filter_map(|(node, answer)| Some((node, answer.ok()??)))
    }
}

/// What became of a question at the nodes that were asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// They have answered: with the response, or that what is asked for is not there.
    pub answered: usize,
    /// They have no acceptor for the packet.
    pub without_acceptor: usize,
    /// They could not answer.
    pub failed: usize,
    /// Nothing came in time.
    pub silent: usize,
    /// They have left before their answer.
    pub left: usize,
}

impl Tally {
    /// Whether some nodes may have what is asked for, and could not say so.
    #[must_use]
    pub const fn is_incomplete(&self) -> bool {
        self.failed > 0 || self.silent > 0
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { answered, without_acceptor, failed, silent, left } = self;
        write!(
            f,
            "{answered} answered, {without_acceptor} without acceptor, {failed} failed, {silent} silent, {left} left"
        )
    }
}

/// Why a node has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// It has no acceptor for the packet.
    #[error("the node has no acceptor for the packet")]
    WithoutAcceptor,
    /// It rejects the packet, or the response cannot be understood. Or 8 MiB of answers of others wait to be taken
    /// already: then it is rejected here, as [`Overloaded`](crate::RejectKind::Overloaded).
    #[error("{0}")]
    Failed(SendError),
    /// Nothing came in time. The node may have acted on the packet, or not.
    #[error("the node did not answer in time")]
    Silent,
    /// It has left before its answer. It may have acted on the packet, or not.
    #[error("the node has left")]
    Left,
}

/// Why it cannot be said whether any node has an answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IntercomError {
    /// The packet cannot be sent to anybody.
    #[error("{0}")]
    Packet(SendError),
    /// This node has no answer, and the others were not asked.
    #[error("other nodes are not asked: {0}")]
    Unpublished(PublishError),
    /// Some nodes could not answer, and the others have nothing.
    #[error("not all nodes could answer: {0}")]
    Incomplete(Tally),
}

impl<O: Outgoing> Intercom<O> {
    #[expect(clippy::needless_pass_by_value, reason = "one asks nodes as one asks sockets")]
    pub(crate) fn new(link: Arc<Link>, packet: O) -> Self {
        let packet = Encoded::new(&packet, link.agreement());
        Self { link, packet, timeout: None, term: Term::default() }
    }

    /// The nodes get no more time than is left of the term.
    pub(crate) fn within(self, term: &Term) -> Self {
        Self { term: term.clone(), ..self }
    }

    /// Gives the nodes so much time, instead of the cluster's [`timeout`](crate::Cluster::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Asks all nodes, and hands out their answers as they arrive. Dropping them tells the nodes that nobody waits
    /// any more.
    ///
    /// # Errors
    /// [`SendError`] if the packet cannot be sent to anybody: it is not in the server's registry, or cannot be
    /// encoded.
    pub fn answers(self) -> Result<NodeAnswers<O>, SendError> {
        Ok(NodeAnswers::ask(self.link, &self.packet?, self.timeout, &self.term))
    }

    /// Asks all nodes, up to the first that has it; the others may stop looking. Nothing, if none of them has it.
    ///
    /// # Errors
    /// [`IntercomError`] if none of those that answered has it, and some could not answer, so that one may well
    /// have it. Nodes that have left have nothing.
    pub async fn first(self) -> Result<Option<O::Response>, IntercomError> {
        let mut answers = self.answers().map_err(IntercomError::Packet)?;
        while let Some((_, answer)) = answers.next().await {
            if let Ok(Some(response)) = answer {
                return Ok(Some(response));
            }
        }
        match answers.unpublished() {
            Some(error) => Err(IntercomError::Unpublished(error)),
            None if answers.tally().is_incomplete() => Err(IntercomError::Incomplete(answers.tally())),
            None => Ok(None),
        }
    }
}

impl<O: Outgoing> IntoFuture for Intercom<O> {
    type Output = Result<Gathered<O::Response>, SendError>;
    type IntoFuture = Gathering<O>;

    fn into_future(self) -> Gathering<O> {
        let answers = self.answers().map_err(Some);
        let size = answers.as_ref().map_or(0, |answers| {
            answers.be_patient();
            answers.left()
        });
        Gathering { answers, gathered: Vec::with_capacity(size) }
    }
}

/// A future of the answers of all nodes.
#[must_use = "futures do nothing until they are awaited"]
pub struct Gathering<O: Outgoing> {
    answers: Result<NodeAnswers<O>, Option<SendError>>,
    gathered: Vec<NodeAnswer<O::Response>>,
}

/// Nothing in it is ever pinned.
impl<O: Outgoing> Unpin for Gathering<O> {}

impl<O: Outgoing> Future for Gathering<O> {
    type Output = Result<Gathered<O::Response>, SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let answers = match &mut this.answers {
            Ok(answers) => answers,
            Err(error) => return error.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
        };
        while let Some(answer) = std::task::ready!(answers.poll_answer(cx)) {
            this.gathered.push(answer);
        }
        Poll::Ready(Ok(Gathered {
            answers: std::mem::take(&mut this.gathered),
            tally: answers.tally(),
            unpublished: answers.unpublished(),
        }))
    }
}

impl<O: Outgoing> Debug for Intercom<O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intercom").field("packet", &self.packet).finish_non_exhaustive()
    }
}

impl<O: Outgoing> Debug for Gathering<O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gathering").field("gathered", &self.gathered.len()).finish_non_exhaustive()
    }
}
