//! What the handles of a connection and its driver share: frames to be written, calls in flight, the end.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;

use super::backlog::{Backlog, Emitted, Load, Overflowed, Waiting};
use super::figures::{Figures, Queued};
use super::limits::ConnectionLimits;
use super::line::{Line, Place};
use crate::close::CloseReason;
use crate::frame::{self, CallId};
use crate::in_flight::{InFlight, Outcome};
use crate::overflow::Overflow;

/// The lock is held for a few lines, never over an await, and wakers are woken outside of it.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Whether frames wait, so that the driver need not lock to find out.
    has_frames: AtomicBool,
    /// What the frames take, for the driver to look at.
    weight: AtomicUsize,
    max_frames: usize,
    figures: Figures,
}

#[derive(Debug)]
struct State {
    frames: Backlog,
    /// What of them is among the figures.
    queued: Queued,
    calls: InFlight,
    /// Woken when the driver has something to do.
    driver: Option<Waker>,
    /// Whether somebody is going to write what waits between the driver's turns.
    is_listed: bool,
    /// Woken when there is room for a frame.
    emitters: Line,
    /// Woken one by one when there is room for a call, and when their time is up.
    callers: Line,
    /// When the credential of the other end is of no use any more.
    expires: Option<Instant>,
    /// What the handles want.
    request: Option<CloseRequest>,
    /// What came of it all.
    ended: Option<CloseReason>,
    /// Woken at the end.
    onlookers: Line,
}

/// A wish to end the connection.
#[derive(Clone, Debug)]
pub(super) struct CloseRequest {
    pub(super) reason: CloseReason,
    /// Until then, calls that are being answered may finish.
    pub(super) drain_until: Option<Instant>,
}

/// Why a frame was not taken.
pub(super) enum Refused {
    Full,
    Closed(CloseReason),
}

