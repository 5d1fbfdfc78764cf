//! Points in time that something has to happen by.

use std::time::{Duration, Instant};

/// As good as never, and still far from what a clock can say.
const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The point so long after another one. `Duration::MAX`, which means never, is no overflow.
pub(crate) fn after(now: Instant, time: Duration) -> Instant {
    now + time.min(NEVER)
}
