//! What a server keeps of clients that lose their connection.

use std::time::Duration;

use packets_core::net::ResumeLimits;

/// What a server keeps of clients that lose their connection, so that they can go on where they were.
///
/// The client comes back to the same [`Socket`](crate::Socket): its rooms, its extensions and its running calls are
/// there, and both ends send again what the other has not received, in order. What came too late for that is told
/// by its number, as [`Recovered::Gap`](crate::Recovered). A client comes back by a secret token that it is given
/// with each connection, which counts once, and only as the same [user](crate::Request::identify).
///
/// A session is this server's alone. A client that comes back to another node of the
/// [cluster](crate::ServerBuilder::engine) is told that its session is [`Recovered::New`](crate::Recovered); so is one
/// after a restart. Where there are several nodes, a load balancer that sends a client to the node it was at makes its
/// sessions go on.
///
/// A connection is lost when it breaks off, falls silent, or takes nothing any more. One that is closed is not.
///
/// A session that never loses its connection pays about 330 instructions more for each frame, both ends together, and
/// takes 1.5 KiB of memory, beside the frames that are retained; a client that resumes nothing, 200 bytes and nothing more.
///
/// ```
/// use std::time::Duration;
/// use packets_server::{Resume, Server};
///
/// let resume = Resume::default().keep(Duration::from_secs(30)).frames(100);
/// let server = Server::builder().defaults_only().resume(resume).build()?;
/// # Ok::<(), packets_server::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resume {
    /// How long a session is kept without a connection. Then it ends, for the reason its connection was lost for.
    /// 2 min.
    pub keep: Duration,
    /// How many frames of a session are retained until the client acknowledges them, which it does after 64, after
    /// 16 KiB, or after a second. Beyond it the oldest go, which is a gap if they did not arrive. 1,024.
    pub frames: usize,
    /// How many bytes of them are retained. Beyond it the oldest go. So much is kept of answers to calls of
    /// idempotent packets, too. 100 KiB.
    pub bytes: usize,
    /// How many sessions may be without a connection. Beyond it the one ends that has been for longest. 10,000.
    pub sessions: usize,
}

impl Default for Resume {
    fn default() -> Self {
        Self { keep: Duration::from_secs(2 * 60), frames: 1_024, bytes: 100 << 10, sessions: 10_000 }
    }
}

impl Resume {
    /// Sets [`keep`](#structfield.keep).
    #[must_use]
    pub const fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

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

    /// Sets [`sessions`](#structfield.sessions).
    #[must_use]
    pub const fn sessions(mut self, sessions: usize) -> Self {
        self.sessions = sessions;
        self
    }

    pub(crate) const fn limits(&self) -> ResumeLimits {
        ResumeLimits { keep: self.keep, frames: self.frames, bytes: self.bytes }
    }
}
