//! The calls of one end that wait for their answers.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;

use crate::close::CloseReason;
use crate::frame::CallId;
use crate::reject::Reject;

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Reply(Bytes),
    Reject(Reject),
    Timeout,
    Closed(CloseReason),
}

/// A bounded table of calls. Every call in it is settled: by its answer, its deadline or the end of the
/// connection, whichever comes first.
#[derive(Debug)]
pub(crate) struct InFlight {
    calls: HashMap<CallId, Call, BuildHasherDefault<CallIdHasher>>,
    limit: usize,
    /// The id to try next.
    next: CallId,
    /// No deadline is before this one. It may be early, as calls that are settled do not put it off.
    earliest: Option<Instant>,
}

#[derive(Debug)]
enum Call {
    /// With its frame, if it may be sent again.
    Waiting {
        deadline: Instant,
        waker: Option<Waker>,
        again: Option<Bytes>,
    },
    Settled(Outcome),
}

impl InFlight {
    pub(crate) fn new(limit: usize) -> Self {
        Self { calls: HashMap::default(), limit, next: CallId::FIRST, earliest: None }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// How many calls more it takes.
    pub(crate) fn room(&self) -> usize {
        self.limit.saturating_sub(self.calls.len())
    }

    pub(crate) fn len(&self) -> usize {
        self.calls.len()
    }

    /// Enters a call and gives it its id, which no other pending call has.
    pub(crate) fn start(&mut self, deadline: Instant) -> CallId {
        while self.calls.contains_key(&self.next) {
            self.next = self.next.next();
        }
        let id = self.next;
        self.next = id.next();
        self.calls.insert(id, Call::Waiting { deadline, waker: None, again: None });
        self.earliest = Some(self.earliest.map_or(deadline, |earliest| earliest.min(deadline)));
        id
    }

    /// Settles a call that still waits. Answers to other calls (late, or never asked for) do nothing.
    #[must_use = "the waker is for after the lock"]
    pub(crate) fn settle(&mut self, id: CallId, outcome: Outcome) -> Option<Waker> {
        match self.calls.get_mut(&id) {
            Some(call @ Call::Waiting { .. }) => {
                let Call::Waiting { waker, .. } = std::mem::replace(call, Call::Settled(outcome)) else {
                    return None;
                };
                waker
            }
            _ => None,
        }
    }

    /// Takes the outcome of a call out of the table, or leaves a waker with it.
    pub(crate) fn poll(&mut self, id: CallId, cx: &mut Context<'_>) -> Poll<Outcome> {
        if let Some(Call::Waiting { waker, .. }) = self.calls.get_mut(&id) {
            match waker {
                Some(waker) => waker.clone_from(cx.waker()),
                None => *waker = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        match self.calls.remove(&id) {
            Some(Call::Settled(outcome)) => Poll::Ready(outcome),
            _ => Poll::Pending,
        }
    }

    /// Forgets a call; true if it still waited, so that the other end should know.
    pub(crate) fn forget(&mut self, id: CallId) -> bool {
        matches!(self.calls.remove(&id), Some(Call::Waiting { .. }))
    }

    /// When to call [`expire`](Self::expire).
    pub(crate) const fn next_deadline(&self) -> Option<Instant> {
        self.earliest
    }

    /// Settles the calls whose deadline has passed, and says which they are.
    pub(crate) fn expire(&mut self, now: Instant) -> (Vec<CallId>, Vec<Waker>) {
        let (mut expired, mut wakers) = (Vec::new(), Vec::new());
        self.earliest = None;
        for (id, call) in &mut self.calls {
            let Call::Waiting { deadline, waker, .. } = call else { continue };
            if *deadline <= now {
                expired.push(*id);
                wakers.extend(waker.take());
                *call = Call::Settled(Outcome::Timeout);
            } else {
                self.earliest = Some(self.earliest.map_or(*deadline, |earliest| earliest.min(*deadline)));
            }
        }
        (expired, wakers)
    }

    /// Keeps the frame of a call that may be sent again.
    pub(crate) fn keep(&mut self, id: CallId, frame: Bytes) {
        if let Some(Call::Waiting { again, .. }) = self.calls.get_mut(&id) {
            *again = Some(frame);
        }
    }

    /// Frames were lost: settles the calls that cannot be sent again, and says which they are. The frames of the
    /// others, to be sent again.
    pub(crate) fn lose(&mut self, reason: &CloseReason) -> (Vec<CallId>, Vec<Bytes>, Vec<Waker>) {
        let (mut lost, mut frames, mut wakers) = (Vec::new(), Vec::new(), Vec::new());
        for (id, call) in &mut self.calls {
            match call {
                Call::Waiting { again: Some(frame), .. } => frames.push(frame.clone()),
                Call::Waiting { waker, .. } => {
                    lost.push(*id);
                    wakers.extend(waker.take());
                    *call = Call::Settled(Outcome::Closed(reason.clone()));
                }
                Call::Settled(_) => {}
            }
        }
        (lost, frames, wakers)
    }

    /// Settles all calls: there will be no answers any more.
    pub(crate) fn close(&mut self, reason: &CloseReason) -> Vec<Waker> {
        self.earliest = None;
        let mut wakers = Vec::new();
        for call in self.calls.values_mut() {
            if let Call::Waiting { waker, .. } = call {
                wakers.extend(waker.take());
                *call = Call::Settled(Outcome::Closed(reason.clone()));
            }
        }
        wakers
    }
}

/// Call ids are this end's own and count up, so they need no hash that resists a peer.
#[derive(Debug, Default)]
struct CallIdHasher(u64);

impl Hasher for CallIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(byte.into());
        }
    }

    fn write_u32(&mut self, id: u32) {
        // The table looks at the highest and the lowest bits: spread the counter over all of them.
        self.0 = (self.0 ^ u64::from(id)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_right(26);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn outcome(calls: &mut InFlight, id: CallId) -> Poll<Outcome> {
        calls.poll(id, &mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_call_is_settled_once() {
        let mut calls = InFlight::new(2);
        let id = calls.start(Instant::now());
        assert_eq!(outcome(&mut calls, id), Poll::Pending);
        assert!(calls.settle(id, Outcome::Reply(Bytes::from_static(b"1"))).is_some());
        assert!(calls.settle(id, Outcome::Reply(Bytes::from_static(b"2"))).is_none());
        assert_eq!(outcome(&mut calls, id), Poll::Ready(Outcome::Reply(Bytes::from_static(b"1"))));
        assert_eq!(calls.len(), 0);
    }

    #[test]
    fn deadlines_pass_in_order() {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let mut calls = InFlight::new(2);
        let (late, early) = (calls.start(later), calls.start(now));
        assert!(calls.is_full());
        assert_eq!(calls.next_deadline(), Some(now));
        assert_eq!(calls.expire(now).0, [early]);
        assert_eq!(calls.next_deadline(), Some(later));
        assert_eq!(outcome(&mut calls, early), Poll::Ready(Outcome::Timeout));
        assert_eq!(outcome(&mut calls, late), Poll::Pending);
        assert!(calls.forget(late));
        assert!(!calls.forget(late));
    }

    #[test]
    fn the_end_of_the_connection_settles_all() {
        let mut calls = InFlight::new(8);
        let id = calls.start(Instant::now());
        calls.close(&CloseReason::Local);
        assert_eq!(outcome(&mut calls, id), Poll::Ready(Outcome::Closed(CloseReason::Local)));
    }
}
