//! What the handles of a connection and its driver share: frames to be written, calls in flight, the end.

mod driving;
mod handles;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use super::backlog::Backlog;
use super::figures::{Figures, Queued};
use super::limits::ConnectionLimits;
use super::line::Line;
use crate::close::CloseReason;
use crate::in_flight::InFlight;
use crate::overflow::Overflow;

/// The lock is held for a few lines, never over an await, and wakers are woken outside of it.
///
/// The fields are in this order, as those of the state are, so that what a packet to a room touches lies together: for
/// each member it is in no cache any more.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Queue {
    /// Whether frames wait, so that the driver need not lock to find out.
    has_frames: AtomicBool,
    /// For packets whose types have no policy of their own.
    overflow: Overflow,
    /// What the frames take, for the driver to look at.
    weight: AtomicUsize,
    state: Mutex<State>,
    max_frames: usize,
    figures: Figures,
}

#[derive(Debug)]
#[repr(C)]
struct State {
    /// Woken when the driver has something to do.
    driver: Option<Waker>,
    /// Whether somebody is going to write what waits between the driver's turns.
    is_listed: bool,
    /// Whether nothing more is taken: what `request` and `ended` say is far from here, and in no cache.
    is_over: bool,
    /// Whether there may be somebody among the emitters or the callers.
    has_waiters: bool,
    frames: Backlog,
    /// What of them is among the figures.
    queued: Queued,
    calls: InFlight,
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
            is_over: false,
            has_waiters: false,
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
            overflow: limits.overflow,
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
    fn hand_over(&self, state: MutexGuard<'_, State>) {
        self.publish(&state);
        wake_driver(state);
    }
}

/// Wakes the driver unless it has a turn, or is about to.
fn wake_driver(mut state: MutexGuard<'_, State>) {
    let driver = state.driver.take();
    drop(state);
    if let Some(driver) = driver {
        driver.wake();
    }
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
        if !self.is_over {
            return None;
        }
        self.ended.clone().or_else(|| self.request.as_ref().map(|request| request.reason.clone()))
    }
}

#[cfg(test)]
mod tests;
