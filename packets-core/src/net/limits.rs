//! The bounds of one connection.

use std::time::Duration;

use crate::overflow::Overflow;
use crate::rate::Rate;
use crate::session::SessionConfig;

/// What one connection may take, and what happens at each limit.
///
/// Start from [`server`](Self::server) or [`client`](Self::client) and change what has to differ:
///
/// ```
/// use std::time::Duration;
/// use packets_core::net::ConnectionLimits;
///
/// let limits = ConnectionLimits::server().max_message(1 << 20).call_timeout(Duration::from_secs(3));
/// assert_eq!(limits.heartbeat_interval, Duration::from_secs(25));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionLimits {
    /// The largest message taken in, in bytes. A larger one closes the connection with 1009; the other end
    /// is told the limit when it connects, and its `send` fails instead. Server 64 KiB, client 4 MiB.
    pub max_message: u32,
    /// The largest message sent, in bytes, if the other end takes that much. A larger one fails at `send`.
    /// Server 4 MiB, client 4 MiB.
    pub max_send: u32,
    /// How many calls of this end may wait for their answers. Beyond it `send` waits, up to its timeout.
    /// 256.
    pub calls: usize,
    /// How many acceptors may run for the other end's packets. Beyond it a call is rejected as
    /// [`Overloaded`](crate::RejectKind::Overloaded), and packets wait. A bundle counts as one, of whose
    /// packets 16 are accepted at a time. 256.
    pub acceptors: usize,
    /// How many packets may wait for an acceptor. Beyond it the newest is dropped, and
    /// [counted](super::Dropped). 256.
    pub inbox: usize,
    /// How many frames may wait to be written. Beyond it `send` waits, and `emit` does as
    /// [`overflow`](#structfield.overflow) says. 256.
    pub queue_frames: usize,
    /// How many bytes of frames may wait to be written, each counted with 64 more. Beyond it the same
    /// happens, and the acceptors wait. 1 MiB.
    pub queue_bytes: usize,
    /// How many received packets may wait in each stream of packets. Beyond it the oldest is dropped. 256.
    pub stream: usize,
    /// How long the other end may take from the connection to its greeting. Then it is closed with 4408.
    /// 10 s.
    pub handshake_timeout: Duration,
    /// How much silence of the other end there may be before it is sent a ping. 25 s.
    pub heartbeat_interval: Duration,
    /// How much silence of the other end there may be in all. Then it is closed with 4409. 45 s.
    pub heartbeat_timeout: Duration,
    /// How long the other end may send no message, though it answers pings. Then it is closed with 4410.
    /// `Duration::MAX`: for ever. A client that only listens is cut off, too.
    pub idle_timeout: Duration,
    /// How many pings and pongs the other end may send a second, and twice as many at once; at least 1.
    /// Beyond it, it is closed with 1008. 10.
    pub control_frames: u32,
    /// How long a message may take from its first bytes to its last. Then the other end is closed with 1008, as
    /// it is once fragments that complete no message take more than twice `max_message` and 64 KiB.
    /// Server 30 s, client 2 min.
    pub message_timeout: Duration,
    /// How long the other end may leave what it is sent unread. Then it is closed with 1008. 10 s.
    pub write_timeout: Duration,
    /// How long the other end may take to answer a close. Then the connection is dropped. 5 s.
    pub close_timeout: Duration,
    /// How long a `send` waits for its answer, unless it says otherwise. Then it fails with `Timeout`. 10 s.
    pub call_timeout: Duration,
    /// How long an acceptor may take for a call. Then the call is rejected as
    /// [`DeadlinePassed`](crate::RejectKind::DeadlinePassed) and the acceptor is dropped. 30 s.
    pub acceptor_timeout: Duration,
    /// How long an acceptor may take for a packet that asks for no answer, also when the connection has ended
    /// meanwhile. Then it is dropped, and the packet [counted](super::Dropped). Work without an end belongs
    /// into a task of its own. 5 min.
    pub packet_timeout: Duration,
    /// What happens to a packet that is emitted when the queue is full, unless its type says.
    /// [`RejectNewest`](Overflow::RejectNewest).
    pub overflow: Overflow,
    /// How many packets and calls are taken from the other end, of whatever type, those of bundles included.
    /// Beyond it a call is rejected as [`RateLimited`](crate::RejectKind::RateLimited), and a packet is
    /// dropped; when what is refused exceeds the same rate and four bursts itself, the connection is closed
    /// with 1008. Off.
    pub packet_rate: Option<Rate>,
    /// How many bytes of packets and calls are taken from the other end. Beyond it the same happens. The
    /// burst is at least [`max_message`](#structfield.max_message). Off.
    pub byte_rate: Option<Rate>,
}

macro_rules! setters {
    ($($name:ident: $ty:ty),* $(,)?) => {$(
        #[doc = concat!("Sets [`", stringify!($name), "`](#structfield.", stringify!($name), ").")]
        #[must_use]
        pub const fn $name(mut self, $name: $ty) -> Self {
            self.$name = $name;
            self
        }
    )*};
}

impl ConnectionLimits {
    /// The defaults of a server.
    #[must_use]
    pub const fn server() -> Self {
        Self {
            max_message: 64 << 10,
            max_send: 4 << 20,
            calls: 256,
            acceptors: 256,
            inbox: 256,
            queue_frames: 256,
            queue_bytes: 1 << 20,
            stream: 256,
            handshake_timeout: Duration::from_secs(10),
            heartbeat_interval: Duration::from_secs(25),
            heartbeat_timeout: Duration::from_secs(45),
            idle_timeout: Duration::MAX,
            control_frames: 10,
            message_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(10),
            acceptor_timeout: Duration::from_secs(30),
            packet_timeout: Duration::from_secs(5 * 60),
            overflow: Overflow::RejectNewest,
            packet_rate: None,
            byte_rate: None,
        }
    }

    /// The defaults of a client.
    #[must_use]
    pub const fn client() -> Self {
        Self::server().max_message(4 << 20).message_timeout(Duration::from_secs(120))
    }

    setters! {
        max_message: u32,
        max_send: u32,
        calls: usize,
        acceptors: usize,
        inbox: usize,
        queue_frames: usize,
        queue_bytes: usize,
        stream: usize,
        handshake_timeout: Duration,
        heartbeat_interval: Duration,
        heartbeat_timeout: Duration,
        idle_timeout: Duration,
        control_frames: u32,
        message_timeout: Duration,
        write_timeout: Duration,
        close_timeout: Duration,
        call_timeout: Duration,
        acceptor_timeout: Duration,
        packet_timeout: Duration,
        overflow: Overflow,
    }

    /// Sets [`packet_rate`](#structfield.packet_rate).
    #[must_use]
    pub const fn packet_rate(mut self, rate: Rate) -> Self {
        self.packet_rate = Some(rate);
        self
    }

    /// Sets [`byte_rate`](#structfield.byte_rate).
    #[must_use]
    pub const fn byte_rate(mut self, rate: Rate) -> Self {
        self.byte_rate = Some(rate);
        self
    }

    pub(crate) const fn session(&self) -> SessionConfig {
        SessionConfig {
            max_message: self.max_message,
            handshake_timeout: self.handshake_timeout,
            heartbeat_interval: self.heartbeat_interval,
            heartbeat_timeout: self.heartbeat_timeout,
            idle_timeout: self.idle_timeout,
            held_frames: self.inbox,
            held_bytes: self.queue_bytes,
        }
    }
}
