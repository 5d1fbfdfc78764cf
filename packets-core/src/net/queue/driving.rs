//! What the driver does with its connection's queue.

use std::sync::atomic::Ordering;
use std::task::{Context, Waker};
use std::time::Instant;

use bytes::Bytes;

use super::{CloseRequest, Queue};
use crate::close::CloseReason;
use crate::frame::{self, CallId};
use crate::in_flight::Outcome;
use crate::net::backlog::{Load, Waiting};
use crate::net::row::Row;

/// What the driver learns from the queue.
pub(in crate::net) struct Agenda {
    pub(in crate::net) close: Option<CloseRequest>,
    pub(in crate::net) expires: Option<Instant>,
    pub(in crate::net) next_timeout: Option<Instant>,
}

impl Queue {
    pub(in crate::net) fn has_frames(&self) -> bool {
        self.has_frames.load(Ordering::Acquire)
    }

    /// What the frames that wait take, and those that are being written.
    pub(in crate::net) fn weight(&self) -> usize {
        self.weight.load(Ordering::Relaxed)
    }

    /// Queues a frame of the driver's own behind the others.
    pub(in crate::net) fn push_own(&self, frame: Bytes) {
        let mut state = self.lock();
        state.frames.push(frame);
        self.publish(&state);
    }

    /// Hands out all frames that wait, to be written. They take their room until then.
    pub(in crate::net) fn take_frames(&self, hand: &mut Row<Waiting>) {
        let mut state = self.lock();
        state.frames.take(hand);
        self.publish(&state);
    }

    /// Takes note of what was written, which makes room for others, and takes back the rest. So much of both is the
    /// driver's own, and was not here before.
    pub(in crate::net) fn settle_frames(&self, hand: &mut Row<Waiting>, own: Load, written: Load) {
        let mut state = self.lock();
        state.frames.settle(hand, own, written);
        self.publish(&state);
        if !state.has_waiters || !state.frames.has_room() {
            return;
        }
        let mut wakers: Vec<_> = state.emitters.take().collect();
        let room = state.calls.room().min(self.max_frames);
        wakers.extend(std::iter::from_fn(|| state.callers.pop()).take(room));
        state.has_waiters = !state.callers.is_empty();
        drop(state);
        wake_all(wakers);
    }

    /// Drops the protocol's own frames.
    pub(in crate::net) fn drop_control(&self) {
        let mut state = self.lock();
        state.frames.drop_control();
        self.publish(&state);
    }

    pub(in crate::net) fn settle(&self, call: CallId, outcome: Outcome) {
        let waker = self.lock().calls.settle(call, outcome);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Leaves a waker for when there is something to do, and says what is to be done now.
    pub(in crate::net) fn poll_driver(&self, cx: &Context<'_>) -> Agenda {
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
    pub(in crate::net) fn on_timeout(&self, now: Instant) {
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
    pub(in crate::net) fn lose(&self, reason: &CloseReason) {
        let mut state = self.lock();
        let (lost, frames, wakers) = state.calls.lose(reason);
        lost.into_iter().map(frame::cancel).chain(frames).for_each(|frame| state.frames.push(frame));
        self.publish(&state);
        drop(state);
        wake_all(wakers);
    }

    /// Ends it all: every call and every waiter learns the reason. The first reason counts.
    pub(in crate::net) fn end(&self, reason: &CloseReason) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        state.ended = Some(reason.clone());
        state.is_over = true;
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
}

fn wake_all(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}
