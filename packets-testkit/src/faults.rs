//! What becomes of each frame.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// What becomes of each frame.
#[derive(Debug)]
pub(crate) struct Faults {
    pub(crate) random: SmallRng,
    pub(crate) delay: RangeInclusive<Duration>,
    pub(crate) breaks: BTreeSet<u64>,
    pub(crate) chance: f64,
    /// So many were sent so far.
    pub(crate) frames: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            random: seeded(0),
            delay: Duration::ZERO..=Duration::ZERO,
            breaks: BTreeSet::new(),
            chance: 0.0,
            frames: 0,
        }
    }
}

pub(crate) fn seeded(seed: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed)
}

impl Faults {
    /// Counts a frame; whether the connection breaks with it.
    pub(crate) fn breaks(&mut self) -> bool {
        self.frames += 1;
        // Both, so that the random numbers are the same whatever breaks.
        let by_chance = self.chance > 0.0 && self.random.random_bool(self.chance);
        self.breaks.remove(&self.frames) || by_chance
    }

    /// How long a message is on its way.
    pub(crate) fn delay(&mut self) -> Duration {
        if self.delay.start() >= self.delay.end() {
            return *self.delay.start();
        }
        self.random.random_range(self.delay.clone())
    }
}
