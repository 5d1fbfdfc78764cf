//! Sockets of other nodes that are asked something.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use packets_core::codec::Reader;
use packets_core::net::{SendError, Term};
use packets_core::{Agreement, CloseReason, Reject, RejectKind, SessionId};

use super::gather::Outcome;
use super::intercom::Tally;
use super::link::Link;
use super::message::{Answered, Ask, Carried, Choice, Reply, SocketAnswer};
use super::node::NodeId;
use super::others::{Deadline, Others};
use super::outbox::PublishError;

/// Sockets of other nodes that are asked something.
pub(crate) struct Elsewhere {
    link: Arc<Link>,
    packet: Carried,
    choice: Choice,
    asked: Option<(Others, Deadline)>,
    /// How many answers of each node have come, until it has told how many there are.
    counts: HashMap<NodeId, u32>,
    answers: VecDeque<SocketAnswer>,
    tally: Tally,
}

impl Elsewhere {
    pub(crate) fn new(link: Arc<Link>, packet: Carried, choice: Choice) -> Self {
        Self {
            link,
            packet,
            choice,
            asked: None,
            counts: HashMap::new(),
            answers: VecDeque::new(),
            tally: Tally::default(),
        }
    }

    /// Asks them. Their sockets have so much time, and the nodes a little more, but nobody more than is left of the
    /// term.
    pub(crate) fn ask(&mut self, timeout: Option<Duration>, term: &Term) {
        let (Some(remote), Some(server)) = (self.link.remote(), self.link.server()) else { return };
        let left = term.time_left();
        let most = left.unwrap_or(Duration::MAX);
        let time = timeout.unwrap_or_else(|| server.limits().call_timeout).min(most);
        let deadline = time.saturating_add(remote.settings.timeout).min(most);
        // Otherwise each has what is usual there.
        let told = (timeout.is_some() || left.is_some()).then_some(time);
        let millis = told.map(|time| u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
        let ask = || Ask::Send { choice: self.choice.clone(), packet: self.packet.clone(), timeout: millis };
        self.asked = Others::ask(&self.link, ask, deadline).map(|others| (others, Deadline::after(deadline)));
    }

    pub(crate) fn agreement(&self) -> &Agreement {
        self.link.agreement()
    }

    /// What became of the question at the nodes.
    pub(crate) const fn tally(&self) -> Tally {
        self.tally
    }

    pub(crate) fn unpublished(&self) -> Option<PublishError> {
        self.asked.as_ref().and_then(|(others, _)| others.unpublished())
    }

    /// Whether there may be more to come.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.answers.is_empty() || self.asked.as_ref().is_none_or(|(others, _)| others.len() > 0)
    }

    /// The next answer, its body still to be decoded; none once all nodes have settled.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<(SessionId, Result<Bytes, SendError>)>> {
        loop {
            if let Some(SocketAnswer { answered, id }) = self.answers.pop_front() {
                return Poll::Ready(Some((SessionId::from(id), understand(answered))));
            }
            let Some((others, deadline)) = &mut self.asked else { return Poll::Ready(None) };
            match others.poll_next(cx) {
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some((node, outcome))) => self.settle(node, outcome),
                Poll::Pending => {
                    ready!(deadline.poll(cx));
                    others.expire();
                }
            }
        }
    }

    fn settle(&mut self, node: NodeId, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Reply(Reply::Answers(answers)) => {
                *self.counts.entry(node).or_default() += u32::try_from(answers.len()).unwrap_or(u32::MAX);
                self.answers.extend(answers);
                return;
            }
            Outcome::Reply(Reply::Done(count)) if self.counts.remove(&node).unwrap_or(0) == count => {
                &mut self.tally.answered
            }
            Outcome::Reply(_) | Outcome::TooMuch => &mut self.tally.failed,
            Outcome::Left => &mut self.tally.left,
            Outcome::Silent => &mut self.tally.silent,
        };
        *counter += 1;
    }
}

/// What a socket of another node has answered.
fn understand(answered: Answered) -> Result<Bytes, SendError> {
    match answered {
        Answered::Response(body) => Ok(body),
        Answered::Rejected(reject) => Err(rejected(&reject)),
        Answered::Timeout => Err(SendError::Timeout),
        Answered::Ended(reason) => Err(SendError::Disconnected(CloseReason::lost(reason))),
    }
}

/// What a socket of this node has answered, for another node. No answer is larger than this.
pub(crate) fn tell(answer: Result<Bytes, SendError>, limit: usize) -> Answered {
    let too_large = || Reject::new(RejectKind::TooLarge, "the response is too large for the cluster");
    let reject = match answer {
        Ok(body) if body.len() <= limit => return Answered::Response(body),
        Ok(_) => too_large(),
        Err(SendError::Timeout) => return Answered::Timeout,
        Err(SendError::Disconnected(reason)) => return Answered::Ended(reason.to_string().into()),
        Err(SendError::Validation(error)) => error.into(),
        Err(SendError::Rejected(reject)) => reject,
        Err(error @ SendError::TooLarge { .. }) => Reject::new(RejectKind::TooLarge, error.to_string()),
        Err(error) => Reject::new(RejectKind::Failed, error.to_string()),
    };
    let fields = Reply::fields(&reject);
    Answered::Rejected(if fields.len() <= limit { fields } else { Reply::fields(&too_large()) })
}

/// What a reject of another node says.
pub(crate) fn rejected(fields: &Bytes) -> SendError {
    Reject::decode(&mut Reader::over(fields)).map_or_else(SendError::Response, SendError::from)
}
