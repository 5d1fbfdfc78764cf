//! A seeded generator (SplitMix64).

use std::ops::Range;

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub(super) fn int(&mut self, range: Range<i64>) -> i64 {
        range.start + (self.bits() % range.start.abs_diff(range.end)) as i64
    }

    pub(super) fn float(&mut self, range: Range<f64>) -> f64 {
        let unit = (self.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        range.start + unit * (range.end - range.start)
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.float(0.0..1.0) < probability
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.int(0..choices.len() as i64) as usize]
    }

    pub(super) fn list<T>(&mut self, count: Range<i64>, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.int(count)).map(|_| item(self)).collect()
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.int(0..index as i64 + 1) as usize);
        }
    }

    pub(super) fn sometimes<T>(&mut self, probability: f64, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(probability).then(|| value(self))
    }
}
