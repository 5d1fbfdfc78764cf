//! The acceptors of one connection that were not done at once.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, Abortable, FutureExt, abortable};
use futures_util::stream::FuturesUnordered;

use super::accept::{Answer, Answering};
use crate::frame::CallId;
use crate::registry::PacketId;

/// Which of the other end's packets an acceptor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ticket {
    Call(CallId),
    /// One that asks for no answer. They are numbered as they come.
    Packet(u64),
}

/// A packet that is being accepted.
pub(super) struct Accepting {
    ticket: Ticket,
    /// There until it is dropped.
    answering: Option<Answering>,
}

impl Accepting {
    pub(super) const fn new(ticket: Ticket, answering: Answering) -> Self {
        Self { ticket, answering: Some(answering) }
    }
}

impl Future for Accepting {
    type Output = (Ticket, Answer);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ticket = self.ticket;
        match &mut self.answering {
            Some(answering) => answering.poll_unpin(cx).map(|answer| (ticket, answer)),
            None => Poll::Pending,
        }
    }
}

/// An acceptor that is cancelled drops what it holds. A panic of that, too, concerns this packet alone.
impl Drop for Accepting {
    fn drop(&mut self) {
        let answering = self.answering.take();
        if catch_unwind(AssertUnwindSafe(|| drop(answering))).is_err() {
            tracing::error!("an acceptor panicked when it was dropped");
        }
    }
}

/// The acceptors that run, and the packets that wait for one of them to be done.
#[derive(Default)]
pub(super) struct Running {
    acceptors: FuturesUnordered<Abortable<Accepting>>,
    /// Those among them that were not cancelled.
    runs: HashMap<Ticket, Run>,
    /// How many of these have calls.
    calls: usize,
    /// How many packets there were that asked for no answer.
    packets: u64,
    /// No deadline of these is before this one.
    next_deadline: Option<Instant>,
    pub(super) inbox: VecDeque<(PacketId, Bytes)>,
}

/// An acceptor that runs.
struct Run {
    id: PacketId,
    abort: AbortHandle,
    deadline: Instant,
}

impl Running {
    pub(super) fn len(&self) -> usize {
        self.acceptors.len()
    }

    pub(super) const fn has_calls(&self) -> bool {
        self.calls > 0
    }

    pub(super) fn has_call(&self, call: CallId) -> bool {
        self.calls > 0 && self.runs.contains_key(&Ticket::Call(call))
    }

    /// When to call [`expire`](Self::expire).
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.next_deadline
    }

    /// A ticket for a packet that asks for no answer.
    pub(super) const fn ticket(&mut self) -> Ticket {
        self.packets += 1;
        Ticket::Packet(self.packets)
    }

    /// Lets an acceptor go on until the deadline.
    pub(super) fn push(&mut self, accepting: Accepting, id: PacketId, deadline: Instant) {
        let ticket = accepting.ticket;
        let (accepting, abort) = abortable(accepting);
        self.acceptors.push(accepting);
        self.runs.insert(ticket, Run { id, abort, deadline });
        self.calls += usize::from(matches!(ticket, Ticket::Call(_)));
        self.next_deadline = Some(self.next_deadline.map_or(deadline, |next| next.min(deadline)));
    }

    fn remove(&mut self, ticket: Ticket) -> Option<Run> {
        let run = self.runs.remove(&ticket)?;
        self.calls -= usize::from(matches!(ticket, Ticket::Call(_)));
        Some(run)
    }

    /// The next acceptor that is done. None yet or ever: pending.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<Option<Done>> {
        match self.acceptors.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok((ticket, answer)))) => {
                Poll::Ready(self.remove(ticket).map(|run| Done { ticket, id: run.id, answer }))
            }
            // One that was cancelled.
            Poll::Ready(Some(Err(_))) => Poll::Ready(None),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Drops a call's acceptor.
    pub(super) fn cancel(&mut self, call: CallId) {
        if let Some(run) = self.remove(Ticket::Call(call)) {
            run.abort.abort();
        }
    }

    /// Drops the acceptors whose time is up, and says which packets those had.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<(Ticket, PacketId)> {
        if self.next_deadline.is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        let expired = self.runs.extract_if(|_, run| run.deadline <= now).map(|(ticket, run)| {
            run.abort.abort();
            (ticket, run.id)
        });
        let expired: Vec<_> = expired.collect();
        self.calls -= expired.iter().filter(|(ticket, _)| matches!(ticket, Ticket::Call(_))).count();
        self.next_deadline = self.runs.values().map(|run| run.deadline).min();
        expired
    }

    /// The connection has ended: acceptors of calls are dropped, the others run until their deadlines.
    pub(super) fn end(&mut self) {
        let mut last = None;
        for (ticket, run) in self.runs.drain() {
            match ticket {
                Ticket::Call(_) => run.abort.abort(),
                Ticket::Packet(_) => last = last.max(Some(run.deadline)),
            }
        }
        self.calls = 0;
        // Those of calls are dropped now, and not only when the other end has answered the close.
        let acceptors = std::mem::take(&mut self.acceptors);
        if let Some(last) = last
            && tokio::runtime::Handle::try_current().is_ok()
        {
            tokio::spawn(tokio::time::timeout_at(last.into(), acceptors.for_each(|_| async {})));
        }
    }
}

/// An acceptor that is done.
pub(super) struct Done {
    pub(super) ticket: Ticket,
    pub(super) id: PacketId,
    pub(super) answer: Answer,
}
