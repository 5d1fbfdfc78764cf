//! What the handles of a connection do with its queue.

use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;

use super::{CloseRequest, Queue, Refused, wake_driver};
use crate::close::CloseReason;
use crate::frame::{self, CallId};
use crate::in_flight::Outcome;
use crate::net::backlog::{Emitted, Load, Overflowed, Waiting};
use crate::net::line::Place;
use crate::net::row::Row;
use crate::overflow::Overflow;

impl Queue {
    /// Ready when a frame would be taken; until then the task has a place in the line.
    pub(in crate::net) fn poll_room(
        &self,
        place: &mut Option<Place>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let mut state = self.lock();
        match state.check() {
            Ok(()) => Poll::Ready(Ok(())),
            Err(Refused::Closed(reason)) => Poll::Ready(Err(reason)),
            Err(Refused::Full) => {
                state.has_waiters = true;
                state.emitters.join(place, None, cx);
                Poll::Pending
            }
        }
    }

    /// Gives up waiting for room for a frame.
    pub(in crate::net) fn forget_room(&self, place: Place) {
        self.lock().emitters.leave(place);
    }

    /// What becomes of packets whose types do not say so.
    pub(in crate::net) const fn overflow(&self) -> Overflow {
        self.overflow
    }

    /// Queues a packet, as its policy says if there is no room. If it is written later, the driver is not woken while
    /// there is room enough, and it is said whether this is the first that waits for that.
    pub(in crate::net) fn emit(&self, frame: Bytes, emitted: Emitted, later: bool) -> Result<bool, Refused> {
        let mut state = self.lock();
        if let Some(reason) = state.over() {
            return Err(Refused::Closed(reason));
        }
        if state.frames.emit(frame, emitted) {
            // Many that come at once have both write, so that no room is lacking for long.
            if later && !state.frames.is_half_full() {
                self.publish(&state);
                return Ok(!std::mem::replace(&mut state.is_listed, true));
            }
            self.hand_over(state);
            return Ok(false);
        }
        if emitted.overflow != Overflow::Disconnect {
            return Err(Refused::Full);
        }
        drop(state);
        let reason = CloseReason::SlowConsumer;
        self.close(CloseRequest { reason: reason.clone(), drain_until: None });
        Err(Refused::Closed(reason))
    }

    /// Enters a call, whose frame is to follow, once there is room for it; until then the task has a place
    /// in the line. It is woken at the deadline too.
    pub(in crate::net) fn poll_start_call(
        &self,
        deadline: Instant,
        place: &mut Option<Place>,
        cx: &Context<'_>,
    ) -> Poll<Result<CallId, CloseReason>> {
        let mut state = self.lock();
        match state.check() {
            Err(Refused::Closed(reason)) => return Poll::Ready(Err(reason)),
            Ok(()) if !state.calls.is_full() => {
                if let Some(place) = place.take() {
                    state.callers.leave(place);
                }
                return Poll::Ready(Ok(state.calls.start(deadline)));
            }
            _ => {}
        }
        state.has_waiters = true;
        let before = state.callers.next_deadline();
        state.callers.join(place, Some(deadline), cx);
        if state.callers.next_deadline() != before {
            // It has to set its timer anew.
            wake_driver(state);
        }
        Poll::Pending
    }

    /// Gives up waiting for room for a call.
    pub(in crate::net) fn forget_place(&self, place: Place) {
        let mut state = self.lock();
        // Who was woken and does not go lets the next one go.
        let next = if state.callers.leave(place) { None } else { state.callers.pop() };
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }

    /// Queues the frame of a call that was entered. There is room for it: calls are bounded.
    /// One that may be sent `again` is kept until it is settled.
    pub(in crate::net) fn push_call(&self, frame: Bytes, again: Option<CallId>) {
        let mut state = self.lock();
        if let Some(call) = again {
            state.calls.keep(call, frame.clone());
        }
        state.frames.push(frame);
        self.hand_over(state);
    }

    pub(in crate::net) fn poll_call(&self, call: CallId, cx: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.lock();
        let outcome = state.calls.poll(call, cx);
        let next = if outcome.is_ready() { state.callers.pop() } else { None };
        drop(state);
        next.into_iter().for_each(Waker::wake);
        outcome
    }

    /// Nobody waits for the call any more; the other end is told if it still may be working on it.
    pub(in crate::net) fn cancel_call(&self, call: CallId) {
        let mut state = self.lock();
        let next = state.callers.pop();
        if state.calls.forget(call) && state.over().is_none() {
            state.frames.push(frame::cancel(call));
            self.hand_over(state);
        } else {
            drop(state);
        }
        next.into_iter().for_each(Waker::wake);
    }

    /// Takes a call back that never was sent.
    pub(in crate::net) fn forget_call(&self, call: CallId) {
        let mut state = self.lock();
        let next = state.callers.pop();
        state.calls.forget(call);
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }

    /// Queues a frame of the protocol's own.
    pub(in crate::net) fn push_control(&self, frame: Bytes) {
        let mut state = self.lock();
        if state.over().is_none() {
            state.frames.push(frame);
            self.hand_over(state);
        }
    }

    /// The driver ends the connection then.
    pub(in crate::net) fn expire_at(&self, at: Option<Instant>) {
        let mut state = self.lock();
        state.expires = at;
        self.hand_over(state);
    }

    /// Asks the driver to end the connection. The first reason counts, but draining can be cut short.
    pub(in crate::net) fn close(&self, request: CloseRequest) {
        let mut state = self.lock();
        match &mut state.request {
            Some(earlier) if earlier.drain_until.is_none() => return,
            Some(earlier) => earlier.drain_until = request.drain_until,
            None => state.request = Some(request),
        }
        let is_closing = state.request.as_ref().is_some_and(|request| request.drain_until.is_none());
        state.is_over = state.ended.is_some() || is_closing;
        wake_driver(state);
    }

    /// Ready at the end; until then the task has a place in the line.
    pub(in crate::net) fn poll_closed(
        &self,
        place: &mut Option<Place>,
        cx: &Context<'_>,
    ) -> Poll<CloseReason> {
        let mut state = self.lock();
        if let Some(reason) = &state.ended {
            return Poll::Ready(reason.clone());
        }
        state.onlookers.join(place, None, cx);
        Poll::Pending
    }

    /// Gives up waiting for the end.
    pub(in crate::net) fn forget_closed(&self, place: Place) {
        self.lock().onlookers.leave(place);
    }

    /// Hands out all frames that wait, to be written between two turns of the driver; false if it has one, or is about
    /// to, in which it writes them.
    pub(in crate::net) fn take_between_turns(&self, hand: &mut Row<Waiting>) -> bool {
        let mut state = self.lock();
        state.is_listed = false;
        let is_between = state.driver.is_some();
        if is_between {
            state.frames.take(hand);
            self.publish(&state);
        }
        is_between
    }

    /// Lets the driver have a turn.
    pub(in crate::net) fn wake(&self) {
        let mut state = self.lock();
        state.is_listed = false;
        wake_driver(state);
    }

    /// How many packets were not queued, or dropped for others.
    pub(in crate::net) fn overflowed(&self) -> Overflowed {
        self.lock().frames.overflowed()
    }

    /// The frames that wait and those that are being written.
    pub(in crate::net) fn load(&self) -> Load {
        self.lock().frames.load()
    }

    /// How many calls wait for their answers.
    pub(in crate::net) fn calls(&self) -> usize {
        self.lock().calls.len()
    }
}
