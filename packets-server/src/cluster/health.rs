//! Whether what a node publishes comes round, by probes of its own and not by the engine's word: without I/O, and
//! without a clock of its own.

use std::time::Duration;

use tokio::time::Instant;

/// How often a probe is sent while none comes round.
pub(crate) const SEARCH: Duration = Duration::from_millis(500);

/// Whether an engine carries anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// Nothing has come round yet.
    Starting,
    Up,
    /// Nothing has come round for too long.
    Down,
}

#[derive(Debug)]
pub(crate) struct Probes {
    interval: Duration,
    unhealthy_after: Duration,
    health: Health,
    /// When the last one was sent.
    sent: Option<Instant>,
    /// When the last one came round, or when they began.
    came: Instant,
}

impl Probes {
    pub(crate) const fn new(interval: Duration, unhealthy_after: Duration, now: Instant) -> Self {
        Self { interval, unhealthy_after, health: Health::Starting, sent: None, came: now }
    }

    pub(crate) const fn health(&self) -> Health {
        self.health
    }

    /// Whether it is time for a probe. Then it has to be sent.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        let interval = if self.health == Health::Up { self.interval } else { self.interval.min(SEARCH) };
        let is_due = self.sent.is_none_or(|sent| now.saturating_duration_since(sent) >= interval);
        if is_due {
            self.sent = Some(now);
        }
        is_due
    }

    /// A probe has come round. True if that is news.
    pub(crate) fn came(&mut self, now: Instant) -> bool {
        self.came = now;
        std::mem::replace(&mut self.health, Health::Up) != Health::Up
    }

    /// Whether none has come round for too long, and that is news.
    pub(crate) fn is_lost(&mut self, now: Instant) -> bool {
        now.saturating_duration_since(self.came) >= self.unhealthy_after && self.lose()
    }

    /// Nothing can come round any more. True if that is news.
    pub(crate) fn lose(&mut self) -> bool {
        self.sent = None;
        std::mem::replace(&mut self.health, Health::Down) != Health::Down
    }
}
