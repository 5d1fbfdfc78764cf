//! A connection: one task that drives it.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use tokio::runtime;

use super::accept::AcceptorTable;
use super::call::now;
use super::driver::Driver;
use super::flush::WriteOut;
use super::greeting::{self, Greeted};
use super::peer::Shared;
use super::resume::{Change, Mooring, ResumeLimits};
use super::term::Handle;
use super::trace::Escaped;
use super::transport::Transport;
use crate::close::CloseReason;
use crate::control::Position;
use crate::deadline::after;

/// A connection that runs when its [`run`](Self::run) is awaited, and ends when that is dropped.
///
/// Its driver is locked for a turn, in which it never waits. Between two turns a [`Flush`](super::Flush) may write what
/// is queued.
#[must_use = "a connection does nothing until it is run"]
pub struct Connection<T: Transport, S: Handle>(Arc<Driven<T, S>>);

/// The driver, and what is to be had of it without a turn. What a write between two turns touches lies together.
#[repr(C)]
struct Driven<T, S> {
    shared: Arc<Shared>,
    driver: Mutex<Driver<T, S>>,
}

impl<T: Transport, S: Handle> Connection<T, S> {
    /// A connection whose packets go to these acceptors, who see them come from `from`.
    pub fn new(greeted: Greeted<T>, acceptors: Arc<AcceptorTable<S>>, from: S) -> Self {
        Self::of(Driver::new(greeted, acceptors, from))
    }

    /// A connection that goes on with other transports, by the handle, if both ends want to.
    pub fn resumable(
        greeted: Greeted<T>,
        acceptors: Arc<AcceptorTable<S>>,
        from: S,
        limits: ResumeLimits,
    ) -> (Self, Option<Mooring<T>>) {
        let (driver, mooring) = Driver::resumable(greeted, acceptors, from, limits);
        (Self::of(driver), mooring)
    }

    fn of(driver: Driver<T, S>) -> Self {
        let shared = driver.peer().shared.clone();
        let this = Arc::new(Driven { driver: Mutex::new(driver), shared });
        if let Ok(runtime) = runtime::Handle::try_current() {
            let driven: Weak<Driven<T, S>> = Arc::downgrade(&this);
            this.shared.driver.get_or_init(|| (driven, runtime));
        }
        Self(this)
    }

    fn driver(&self) -> MutexGuard<'_, Driver<T, S>> {
        self.0.driver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where this end stands in the session.
    #[must_use]
    pub fn position(&self) -> Position {
        self.driver().position()
    }

    /// Drives the connection to its end, and closes it.
    pub async fn run(mut self) -> CloseReason {
        loop {
            if let Change::Ended(reason) = self.drive().await {
                self.close(&reason).await;
                return reason;
            }
        }
    }

    /// Drives the connection until something becomes of it, to be called again unless it has ended. All who wait
    /// for something know the reason of the end then; the other end does not before [`close`](Self::close) tells
    /// it.
    pub async fn drive(&mut self) -> Change {
        let change = poll_fn(|cx| self.driver().poll_change(cx)).await;
        let socket = self.0.shared.session;
        match &change {
            Change::Ended(reason) => {
                tracing::debug!(%socket, reason = %Escaped(reason), "connection ends");
                self.end(reason).await;
            }
            Change::Lost(reason) => tracing::debug!(%socket, reason = %Escaped(reason), "connection lost"),
            Change::Renewed(_) => tracing::debug!(%socket, "another credential"),
            Change::Resumed(recovered) => tracing::debug!(%socket, ?recovered, "connection resumed"),
        }
        change
    }

    async fn end(&mut self, reason: &CloseReason) {
        let close_by = after(now(), self.0.shared.limits.close_timeout);
        if reason.is_orderly() {
            // What was sent before the close still goes out.
            let drain = poll_fn(|cx| self.driver().poll_drain(cx));
            let _ = tokio::time::timeout_at(close_by.into(), drain).await;
        }
        self.driver().end(reason, close_by);
    }

    /// Tells the other end why the connection has ended, and waits for its answer, in all no longer than
    /// [`close_timeout`](super::ConnectionLimits::close_timeout) from the end on.
    pub async fn close(&mut self, reason: &CloseReason) {
        let transport = self.driver().take_transport();
        if let Some((mut transport, close_by)) = transport {
            greeting::close(&mut transport, reason, close_by).await;
        }
    }
}

impl<T: Transport, S: Handle> WriteOut for Driven<T, S> {
    fn write_out(&self, now: Instant) {
        let queue = &self.shared.queue;
        if !self.driver.try_lock().is_ok_and(|mut driver| driver.write_out(queue, now)) {
            queue.wake();
        }
    }
}

impl<T: Transport, S: Handle> std::fmt::Debug for Connection<T, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("peer", &self.0.shared).finish_non_exhaustive()
    }
}
