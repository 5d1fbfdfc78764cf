//! The frames of a session that the other end may not have received.

use std::collections::VecDeque;

use bytes::Bytes;

use super::resume::ResumeLimits;
use crate::close::CloseReason;
use crate::session::is_control;

/// The frames that were written and not acknowledged, to be written again on another transport. They are numbered
/// from 0; those of CONTROL are none of them. Beyond the limits the oldest go.
#[derive(Debug)]
pub(super) struct Retained {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// The number of the first of them, or of the next one if there are none.
    first: u64,
    /// The number of the one to be written next. Those behind it were written to another transport.
    next: u64,
    /// How many the other end has received, as it says.
    acknowledged: u64,
    /// Those before this one that are lost are known to be.
    told: u64,
    limits: ResumeLimits,
}

impl Retained {
    pub(super) const fn new(limits: ResumeLimits) -> Self {
        Self { frames: VecDeque::new(), bytes: 0, first: 0, next: 0, acknowledged: 0, told: 0, limits }
    }

    /// The number of the first frame that can still be sent.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// Whether the other end has received all.
    pub(super) fn is_settled(&self) -> bool {
        self.acknowledged == self.end()
    }

    fn end(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// Whether frames are to be written again, before all others.
    pub(super) fn is_behind(&self) -> bool {
        self.next < self.end()
    }

    /// The next frame to be written again.
    pub(super) fn again(&mut self) -> Option<Bytes> {
        let place = usize::try_from(self.next - self.first).ok()?;
        let frame = self.frames.get(place)?.clone();
        self.next += 1;
        Some(frame)
    }

    /// Keeps a frame that is being written, behind the others.
    pub(super) fn push(&mut self, frame: &Bytes) {
        if is_control(frame) {
            return;
        }
        self.bytes += frame.len();
        self.frames.push_back(frame.clone());
        while self.frames.len() > self.limits.frames || self.bytes > self.limits.bytes {
            self.pop();
        }
        self.next = self.end();
    }

    fn pop(&mut self) {
        if let Some(frame) = self.frames.pop_front() {
            self.bytes -= frame.len();
            self.first += 1;
        }
    }

    /// The other end has received so many.
    pub(super) fn acknowledge(&mut self, received: u64) -> Result<(), CloseReason> {
        if received > self.next {
            return Err(CloseReason::Protocol("frames are acknowledged that were not sent"));
        }
        self.acknowledged = self.acknowledged.max(received);
        while self.first < received {
            self.pop();
        }
        Ok(())
    }

    /// On another transport all is written again that the other end has not received. How many frames of those are
    /// there no more, without those that were counted before.
    pub(super) fn rewind(&mut self, received: u64) -> Result<u64, CloseReason> {
        self.next = self.end();
        self.acknowledge(received)?;
        self.next = self.first;
        let lost = self.first.saturating_sub(self.told.max(received));
        self.told = self.first;
        Ok(lost)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn retained(frames: usize, bytes: usize) -> Retained {
        Retained::new(ResumeLimits { keep: Duration::ZERO, frames, bytes })
    }

    fn frame(number: u8, size: usize) -> Bytes {
        // PACKET, by its low three bits.
        vec![number << 3; size].into()
    }

    fn again(retained: &mut Retained) -> Vec<u8> {
        std::iter::from_fn(|| retained.again()).map(|frame| frame[0] >> 3).collect()
    }

    #[test]
    fn what_was_not_received_is_written_again_in_order() {
        let mut retained = retained(10, 1_000);
        (0..5).for_each(|number| retained.push(&frame(number, 1)));
        assert!(!retained.is_behind());
        assert_eq!(retained.rewind(2), Ok(0));
        assert!(retained.is_behind());
        assert_eq!(retained.again().map(|frame| frame[0] >> 3), Some(2));
        // Cut off again.
        assert_eq!(retained.rewind(2), Ok(0));
        assert_eq!(again(&mut retained), [2, 3, 4]);
        retained.push(&frame(5, 1));
        assert_eq!(retained.acknowledge(6), Ok(()));
        assert!(retained.is_settled());
    }

    #[test]
    fn beyond_the_limits_the_oldest_go_and_are_counted() {
        let mut by_count = retained(3, 1_000);
        (0..10).for_each(|number| by_count.push(&frame(number, 1)));
        assert_eq!(by_count.rewind(2), Ok(5));
        assert_eq!(by_count.rewind(2), Ok(0), "it is known already");
        assert_eq!(again(&mut by_count), [7, 8, 9]);
        let mut by_bytes = retained(10, 100);
        (0..3).for_each(|number| by_bytes.push(&frame(number, 40)));
        assert_eq!((by_bytes.first(), by_bytes.rewind(0)), (1, Ok(1)));
        by_bytes.push(&frame(3, 101));
        assert!(!by_bytes.is_behind() && by_bytes.again().is_none());
        assert_eq!(by_bytes.rewind(3), Ok(1));
    }

    #[test]
    fn control_frames_are_no_part_of_a_session() {
        let mut retained = retained(3, 100);
        retained.push(&Bytes::from_static(&[5]));
        assert!(retained.is_settled());
    }

    #[test]
    fn nothing_is_acknowledged_that_was_not_sent() {
        let mut retained = retained(3, 100);
        retained.push(&frame(0, 1));
        assert!(retained.acknowledge(2).is_err());
        assert!(retained.rewind(2).is_err());
        assert_eq!(retained.rewind(0), Ok(0));
        assert!(retained.acknowledge(1).is_err(), "it is to be written again");
        retained.again();
        assert_eq!(retained.acknowledge(1), Ok(()));
    }
}
