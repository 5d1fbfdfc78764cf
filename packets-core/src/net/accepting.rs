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

use super::accept::{Answer, Answering, Reply};
use super::slot::Slot;
use super::term::{Handle, Term, TermEnd};
use crate::frame::CallId;
use crate::registry::PacketId;

/// A number for each acceptor that was not done at once, in order.
type Ticket = u64;

/// Who asks for what an acceptor answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Call(CallId),
    /// A packet that asks for no answer.
    Packet,
    /// A call was cancelled, and its acceptor goes on all the same.
    Nobody,
}

/// What an acceptor does with a packet.
pub(super) enum Work {
    Boxed(Answering),
    InSlot(Box<dyn Slot>, Reply),
}

impl Work {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        match self {
            Self::Boxed(answering) => answering.poll_unpin(cx),
            Self::InSlot(slot, reply) => {
                let mut out = Vec::new();
                slot.poll(*reply, &mut out, cx)
                    .map(|done| done.map(|()| out.into()).map_err(|reject| *reject))
            }
        }
    }
}

/// What is left of packets that are done, for the next one.
pub(super) struct Remains<S> {
    /// A handle whose term has ended.
    handle: Option<S>,
    pub(super) slot: Option<Box<dyn Slot>>,
    /// Empty, with the room of the last answer.
    pub(super) out: Vec<u8>,
}

impl<S> Default for Remains<S> {
    fn default() -> Self {
        Self { handle: None, slot: None, out: Vec::new() }
    }
}

impl<S: Handle> Remains<S> {
    /// A handle like `from` within a term of its own, which ends so many nanoseconds after `since`. Unless somebody has
    /// kept it, it is the last one again.
    #[inline]
    pub(super) fn handle(&mut self, from: &S, since: Instant, time: u64) -> S {
        match self.handle.take() {
            Some(handle) if handle.is_alone() => {
                handle.term().renew(time);
                handle
            }
            _ => from.within(Term::new(since, time)),
        }
    }

    /// A call is answered: ends the term of its handle.
    #[inline]
    pub(super) fn keep_handle(&mut self, handle: S) {
        handle.term().end();
        self.handle = Some(handle);
    }
}

/// A packet that is being accepted.
struct Accepting {
    ticket: Ticket,
    /// There until it is dropped.
    work: Option<Work>,
    /// Ends when this is dropped.
    _term: Option<TermEnd>,
}

impl Future for Accepting {
    type Output = (Ticket, Answer);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ticket = self.ticket;
        match &mut self.work {
            Some(work) => work.poll(cx).map(|answer| (ticket, answer)),
            None => Poll::Pending,
        }
    }
}

/// An acceptor that is cancelled drops what it holds. A panic of that, too, concerns this packet alone.
impl Drop for Accepting {
    fn drop(&mut self) {
        let Some(work) = self.work.take() else { return };
        if catch_unwind(AssertUnwindSafe(|| drop(work))).is_err() {
            tracing::error!("an acceptor panicked when it was dropped");
        }
    }
}

/// The acceptors that run, and the packets that wait for one of them to be done.
#[derive(Default)]
pub(super) struct Running {
    acceptors: FuturesUnordered<Abortable<Accepting>>,
    /// Those among them that were not dropped.
    runs: HashMap<Ticket, (Run, AbortHandle)>,
    /// Those among these that somebody waits for.
    calls: HashMap<CallId, Ticket>,
    /// How many of them there were.
    tickets: Ticket,
    /// No deadline of these is before this one.
    next_deadline: Option<Instant>,
    pub(super) inbox: VecDeque<(PacketId, Bytes)>,
}

/// An acceptor that runs.
pub(super) struct Run {
    pub(super) id: PacketId,
    pub(super) asker: Asker,
    /// Whether it goes on without its caller.
    pub(super) is_uncancelled: bool,
    pub(super) deadline: Instant,
}

impl Running {
    pub(super) fn len(&self) -> usize {
        self.acceptors.len()
    }

    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    pub(super) fn has_call(&self, call: CallId) -> bool {
        !self.calls.is_empty() && self.calls.contains_key(&call)
    }

    /// When to call [`expire`](Self::expire).
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.next_deadline
    }

    /// Lets an acceptor go on until its deadline.
    pub(super) fn push(&mut self, work: Work, term: Option<TermEnd>, run: Run) {
        self.tickets += 1;
        let ticket = self.tickets;
        let (accepting, abort) = abortable(Accepting { ticket, work: Some(work), _term: term });
        self.acceptors.push(accepting);
        if let Asker::Call(call) = run.asker {
            self.calls.insert(call, ticket);
        }
        self.next_deadline = Some(self.next_deadline.map_or(run.deadline, |next| next.min(run.deadline)));
        self.runs.insert(ticket, (run, abort));
    }

    fn remove(&mut self, ticket: Ticket) -> Option<Run> {
        let (run, _) = self.runs.remove(&ticket)?;
        if let Asker::Call(call) = run.asker {
            self.calls.remove(&call);
        }
        Some(run)
    }

    /// The next acceptor that is done. None yet or ever: pending.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<Option<Done>> {
        match self.acceptors.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok((ticket, answer)))) => {
                Poll::Ready(self.remove(ticket).map(|Run { id, asker, .. }| Done { asker, id, answer }))
            }
            // One that was dropped.
            Poll::Ready(Some(Err(_))) => Poll::Ready(None),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Nobody waits for a call's answer any more: drops its acceptor, unless that goes on all the same.
    pub(super) fn cancel(&mut self, call: CallId) {
        let Some(ticket) = self.calls.remove(&call) else { return };
        match self.runs.get_mut(&ticket) {
            Some((run, _)) if run.is_uncancelled => run.asker = Asker::Nobody,
            _ => {
                if let Some((_, abort)) = self.runs.remove(&ticket) {
                    abort.abort();
                }
            }
        }
    }

    /// Drops the acceptors whose time is up, and says which packets those had.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<(Asker, PacketId)> {
        if self.next_deadline.is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        let expired = self.runs.extract_if(|_, (run, _)| run.deadline <= now).map(|(_, (run, abort))| {
            abort.abort();
            (run.asker, run.id)
        });
        let expired: Vec<_> = expired.collect();
        for (asker, _) in &expired {
            if let Asker::Call(call) = asker {
                self.calls.remove(call);
            }
        }
        self.next_deadline = self.runs.values().map(|(run, _)| run.deadline).min();
        expired
    }

    /// The connection has ended: acceptors of calls are dropped unless they go on without, the others run until
    /// their deadlines.
    pub(super) fn end(&mut self) {
        let mut last = None;
        for (_, (run, abort)) in self.runs.drain() {
            if matches!(run.asker, Asker::Call(_)) && !run.is_uncancelled {
                abort.abort();
            } else {
                last = last.max(Some(run.deadline));
            }
        }
        self.calls.clear();
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
    pub(super) asker: Asker,
    pub(super) id: PacketId,
    pub(super) answer: Answer,
}
