//! What a client keeps of its session, to go on with it.

use std::time::Duration;

use packets_core::net::ResumeLimits;

/// What a client keeps of what it has sent, so that its session can go on by another connection, if the server offers
/// it.
///
/// The session stays the same then: calls in flight go on, and both ends send again what the other has not received,
/// in order. What came too late for that is told by its number, as [`Recovered::Gap`](crate::Recovered). For how long
/// a session waits for a connection is the server's to say.
///
/// ```
/// use packets_client::{Client, Resume};
///
/// let builder = Client::builder().resume(Resume::default().frames(10_000).bytes(4 << 20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resume {
    /// How many frames are retained until the server acknowledges them, which it does after 64, after 16 KiB, or after
    /// a second. Beyond it the oldest go, which is a gap if they did not arrive. 1,024.
    pub frames: usize,
    /// How many bytes of them are retained. Beyond it the oldest go. So much is kept of answers to the server's calls of
    /// idempotent packets, too. 100 KiB.
    pub bytes: usize,
}

impl Default for Resume {
    fn default() -> Self {
        Self { frames: 1_024, bytes: 100 << 10 }
    }
}

impl Resume {
    /// Sets [`frames`](#structfield.frames).
    #[must_use]
    pub const fn frames(mut self, frames: usize) -> Self {
        self.frames = frames;
        self
    }

    /// Sets [`bytes`](#structfield.bytes).
    #[must_use]
    pub const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// For as long as the server says, in milliseconds.
    pub(crate) fn limits(&self, keep: u32) -> ResumeLimits {
        ResumeLimits { keep: Duration::from_millis(keep.into()), frames: self.frames, bytes: self.bytes }
    }
}
