//! How a server ends.

use std::time::Duration;

use futures_util::future::{Either, select};
use packets_core::{CloseReason, Redirect};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::server::Server;
use crate::socket::Socket;

/// How a server lets its clients go when it [shuts down](Server::shut_down).
///
/// ```
/// use std::time::Duration;
/// use packets_server::{Drain, Server};
///
/// let drain = Drain::default().spread(Duration::from_secs(60)).redirect("wss://other.example/socket");
/// let server = Server::builder().defaults_only().drain(drain).build()?;
/// # Ok::<(), packets_server::BuildError>(())
/// ```
///
/// All in all it takes no longer than `spread`, `grace` and the
/// [`close_timeout`](crate::ConnectionLimits::close_timeout) together: 35 s.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drain {
    /// Over how long clients are told, so that they do not all come back at once: 20 s, which is 5 % of them
    /// a second. It takes less where they are few: at least 100 are told a second.
    pub spread: Duration,
    /// How long the calls of a client that has been told may take to finish. Then its connection is closed
    /// with 1001. One that has no running calls is closed at once. 10 s.
    pub grace: Duration,
    /// Where clients are told to go, by a [`Redirect`], when they are told at all. By default they know where
    /// to connect.
    pub redirect: Option<String>,
}

impl Default for Drain {
    fn default() -> Self {
        Self { spread: Duration::from_secs(20), grace: Duration::from_secs(10), redirect: None }
    }
}

impl Drain {
    /// Sets [`spread`](#structfield.spread).
    #[must_use]
    pub const fn spread(mut self, spread: Duration) -> Self {
        self.spread = spread;
        self
    }

    /// Sets [`grace`](#structfield.grace).
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets [`redirect`](#structfield.redirect).
    #[must_use]
    pub fn redirect(mut self, url: impl Into<String>) -> Self {
        self.redirect = Some(url.into());
        self
    }
}

/// How far a server is on its way to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Serving,
    Draining,
    /// No more time is given.
    Over,
}

/// A server's way to its end, as its connections see it.
#[derive(Debug, Default)]
pub(crate) struct Shutdown {
    stage: watch::Sender<Stage>,
}

/// A connection's view of its server's end. As long as there are any, the server waits for them.
#[derive(Debug)]
pub(crate) struct Stopping(watch::Receiver<Stage>);

impl Shutdown {
    pub(crate) fn watch(&self) -> Stopping {
        Stopping(self.stage.subscribe())
    }

    pub(crate) fn has_begun(&self) -> bool {
        *self.stage.borrow() > Stage::Serving
    }

    /// Goes one stage on; which one that is.
    fn advance(&self) -> Stage {
        self.stage.send_modify(|stage| {
            *stage = if *stage == Stage::Serving { Stage::Draining } else { Stage::Over };
        });
        *self.stage.borrow()
    }
}

impl Stopping {
    /// Resolves once the server shuts down.
    pub(crate) async fn begun(&mut self) {
        self.reaches(Stage::Draining).await;
    }

    async fn reaches(&mut self, stage: Stage) {
        if self.0.wait_for(|now| *now >= stage).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// So many clients are told a second where they are few.
const FEW: u32 = 100;

impl Server {
    /// Lets all clients go, and resolves when they have gone or their time is up.
    ///
    /// From now on requests are refused with 503. Clients are told one after the other, as [`Drain`] says:
    /// a native one knows by [`is_leaving`](packets_core::net::Peer::is_leaving). Calls that begin then are
    /// rejected as [`GoingAway`](packets_core::RejectKind::GoingAway), those that run may finish, and the
    /// connection is closed with 1001.
    ///
    /// When this is called again meanwhile, all that is left is closed at once.
    ///
    /// [`Serve::with_graceful_shutdown`](crate::Serve::with_graceful_shutdown) does this when its signal comes. A
    /// server that is mounted in another one calls it when that one ends:
    ///
    /// ```no_run
    /// # async fn example(server: packets_server::Server) {
    /// tokio::signal::ctrl_c().await.expect("a handler of signals");
    /// tokio::select! {
    ///     () = server.shut_down() => {}
    ///     // Somebody is in a hurry.
    ///     _ = tokio::signal::ctrl_c() => server.shut_down().await,
    /// }
    /// # }
    /// ```
    pub async fn shut_down(&self) {
        let shutdown = self.shutdown();
        if shutdown.advance() == Stage::Draining {
            let mut stopping = shutdown.watch();
            let hurry = std::pin::pin!(stopping.reaches(Stage::Over));
            if let Either::Right(_) = select(hurry, std::pin::pin!(self.let_all_go())).await {
                tracing::debug!("all clients are told to go");
            }
        } else {
            for socket in self.sockets() {
                socket.close_with(CloseReason::ShuttingDown, None);
            }
        }
        let deadline = after(after(Instant::now(), self.drain().grace), self.limits().close_timeout);
        if timeout_at(deadline, shutdown.stage.closed()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        self.leave_cluster().await;
    }

    /// Tells all clients to go, one after the other. Their order is that of a hash table: any.
    async fn let_all_go(&self) {
        let sockets = self.sockets();
        let count = u32::try_from(sockets.len()).unwrap_or(u32::MAX).max(1);
        let spread = self.drain().spread.min(Duration::from_secs(1) * count / FEW);
        let begin = Instant::now();
        for (index, socket) in (0..count).zip(sockets) {
            if index > 0 {
                sleep_until(begin + spread.mul_f64(f64::from(index) / f64::from(count))).await;
            }
            self.let_go(&socket);
        }
    }

    /// Tells a client to go.
    pub(crate) fn let_go(&self, socket: &Socket) {
        if let Some(url) = &self.drain().redirect
            && let Err(error) = socket.emit(&Redirect(url.clone()))
        {
            tracing::debug!(%error, "a client is not told where to go");
        }
        let until = after(Instant::now(), self.drain().grace);
        socket.close_with(CloseReason::ShuttingDown, Some(until.into_std()));
    }
}

/// So that `Duration::MAX` is no overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(crate) fn after(instant: Instant, duration: Duration) -> Instant {
    instant + duration.min(LONGEST)
}
