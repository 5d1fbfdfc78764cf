//! What of the other end's packets is let in, before anything of them is decoded.

use std::collections::HashMap;
use std::time::Instant;

use super::bucket::Bucket;
use super::limits::ConnectionLimits;
use crate::policy::Policy;
use crate::rate::Rate;
use crate::registry::PacketId;
use crate::reject::RejectKind;

/// Who goes on so far beyond a connection's rate is closed: by as much again, and so many bursts.
const PATIENCE: u32 = 4;

/// The use of one connection's rates. It is there only if something has a limit.
#[derive(Debug)]
pub(super) struct Admission {
    start: Instant,
    packets: Option<Allowance>,
    bytes: Option<Allowance>,
    /// Of the packet types that have a rate and were used.
    by_type: HashMap<PacketId, Bucket>,
    is_abused: bool,
}

/// A rate of the whole connection.
#[derive(Debug)]
struct Allowance {
    rate: Rate,
    used: Bucket,
    /// What came beyond it has a rate, too.
    refused: Bucket,
}

impl Allowance {
    fn new(rate: Rate) -> Self {
        Self { rate, used: Bucket::default(), refused: Bucket::default() }
    }
}

impl Admission {
    pub(super) fn new(limits: &ConnectionLimits, now: Instant) -> Self {
        // A rate that the largest message does not fit would never let it pass.
        let fits = |rate: Rate| rate.burst(rate.at_once().max(limits.max_message));
        Self {
            start: now,
            packets: limits.packet_rate.map(Allowance::new),
            bytes: limits.byte_rate.map(fits).map(Allowance::new),
            by_type: HashMap::new(),
            is_abused: false,
        }
    }

    /// Whether the connection's rates were exceeded so far that it has to be closed.
    pub(super) const fn is_abused(&self) -> bool {
        self.is_abused
    }

    /// Charges a packet, of whatever type, to the connection.
    pub(super) fn charge(&mut self, bytes: usize, now: Instant) -> Result<(), RejectKind> {
        let at = self.at(now);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        for (allowance, amount) in [(&mut self.packets, 1), (&mut self.bytes, bytes)] {
            let Some(Allowance { rate, used, refused }) = allowance else { continue };
            if !used.take(*rate, amount, at) {
                let patience = rate.burst(rate.at_once().saturating_mul(PATIENCE));
                self.is_abused |= !refused.take(patience, amount, at);
                return Err(RejectKind::RateLimited);
            }
        }
        Ok(())
    }

    /// Charges a packet to its type.
    pub(super) fn charge_type(
        &mut self,
        id: PacketId,
        policy: &Policy,
        size: usize,
        now: Instant,
    ) -> Result<(), RejectKind> {
        if policy.max_size.is_some_and(|most| size > most as usize) {
            return Err(RejectKind::TooLarge);
        }
        let at = self.at(now);
        match policy.rate {
            Some(rate) if !self.by_type.entry(id).or_default().take(rate, 1, at) => {
                Err(RejectKind::RateLimited)
            }
            _ => Ok(()),
        }
    }

    fn at(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.start).as_micros()).unwrap_or(u64::MAX)
    }
}
