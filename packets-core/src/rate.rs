//! How often something may happen.

use std::time::Duration;

/// So many a time span, and so many at once: what a limit allows one end of one connection.
///
/// It begins with the whole burst; what was used comes back evenly, at the rate. A steady sender is held to
/// the rate, one that was quiet for a while may send a burst.
///
/// ```
/// use packets_core::Rate;
/// let rate = Rate::per_second(20).burst(40);
/// assert_eq!(rate.to_string(), "20 per 1s, 40 at once");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    count: u32,
    per: Duration,
    burst: u32,
}

impl Rate {
    /// So many a second, and as many at once.
    #[must_use]
    pub const fn per_second(count: u32) -> Self {
        Self::new(count, 1)
    }

    /// So many a minute, and as many at once.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        Self::new(count, 60)
    }

    /// So many an hour, and as many at once.
    #[must_use]
    pub const fn per_hour(count: u32) -> Self {
        Self::new(count, 60 * 60)
    }

    const fn new(count: u32, seconds: u64) -> Self {
        Self { count, per: Duration::from_secs(seconds), burst: count }
    }

    /// So many at once, whether that is more than the rate or less.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// How many come back in the [time span](Self::span).
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The time span: a second, a minute or an hour.
    #[must_use]
    pub const fn span(&self) -> Duration {
        self.per
    }

    /// How many may come at once.
    #[must_use]
    pub const fn at_once(&self) -> u32 {
        self.burst
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} per {:?}, {} at once", self.count, self.per, self.burst)
    }
}
