//! How a server ends.

use std::time::Duration;

use packets_core::CloseReason;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::server::Server;

/// Whether a server shuts down, as its connections see it.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    until: watch::Sender<Option<Instant>>,
}

/// A connection's view of its server's end. As long as there are any, the server waits for them.
#[derive(Debug)]
pub(crate) struct Stopping(watch::Receiver<Option<Instant>>);

impl Drain {
    pub(crate) fn watch(&self) -> Stopping {
        Stopping(self.until.subscribe())
    }
}

impl Stopping {
    /// Resolves once the server shuts down.
    pub(crate) async fn begun(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Until when running calls may finish, once the server shuts down.
    pub(crate) fn until(&self) -> Option<Instant> {
        *self.0.borrow()
    }
}

impl Server {
    /// Asks all clients to go, and waits until they have gone or the time is up.
    pub(crate) async fn shut_down(&self) {
        let drain_until = after(Instant::now(), self.drain());
        self.draining().until.send_replace(Some(drain_until));
        for socket in self.sockets() {
            socket.close_with(CloseReason::ShuttingDown, Some(drain_until.into_std()));
        }
        let deadline = after(drain_until, self.limits().close_timeout);
        if timeout_at(deadline, self.draining().until.closed()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }
}

/// So that `Duration::MAX` is no overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(crate) fn after(instant: Instant, duration: Duration) -> Instant {
    instant + duration.min(LONGEST)
}
