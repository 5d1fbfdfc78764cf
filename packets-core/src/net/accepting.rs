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

/// A packet that is being accepted.
pub(super) struct Accepting {
    call: Option<CallId>,
    /// There until it is dropped.
    answering: Option<Answering>,
}

impl Accepting {
    pub(super) const fn new(call: Option<CallId>, answering: Answering) -> Self {
        Self { call, answering: Some(answering) }
    }
}

impl Future for Accepting {
    type Output = (Option<CallId>, Answer);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let call = self.call;
        match &mut self.answering {
            Some(answering) => answering.poll_unpin(cx).map(|answer| (call, answer)),
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
    /// The calls among them.
    calls: HashMap<CallId, RunningCall>,
    /// No deadline of these calls is before this one.
    next_deadline: Option<Instant>,
    pub(super) inbox: VecDeque<(PacketId, Bytes)>,
}

struct RunningCall {
    abort: AbortHandle,
    deadline: Instant,
}

impl Running {
    pub(super) fn len(&self) -> usize {
        self.acceptors.len()
    }

    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    pub(super) fn has_call(&self, call: CallId) -> bool {
        self.calls.contains_key(&call)
    }

    /// When to call [`expire`](Self::expire).
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        self.next_deadline
    }

    /// Lets an acceptor of a packet that asks for no answer go on.
    pub(super) fn push(&self, accepting: Accepting) {
        self.acceptors.push(abortable(accepting).0);
    }

    /// Lets a call's acceptor go on until the deadline.
    pub(super) fn push_call(&mut self, call: CallId, accepting: Accepting, deadline: Instant) {
        let (accepting, abort) = abortable(accepting);
        self.acceptors.push(accepting);
        self.calls.insert(call, RunningCall { abort, deadline });
        self.next_deadline = Some(self.next_deadline.map_or(deadline, |next| next.min(deadline)));
    }

    /// The next acceptor that is done, with its call, if it answers one. None yet or ever: pending.
    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Option<CallId>, Answer)>> {
        match self.acceptors.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok((None, answer)))) => Poll::Ready(Some((None, answer))),
            Poll::Ready(Some(Ok((Some(call), answer)))) if self.calls.remove(&call).is_some() => {
                Poll::Ready(Some((Some(call), answer)))
            }
            // One that was cancelled.
            Poll::Ready(Some(_)) => Poll::Ready(None),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Drops a call's acceptor.
    pub(super) fn cancel(&mut self, call: CallId) {
        if let Some(call) = self.calls.remove(&call) {
            call.abort.abort();
        }
    }

    /// Drops the acceptors of calls whose time is up, and says which calls those are.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<CallId> {
        if self.next_deadline.is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        let expired = self.calls.extract_if(|_, call| call.deadline <= now).map(|(id, call)| {
            call.abort.abort();
            id
        });
        let expired = expired.collect();
        self.next_deadline = self.calls.values().map(|call| call.deadline).min();
        expired
    }

    /// The connection has ended: acceptors of calls are dropped, the others run to their end.
    pub(super) fn end(&mut self) {
        for call in self.calls.values() {
            call.abort.abort();
        }
        // Those of calls are dropped now, and not only when the other end has answered the close.
        let acceptors = std::mem::take(&mut self.acceptors);
        if self.calls.len() < acceptors.len() && tokio::runtime::Handle::try_current().is_ok() {
            tokio::spawn(acceptors.for_each(|_| async {}));
        }
    }
}
