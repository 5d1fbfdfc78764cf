//! What became of a packet that was emitted to several sockets.

use packets_core::net::SendError;

use crate::cluster::PublishError;

/// At how many sockets of this node a packet was queued, and at how many it was not. Queued is not received: only
/// an answer shows that a client has a packet. Those of other nodes are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// It waits to be written.
    pub queued: usize,
    /// Not queued, as too much waits to be written there already.
    pub full: usize,
    /// Not queued, as the packet is larger than what the client takes, or the server's `max_send`.
    pub too_large: usize,
    /// Not queued, as the connection has ended.
    pub ended: usize,
    /// Why the other nodes of the cluster are not told, if that is so. That they are told does not mean that the
    /// packet arrives: they [tell](crate::ClusterEvent::Gap) what they miss.
    pub unpublished: Option<PublishError>,
}

impl Delivery {
    pub(crate) fn count(&mut self, outcome: &Result<(), SendError>) {
        let counter = match outcome {
            Ok(()) => &mut self.queued,
            Err(SendError::Full) => &mut self.full,
            Err(SendError::TooLarge { .. }) => &mut self.too_large,
            Err(_) => &mut self.ended,
        };
        *counter += 1;
    }
}
