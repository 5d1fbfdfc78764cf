//! Logging what a peer can cause, without letting it fill the log.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// At most one line in this time, of one kind and from one peer.
const INTERVAL: Duration = Duration::from_secs(1);

/// Lets a line of one kind pass now and then.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LogLimit {
    last: Option<Instant>,
}

impl LogLimit {
    /// Whether a line may be written now.
    pub(crate) fn passes(&mut self, now: Instant) -> bool {
        let passes = self.last.is_none_or(|last| now.saturating_duration_since(last) >= INTERVAL);
        if passes {
            self.last = Some(now);
        }
        passes
    }
}

/// The same for many tasks at once, by tokio's clock.
#[derive(Debug)]
pub struct SharedLogLimit(Mutex<LogLimit>);

#[expect(clippy::new_without_default, reason = "they are statics")]
impl SharedLogLimit {
    /// One that has let no line pass yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(LogLimit { last: None }))
    }

    /// Whether a line may be written now.
    pub fn passes(&self) -> bool {
        let now = tokio::time::Instant::now().into_std();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).passes(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_second_passes() {
        let (mut limit, start) = (LogLimit::default(), Instant::now());
        let passed = (0..10_000).filter(|millis| limit.passes(start + Duration::from_millis(*millis)));
        assert_eq!(passed.collect::<Vec<_>>(), (0..10).map(|second| second * 1_000).collect::<Vec<_>>());
    }
}
