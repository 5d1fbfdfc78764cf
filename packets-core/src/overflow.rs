//! What happens to a packet that finds the queue full.

/// What `emit` does with a packet when too many wait to be written, because the other end reads too slowly.
///
/// It is declared for a packet type, `#[packet(overflow = "keep-latest")]`, and for all others by
/// [`ConnectionLimits::overflow`](crate::net::ConnectionLimits::overflow). Packets that arrive do so in the
/// order in which they were sent, whatever is dropped between them. Only emitted packets are ever dropped,
/// and each by the policy of its own type: a chat message never goes because of a position. Calls and
/// answers stay. All drops are counted in [`Dropped`](crate::net::Dropped).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// `emit` fails with `Full`, and `ready().await` waits for room. For what must not be lost unnoticed.
    #[default]
    RejectNewest,
    /// The oldest packet in the queue whose type has this policy is dropped for the new one; if there is
    /// none, `emit` fails with `Full`. For events of which the newest matter most.
    DropOldest,
    /// The new packet replaces one of its type that still waits, whether the queue is full or not, and takes
    /// its place behind all others. So at most one waits. If the queue is full without one, `emit` fails
    /// with `Full`. For state of which the older is of no use once there is a newer.
    KeepLatest,
    /// The connection is closed with 1008, as a [slow consumer](crate::CloseReason). For streams that are of
    /// no use with a hole in them.
    Disconnect,
}
