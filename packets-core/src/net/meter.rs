//! Bounds what arrives on a WebSocket without being a message.

use std::time::{Duration, Instant};

use super::call::now;
use super::limits::ConnectionLimits;
use crate::deadline::after;

/// Who sends bytes but no messages.
///
/// A WebSocket shows complete messages and control frames only. Fragments of nothing or of one byte, and
/// messages that never end, pass below. What arrives is not parsed for that, but counted: bytes since
/// the last message was complete, and for how long they have come. So it costs next to nothing.
#[derive(Debug)]
pub(super) struct Meter {
    /// How many bytes have come since the last message, but for those of control frames.
    unfinished: usize,
    /// Beyond it they become no message any more.
    most: usize,
    /// Since when they have come, if there were several reads of them.
    since: Option<Instant>,
    message_timeout: Duration,
    /// Which of the control frames that were allowed is the last, if they came evenly spaced.
    paced: Instant,
    /// How far apart control frames may be in the long run.
    pace: Duration,
    excess: Option<&'static str>,
}

/// How many bytes a message may take beyond twice its largest size: for the HTTP request, small limits, and
/// what was read together with the message before.
const SLACK: usize = 64 << 10;

/// The head of a control frame, with its mask.
const CONTROL_HEAD: usize = 6;

/// So many control frames may come at once, as parts of a second's.
const BURST: u32 = 2;

impl Meter {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            unfinished: 0,
            most: (limits.max_message as usize).saturating_mul(2).saturating_add(SLACK),
            since: None,
            message_timeout: limits.message_timeout,
            paced: now(),
            pace: Duration::from_secs(1) / limits.control_frames.max(1),
            excess: None,
        }
    }

    /// What there was too much of, if so. Nothing is read any more then.
    #[inline]
    pub(super) const fn excess(&self) -> Option<&'static str> {
        self.excess
    }

    /// So many bytes were read.
    pub(super) fn count(&mut self, bytes: usize) {
        if self.unfinished > 0 {
            let now = now();
            if now >= after(*self.since.get_or_insert(now), self.message_timeout) {
                self.excess = Some("a message takes too long");
            }
        }
        self.unfinished += bytes;
        if self.unfinished > self.most {
            self.excess = Some("too many fragments without a message");
        }
    }

    /// A message is complete. So many bytes of what comes behind it were read.
    #[inline]
    pub(super) const fn message(&mut self, ahead: usize) {
        self.unfinished = ahead;
        self.since = None;
    }

    /// A ping or pong arrived, of so many bytes.
    pub(super) fn control(&mut self, content: usize) {
        // It may come in the middle of a message, which it is no part of.
        self.unfinished = self.unfinished.saturating_sub(CONTROL_HEAD + content);
        let now = now();
        self.paced = after(self.paced.max(now), self.pace);
        if self.paced > after(now, Duration::from_secs(BURST.into())) {
            self.excess = Some("too many control frames");
        }
    }
}