impl Queue {
    pub(super) fn new(limits: &ConnectionLimits, figures: Figures) -> Self {
        let state = State {
            frames: Backlog::new(limits, figures.clone()),
            queued: Queued::default(),
            calls: InFlight::new(limits.calls),
            driver: None,
            is_listed: false,
            emitters: Line::default(),
            callers: Line::default(),
            expires: None,
            request: None,
            ended: None,
            onlookers: Line::default(),
        };
        Self {
            state: Mutex::new(state),
            has_frames: AtomicBool::new(false),
            weight: AtomicUsize::new(0),
            max_frames: limits.queue_frames,
            figures,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes known that there are more frames, or less.
    fn publish(&self, state: &State) {
        self.has_frames.store(!state.frames.is_empty(), Ordering::Release);
        self.weight.store(state.frames.load().weight, Ordering::Relaxed);
    }

    /// The frames have changed, by a handle: the driver has to write them.
    fn hand_over(&self, mut state: MutexGuard<'_, State>) {
        self.publish(&state);
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    // ---- the handles' side ----

    /// Ready when a frame would be taken; until then the task has a place in the line.
    pub(super) fn poll_room(
        &self,
        place: &mut Option<Place>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let mut state = self.lock();
        match state.check() {
            Ok(()) => Poll::Ready(Ok(())),
            Err(Refused::Closed(reason)) => Poll::Ready(Err(reason)),
            Err(Refused::Full) => {
                state.emitters.join(place, None, cx);
                Poll::Pending
            }
        }
    }

    /// Gives up waiting for room for a frame.
    pub(super) fn forget_room(&self, place: Place) {
        self.lock().emitters.leave(place);
    }

    /// Queues a packet, as its policy says if there is no room. If it is written later, the driver is not woken while
    /// there is room enough, and it is said whether this is the first that waits for that.
    pub(super) fn emit(&self, frame: Bytes, emitted: Emitted, later: bool) -> Result<bool, Refused> {
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
    pub(super) fn poll_start_call(
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
        let before = state.callers.next_deadline();
        state.callers.join(place, Some(deadline), cx);
        if state.callers.next_deadline() != before
            && let Some(driver) = state.driver.take()
        {
            // It has to set its timer anew.
            drop(state);
            driver.wake();
        }
        Poll::Pending
    }

    /// Gives up waiting for room for a call.
    pub(super) fn forget_place(&self, place: Place) {
        let mut state = self.lock();
        // Who was woken and does not go lets the next one go.
        let next = if state.callers.leave(place) { None } else { state.callers.pop() };
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }

    /// Queues the frame of a call that was entered. There is room for it: calls are bounded.
    /// One that may be sent `again` is kept until it is settled.
    pub(super) fn push_call(&self, frame: Bytes, again: Option<CallId>) {
        let mut state = self.lock();
        if let Some(call) = again {
            state.calls.keep(call, frame.clone());
        }
        state.frames.push(frame);
        self.hand_over(state);
    }

    pub(super) fn poll_call(&self, call: CallId, cx: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.lock();
        let outcome = state.calls.poll(call, cx);
        let next = if outcome.is_ready() { state.callers.pop() } else { None };
        drop(state);
        next.into_iter().for_each(Waker::wake);
        outcome
    }

    /// Nobody waits for the call any more; the other end is told if it still may be working on it.
    pub(super) fn cancel_call(&self, call: CallId) {
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
    pub(super) fn forget_call(&self, call: CallId) {
        let mut state = self.lock();
        let next = state.callers.pop();
        state.calls.forget(call);
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }

    /// Queues a frame of the protocol's own.
    pub(super) fn push_control(&self, frame: Bytes) {
        let mut state = self.lock();
        if state.over().is_none() {
            state.frames.push(frame);
            self.hand_over(state);
        }
    }

    /// The driver ends the connection then.
    pub(super) fn expire_at(&self, at: Option<Instant>) {
        let mut state = self.lock();
        state.expires = at;
        self.hand_over(state);
    }

    /// Asks the driver to end the connection. The first reason counts, but draining can be cut short.
    pub(super) fn close(&self, request: CloseRequest) {
        let mut state = self.lock();
        match &mut state.request {
            Some(earlier) if earlier.drain_until.is_none() => return,
            Some(earlier) => earlier.drain_until = request.drain_until,
            None => state.request = Some(request),
        }
        if let Some(driver) = state.driver.take() {
            drop(state);
            driver.wake();
        }
    }

    /// Ready at the end; until then the task has a place in the line.
    pub(super) fn poll_closed(&self, place: &mut Option<Place>, cx: &Context<'_>) -> Poll<CloseReason> {
        let mut state = self.lock();
        if let Some(reason) = &state.ended {
            return Poll::Ready(reason.clone());
        }
        state.onlookers.join(place, None, cx);
        Poll::Pending
    }

    /// Gives up waiting for the end.
    pub(super) fn forget_closed(&self, place: Place) {
        self.lock().onlookers.leave(place);
    }

    /// Hands out all frames that wait, to be written between two turns of the driver; false if it has one, or is about
    /// to, in which it writes them.
    pub(super) fn take_between_turns(&self, hand: &mut VecDeque<Waiting>) -> bool {
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
    pub(super) fn wake(&self) {
        let mut state = self.lock();
        state.is_listed = false;
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    // ---- the driver's side ----

    pub(super) fn has_frames(&self) -> bool {
        self.has_frames.load(Ordering::Acquire)
    }

    /// What the frames that wait take, and those that are being written.
    pub(super) fn weight(&self) -> usize {
        self.weight.load(Ordering::Relaxed)
    }

    /// Queues a frame of the driver's own behind the others.
    pub(super) fn push_own(&self, frame: Bytes) {
        let mut state = self.lock();
        state.frames.push(frame);
        self.publish(&state);
    }

    /// Hands out all frames that wait, to be written. They take their room until then.
    pub(super) fn take_frames(&self, hand: &mut VecDeque<Waiting>) {
        let mut state = self.lock();
        state.frames.take(hand);
        self.publish(&state);
    }

    /// Takes note of what was written, which makes room for others, and takes back the rest. So much of both is the
    /// driver's own, and was not here before.
    pub(super) fn settle_frames(&self, hand: &mut VecDeque<Waiting>, own: Load, written: Load) {
        let mut state = self.lock();
        state.frames.settle(hand, own, written);
        self.publish(&state);
        let nobody_waits = state.emitters.is_empty() && state.callers.is_empty();
        if nobody_waits || !state.frames.has_room() {
            return;
        }
        let mut wakers: Vec<_> = state.emitters.take().collect();
        let room = state.calls.room().min(self.max_frames);
        wakers.extend(std::iter::from_fn(|| state.callers.pop()).take(room));
        drop(state);
        wake_all(wakers);
    }

    /// Drops the protocol's own frames.
    pub(super) fn drop_control(&self) {
        let mut state = self.lock();
        state.frames.drop_control();
        self.publish(&state);
    }

    /// How many packets were not queued, or dropped for others.
    pub(super) fn overflowed(&self) -> Overflowed {
        self.lock().frames.overflowed()
    }

    pub(super) fn settle(&self, call: CallId, outcome: Outcome) {
        let waker = self.lock().calls.settle(call, outcome);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Leaves a waker for when there is something to do, and says what is to be done now.
    pub(super) fn poll_driver(&self, cx: &Context<'_>) -> Agenda {
        let mut state = self.lock();
        match &mut state.driver {
            Some(waker) => waker.clone_from(cx.waker()),
            None => state.driver = Some(cx.waker().clone()),
        }
        // Whoever was to write what waited may be late.
        state.is_listed = false;
        let load = state.frames.load();
        self.figures.queued(&mut state.queued, load);
        let next_timeout =
            [state.calls.next_deadline(), state.callers.next_deadline()].into_iter().flatten().min();
        Agenda { close: state.request.clone(), expires: state.expires, next_timeout }
    }

    /// Settles calls whose time is up and wakes those whose wait for room is.
    pub(super) fn on_timeout(&self, now: Instant) {
        let mut state = self.lock();
        let (expired, mut wakers) = state.calls.expire(now);
        for call in expired {
            state.frames.push(frame::cancel(call));
        }
        self.publish(&state);
        wakers.extend(state.callers.expire(now));
        drop(state);
        wake_all(wakers);
    }

    /// Frames were lost, for this reason: fails the calls that may have been among them, and queues those again
    /// that may be repeated.
    pub(super) fn lose(&self, reason: &CloseReason) {
        let mut state = self.lock();
        let (lost, frames, wakers) = state.calls.lose(reason);
        lost.into_iter().map(frame::cancel).chain(frames).for_each(|frame| state.frames.push(frame));
        self.publish(&state);
        drop(state);
        wake_all(wakers);
    }

    /// Ends it all: every call and every waiter learns the reason. The first reason counts.
    pub(super) fn end(&self, reason: &CloseReason) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        state.ended = Some(reason.clone());
        state.frames.clear();
        self.figures.queued(&mut state.queued, Load::default());
        self.figures.closed(reason);
        let mut wakers = state.calls.close(reason);
        let lines = [state.emitters.take(), state.callers.take(), state.onlookers.take()];
        wakers.extend(lines.into_iter().flatten());
        state.driver = None;
        drop(state);
        wake_all(wakers);
    }

    /// The frames that wait and those that are being written.
    pub(super) fn load(&self) -> Load {
        self.lock().frames.load()
    }

    /// How many calls wait for their answers.
    pub(super) fn calls(&self) -> usize {
        self.lock().calls.len()
    }
}

/// What the driver learns from the queue.
pub(super) struct Agenda {
    pub(super) close: Option<CloseRequest>,
    pub(super) expires: Option<Instant>,
    pub(super) next_timeout: Option<Instant>,
}

impl State {
    fn check(&self) -> Result<(), Refused> {
        match self.over() {
            Some(reason) => Err(Refused::Closed(reason)),
            None if self.frames.has_room() => Ok(()),
            None => Err(Refused::Full),
        }
    }

    /// Why nothing more is taken, if so. While calls are being drained, their acceptors may still send.
    fn over(&self) -> Option<CloseReason> {
        let request = self.request.as_ref().filter(|request| request.drain_until.is_none());
        self.ended.clone().or_else(|| request.map(|request| request.reason.clone()))
    }
}

fn wake_all(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests;
