//! What happens in a cluster, as a stream.

use packets_core::net::Feed;

use super::node::NodeId;

/// What happened in the cluster, as one node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterEvent {
    /// There is another node, or one is back. What a new one has told before is not known here, and is no
    /// [gap](Self::Gap).
    Joined(NodeId),
    /// A node belongs to the cluster no more.
    Left {
        /// The node.
        node: NodeId,
        /// How that is known.
        departure: Departure,
    },
    /// Some of what a node told all others did not come here. What was in it is not known: who keeps something
    /// up to date by packets of others loads it anew.
    Gap {
        /// The node.
        node: NodeId,
        /// The number of the first message that was missed.
        from: u64,
        /// That of the last one.
        to: u64,
    },
    /// What this node publishes comes round again, for the first time or after a while.
    EngineUp,
    /// Nothing has come round for a while. Sockets of this node are served as before.
    EngineDown,
    /// Another node has this one's id, as copies of a machine may. This one has drawn another.
    Renamed {
        /// What it was called.
        from: NodeId,
        /// What it is called now.
        to: NodeId,
    },
}

/// How it is known that a node has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Departure {
    /// It has said goodbye.
    Goodbye,
    /// It was silent for too long.
    Silent,
    /// The engine says that it reads nothing any more. [`Local`](crate::Local) does; brokers do not know.
    Unsubscribed,
    /// Another one has its id, and started later.
    Restarted,
}

/// The events of a cluster from now on, in order. It ends with the server. A reader that falls more than 256
/// events behind loses the oldest.
pub type ClusterEvents = Feed<ClusterEvent>;

/// How many events wait for a slow reader.
pub(crate) const CAPACITY: usize = 256;
