//! When to connect again: how long to wait, and whether to try at all. Pure: without clock, I/O or sleep.

use std::time::Duration;

use packets_core::CloseReason;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::error::ConnectError;

/// How long a client waits before it connects again: a random time up to a ceiling that doubles with every
/// attempt.
///
/// The time is anything from zero to the ceiling (full jitter), so that clients which lost one server do not
/// come back to the next one all at once. The ceiling begins anew after a connection that held for
/// [`stable`](Self::stable), unless it ended in a way that may well come again. A server that says `Retry-After` is
/// waited for so long more.
///
/// Whether there is a next attempt depends on what ended the last one:
///
/// | what | then |
/// |---|---|
/// | close code 4401 or 4403, HTTP 401 or 403 | no attempt before the [token](crate::ClientBuilder::token) is another one; without a token function the client gives up |
/// | close code 4406, another version of the protocol | gives up |
/// | HTTP 404, 408, 425, 429, and 500 and beyond | tries again, after `Retry-After` at the earliest |
/// | another HTTP 3xx or 4xx | gives up |
/// | this end closed the connection | ends |
/// | close code 1002, 1003, 1008, 1009 or 4410, sent by either end | tries again; the ceiling does not begin anew |
/// | anything else: close codes such as 1000, 1001, 1006, 1012 and 1013, a lost connection, a server that cannot be reached | tries again |
///
/// ```
/// use std::time::Duration;
/// use packets_client::Backoff;
///
/// let backoff = Backoff::default().first(Duration::from_secs(1)).most(Duration::from_secs(10)).seed(7);
/// let delays: Vec<_> = backoff.delays().take(6).collect();
/// for (delay, ceiling) in delays.into_iter().zip([1, 2, 4, 8, 10, 10]) {
///     assert!(delay <= Duration::from_secs(ceiling));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    stable: Duration,
    attempts: Option<u32>,
    seed: Option<u64>,
}

/// From half a second, doubling up to half a minute; anew after a minute; without end.
impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            most: Duration::from_secs(30),
            stable: Duration::from_secs(60),
            attempts: None,
            seed: None,
        }
    }
}

impl Backoff {
    /// The ceiling of the first wait. 0.5 s.
    #[must_use]
    pub const fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// The highest ceiling. 30 s.
    #[must_use]
    pub const fn most(mut self, most: Duration) -> Self {
        self.most = most;
        self
    }

    /// How long a connection has to hold for the next wait to begin at [`first`](Self::first) again. 60 s.
    #[must_use]
    pub const fn stable(mut self, stable: Duration) -> Self {
        self.stable = stable;
        self
    }

    /// How often to try without a stable connection in between. Then the client gives up. By default it
    /// never does.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Makes the random times the same ones every time, for tests. By default they differ.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The waits of one client, one after the other.
    #[must_use]
    pub fn delays(self) -> Delays {
        let random = SmallRng::seed_from_u64(self.seed.unwrap_or_else(rand::random));
        Delays { backoff: self, tried: 0, random }
    }
}

/// The waits that a [`Backoff`] makes. It ends when there are no attempts left.
#[derive(Clone, Debug)]
pub struct Delays {
    backoff: Backoff,
    tried: u32,
    random: SmallRng,
}

impl Delays {
    /// A connection held so long. If that was long enough, the waits begin anew.
    pub fn held(&mut self, time: Duration) {
        if time >= self.backoff.stable {
            self.tried = 0;
        }
    }

    /// How many waits there were since the last stable connection.
    #[must_use]
    pub const fn tried(&self) -> u32 {
        self.tried
    }

    /// The wait before a connection that was asked for: none for the first one since the last stable
    /// connection, so that a server which asks again and again does not keep the client busy.
    pub(crate) fn planned(&mut self) -> Option<Duration> {
        let delay = self.next();
        if self.tried == 1 { delay.map(|_| Duration::ZERO) } else { delay }
    }
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let Backoff { first, most, attempts, .. } = self.backoff;
        if attempts.is_some_and(|attempts| self.tried >= attempts) {
            return None;
        }
        let ceiling = first.saturating_mul(1 << self.tried.min(31));
        self.tried = self.tried.saturating_add(1);
        Some(ceiling.min(most).min(LONGEST_WAIT).mul_f64(self.random.random_range(0.0..=1.0)))
    }
}

/// So that `Duration::MAX` is no overflow.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A server's `Retry-After` beyond it counts as this.
const LONGEST_HINT: Duration = Duration::from_secs(300);

/// What to do after a connection, or an attempt at one, has come to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// Try again, after this time and the backoff's.
    Retry(Duration),
    /// Try again with another credential only.
    NewCredential,
    GiveUp,
}

impl Course {
    pub(crate) const fn after_close(reason: &CloseReason) -> Self {
        match reason {
            CloseReason::Remote { code: 4401 | 4403, .. } => Self::NewCredential,
            CloseReason::Remote { code: 4406, .. }
            | CloseReason::Version(_)
            | CloseReason::Local
            | CloseReason::Application { .. }
            | CloseReason::GaveUp(_) => Self::GiveUp,
            _ => Self::Retry(Duration::ZERO),
        }
    }

    /// Whether a connection that held for long and ended so counts as stable. Not if the next one may well end in the
    /// same way, unless there is another build, or another load, by then.
    pub(crate) const fn begins_anew(reason: &CloseReason) -> bool {
        !matches!(reason.code(), 1002 | 1003 | 1008 | 1009 | 4410)
    }

    pub(crate) fn after_failure(error: &ConnectError) -> Self {
        match error {
            ConnectError::Refused { status: 401 | 403, .. } => Self::NewCredential,
            ConnectError::Refused { status: 404 | 408 | 425 | 429 | 500.., retry_after, .. } => {
                Self::Retry(retry_after.unwrap_or_default().min(LONGEST_HINT))
            }
            ConnectError::Unreachable { .. }
            | ConnectError::Timeout
            | ConnectError::Token(_)
            | ConnectError::Tls(_)
            | ConnectError::Handshake(_)
            | ConnectError::Other(_) => Self::Retry(Duration::ZERO),
            ConnectError::Closed(reason) => Self::after_close(reason),
            ConnectError::Refused { .. }
            | ConnectError::Registry(_)
            | ConnectError::Unregistered(_)
            | ConnectError::Url(_)
            | ConnectError::Header(_)
            | ConnectError::NoTls => Self::GiveUp,
        }
    }
}
