//! What a packet type says about its traffic.

use crate::overflow::Overflow;
use crate::rate::Rate;

/// The limits of one packet type, by its attributes or by what a server's builder says instead. What is not
/// set has no limit of its own.
///
/// ```
/// use packets_core::{Overflow, Packet, Rate};
///
/// #[derive(Packet)]
/// #[packet(rate = "20/s", burst = 40, max_size = "4KiB", overflow = "keep-latest")]
/// struct Move {
///     x: f32,
///     y: f32,
/// }
///
/// assert_eq!(Move::POLICY.rate, Some(Rate::per_second(20).burst(40)));
/// assert_eq!(Move::POLICY.max_size, Some(4_096));
/// assert_eq!(Move::POLICY.overflow, Some(Overflow::KeepLatest));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// What happens to one that is emitted when the queue is full, on either end. Otherwise what
    /// [`ConnectionLimits::overflow`](crate::net::ConnectionLimits::overflow) says.
    pub overflow: Option<Overflow>,
    /// How many a server takes from one client. Beyond it a call is rejected as
    /// [`RateLimited`](crate::RejectKind::RateLimited), and a packet dropped.
    pub rate: Option<Rate>,
    /// How many bytes a server takes in one body. Beyond it a call is rejected as
    /// [`TooLarge`](crate::RejectKind::TooLarge), and a packet dropped.
    pub max_size: Option<u32>,
    /// How many of one connection are accepted at a time; others wait for these, in the order they came. With
    /// 1 each is accepted once the one before it is done.
    pub concurrency: Option<usize>,
}

impl Policy {
    /// No limits.
    #[must_use]
    pub const fn new() -> Self {
        Self { overflow: None, rate: None, max_size: None, concurrency: None }
    }

    /// Sets [`overflow`](#structfield.overflow).
    #[must_use]
    pub const fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = Some(overflow);
        self
    }

    /// Sets [`rate`](#structfield.rate).
    #[must_use]
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Sets [`max_size`](#structfield.max_size).
    #[must_use]
    pub const fn max_size(mut self, max_size: u32) -> Self {
        self.max_size = Some(max_size);
        self
    }

    /// Sets [`concurrency`](#structfield.concurrency).
    #[must_use]
    pub const fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = Some(concurrency);
        self
    }

    #[cfg(feature = "net")]
    pub(crate) const fn has_limits(&self) -> bool {
        self.rate.is_some() || self.max_size.is_some()
    }

    #[cfg(feature = "net")]
    pub(crate) const fn has_lanes(&self) -> bool {
        self.concurrency.is_some()
    }

    /// The same, but for what `other` sets.
    pub(crate) fn overridden_by(self, other: Self) -> Self {
        Self {
            overflow: other.overflow.or(self.overflow),
            rate: other.rate.or(self.rate),
            max_size: other.max_size.or(self.max_size),
            concurrency: other.concurrency.or(self.concurrency),
        }
    }
}
