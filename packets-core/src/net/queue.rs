//! What the handles of a connection and its driver share: frames to be written, calls in flight, the end.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;

use super::limits::ConnectionLimits;
use crate::close::CloseReason;
use crate::frame::{self, CallId};
use crate::in_flight::{InFlight, Outcome};

/// The lock is held for a few lines, never over an await, and wakers are woken outside of it.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Whether frames wait, so that the driver need not lock to find out.
    has_frames: AtomicBool,
    max_frames: usize,
    max_bytes: usize,
}

#[derive(Debug)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    calls: InFlight,
    /// Woken when the driver has something to do.
    driver: Option<Waker>,
    /// Woken when there may be room, or the time of one of them is up.
    waiting: Vec<Waker>,
    waiting_until: Option<Instant>,
    /// What the handles want.
    request: Option<CloseRequest>,
    /// What came of it all.
    ended: Option<CloseReason>,
    /// Woken at the end: those who wait for it, by their numbers.
    closed: HashMap<u64, Waker>,
    next_closed: u64,
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
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        let state = State {
            frames: VecDeque::new(),
            bytes: 0,
            calls: InFlight::new(limits.calls),
            driver: None,
            waiting: Vec::new(),
            waiting_until: None,
            request: None,
            ended: None,
            closed: HashMap::new(),
            next_closed: 0,
        };
        Self {
            state: Mutex::new(state),
            has_frames: AtomicBool::new(false),
            max_frames: limits.queue_frames,
            max_bytes: limits.queue_bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, state: &State) -> Result<(), Refused> {
        if let Some(reason) = state.over() {
            Err(Refused::Closed(reason))
        } else if state.frames.len() >= self.max_frames || state.bytes >= self.max_bytes {
            Err(Refused::Full)
        } else {
            Ok(())
        }
    }

    /// Puts a frame behind the others and wakes the driver.
    fn put(&self, mut state: MutexGuard<'_, State>, frame: Bytes) {
        state.bytes += frame.len();
        state.frames.push_back(frame);
        let driver = state.driver.take();
        self.has_frames.store(true, Ordering::Release);
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    // ---- the handles' side ----

    /// Whether a frame would be taken now.
    pub(super) fn has_room(&self) -> Result<(), Refused> {
        self.check(&self.lock())
    }

    pub(super) fn push(&self, frame: Bytes) -> Result<(), Refused> {
        let state = self.lock();
        self.check(&state)?;
        self.put(state, frame);
        Ok(())
    }

    /// Enters a call, whose frame is to follow.
    pub(super) fn start_call(&self, deadline: Instant) -> Result<CallId, Refused> {
        let mut state = self.lock();
        self.check(&state)?;
        if state.calls.is_full() {
            return Err(Refused::Full);
        }
        Ok(state.calls.start(deadline))
    }

    /// Queues the frame of a call that was entered. There is room for it: calls are bounded.
    pub(super) fn push_call(&self, frame: Bytes) {
        self.put(self.lock(), frame);
    }

    /// Wakes the task when there may be room again, or at the deadline.
    pub(super) fn wait_for_room(&self, deadline: Option<Instant>, cx: &Context<'_>) {
        let mut state = self.lock();
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        if let Some(deadline) = deadline
            && state.waiting_until.is_none_or(|until| deadline < until)
        {
            state.waiting_until = Some(deadline);
            // The driver has to set its timer anew.
            if let Some(driver) = state.driver.take() {
                drop(state);
                driver.wake();
            }
        }
    }

    pub(super) fn poll_call(&self, call: CallId, cx: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.lock();
        let was_full = state.calls.is_full();
        let outcome = state.calls.poll(call, cx);
        if outcome.is_ready() && was_full {
            let waiting = state.take_waiting();
            drop(state);
            wake_all(waiting);
        }
        outcome
    }

    /// Nobody waits for the call any more; the other end is told if it still may be working on it.
    pub(super) fn cancel_call(&self, call: CallId) {
        let mut state = self.lock();
        let waiting = if state.calls.is_full() { state.take_waiting() } else { Vec::new() };
        if state.calls.forget(call) && state.over().is_none() {
            self.put(state, frame::cancel(call));
        } else {
            drop(state);
        }
        wake_all(waiting);
    }

    /// Takes a call back that never was sent.
    pub(super) fn forget_call(&self, call: CallId) {
        let mut state = self.lock();
        let waiting = if state.calls.is_full() { state.take_waiting() } else { Vec::new() };
        state.calls.forget(call);
        drop(state);
        wake_all(waiting);
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

    /// Leaves a waker for the end under a number, which the first poll gives out.
    pub(super) fn poll_closed(&self, number: &mut Option<u64>, cx: &Context<'_>) -> Poll<CloseReason> {
        let mut state = self.lock();
        if let Some(reason) = &state.ended {
            return Poll::Ready(reason.clone());
        }
        let number = *number.get_or_insert_with(|| {
            state.next_closed += 1;
            state.next_closed
        });
        state.closed.insert(number, cx.waker().clone());
        Poll::Pending
    }

    /// Takes the waker of this number back.
    pub(super) fn forget_closed(&self, number: u64) {
        self.lock().closed.remove(&number);
    }

    // ---- the driver's side ----

    pub(super) fn has_frames(&self) -> bool {
        self.has_frames.load(Ordering::Acquire)
    }

    /// Moves all frames that wait to `out`, which makes room for others.
    pub(super) fn take_frames(&self, out: &mut VecDeque<Bytes>) {
        let mut state = self.lock();
        out.append(&mut state.frames);
        state.bytes = 0;
        self.has_frames.store(false, Ordering::Release);
        let waiting = state.take_waiting();
        drop(state);
        wake_all(waiting);
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
        let next_timeout = [state.calls.next_deadline(), state.waiting_until].into_iter().flatten().min();
        Agenda { close: state.request.clone(), next_timeout, has_frames: !state.frames.is_empty() }
    }

    /// Settles calls whose time is up and wakes those whose wait for room is.
    pub(super) fn on_timeout(&self, now: Instant) {
        let mut state = self.lock();
        let (expired, mut wakers) = state.calls.expire(now);
        for call in expired {
            let frame = frame::cancel(call);
            state.bytes += frame.len();
            state.frames.push_back(frame);
            self.has_frames.store(true, Ordering::Release);
        }
        if state.waiting_until.is_some_and(|until| until <= now) {
            wakers.extend(state.take_waiting());
        }
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
        let mut wakers = state.calls.close(reason);
        wakers.extend(state.take_waiting());
        wakers.extend(state.closed.drain().map(|(_, waker)| waker));
        state.driver = None;
        drop(state);
        wake_all(wakers);
    }

    /// How many calls wait for their answers.
    pub(super) fn calls(&self) -> usize {
        self.lock().calls.len()
    }
}

/// What the driver learns from the queue.
pub(super) struct Agenda {
    pub(super) close: Option<CloseRequest>,
    pub(super) next_timeout: Option<Instant>,
    pub(super) has_frames: bool,
}

impl State {
    /// Why nothing more is taken, if so. While calls are being drained, their acceptors may still send.
    fn over(&self) -> Option<CloseReason> {
        let request = self.request.as_ref().filter(|request| request.drain_until.is_none());
        self.ended.clone().or_else(|| request.map(|request| request.reason.clone()))
    }

    fn take_waiting(&mut self) -> Vec<Waker> {
        self.waiting_until = None;
        std::mem::take(&mut self.waiting)
    }
}

fn wake_all(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_call_that_is_taken_back_wakes_who_waits_for_its_place() {
        let queue = Queue::new(&ConnectionLimits::client().calls(1));
        let deadline = Instant::now();
        let Ok(call) = queue.start_call(deadline) else { panic!("there is room") };
        assert!(queue.start_call(deadline).is_err());
        let woken = Arc::new(Woken::default());
        queue.wait_for_room(None, &Context::from_waker(&woken.clone().into()));
        queue.forget_call(call);
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert!(queue.start_call(deadline).is_ok());
    }

    #[test]
    fn who_no_longer_waits_for_the_end_leaves_nothing_behind() {
        let queue = Queue::new(&ConnectionLimits::client());
        let woken = Arc::new(Woken::default());
        let waker = woken.clone().into();
        let mut stays = None;
        for _ in 0..3 {
            assert!(queue.poll_closed(&mut stays, &Context::from_waker(&waker)).is_pending());
        }
        for _ in 0..100 {
            let mut goes = None;
            assert!(queue.poll_closed(&mut goes, &Context::from_waker(&waker)).is_pending());
            queue.forget_closed(goes.expect("a number"));
        }
        assert_eq!(queue.lock().closed.len(), 1);
        queue.end(&CloseReason::Local);
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    }
}
