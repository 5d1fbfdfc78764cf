//! How a rate is kept to.

use crate::rate::Rate;

/// What one rate has let pass lately. In whole numbers, so nothing is lost or won by rounding: one use costs
/// as many units as the rate's time span has microseconds, and a microsecond brings back as many as the
/// rate's count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    used: u64,
    /// The microsecond of the last use.
    at: u64,
}

impl Bucket {
    /// Takes so much at a microsecond that is not before the last one; false, and nothing taken, if that is
    /// more than there is.
    pub(super) fn take(&mut self, rate: Rate, amount: u32, at: u64) -> bool {
        let unit = u64::try_from(rate.span().as_micros()).unwrap_or(u64::MAX);
        let back = at.saturating_sub(self.at).saturating_mul(rate.count().into());
        self.used = self.used.saturating_sub(back);
        self.at = self.at.max(at);
        let used = self.used.saturating_add(unit.saturating_mul(amount.into()));
        let fits = used <= unit.saturating_mul(rate.at_once().into());
        if fits {
            self.used = used;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of those that come each so many microseconds pass in a time.
    fn passed(rate: Rate, every: u64, seconds: u64) -> usize {
        let mut bucket = Bucket::default();
        (0..seconds * 1_000_000 / every).filter(|count| bucket.take(rate, 1, count * every)).count()
    }

    #[test]
    fn the_burst_passes_at_once_and_then_the_rate() {
        let rate = Rate::per_second(20).burst(40);
        assert_eq!(passed(rate, 1_000, 1), 40 + 19);
        assert_eq!(passed(rate, 50_000, 100), 2_000, "who keeps to the rate loses none");
    }

    #[test]
    fn nothing_is_lost_or_won_in_the_long_run() {
        // None of these divides its time span.
        for rate in [Rate::per_second(7), Rate::per_minute(7), Rate::per_hour(7_001)] {
            let hours = passed(rate, 9_999, 3 * 3_600);
            let span = rate.span().as_secs();
            let most = u64::from(rate.count()) * 3 * 3_600 / span + u64::from(rate.at_once());
            assert!((most - 2..=most).contains(&(hours as u64)), "{hours} of {most} by {rate}");
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let rate = Rate::per_hour(u32::MAX).burst(u32::MAX);
        let mut bucket = Bucket::default();
        assert!(bucket.take(rate, u32::MAX, 0));
        assert!(!bucket.take(rate, u32::MAX, 1));
        assert!(bucket.take(rate, u32::MAX, u64::MAX));
    }
}
