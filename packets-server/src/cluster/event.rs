//! What happens in a cluster, as a stream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast::{self, error::RecvError};

use super::node::NodeId;

/// What happened in the cluster, as one node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterEvent {
    /// There is another node, or one is back.
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
    /// The engine says that it reads nothing any more.
    Unsubscribed,
    /// Another one has its id, and started later.
    Restarted,
}

/// The events of a cluster from now on, in order. It ends with the server.
///
/// A reader that falls more than 256 events behind loses the oldest; [`lost`](Self::lost) counts them.
/// [`next`](Self::next) takes them one by one; it is a [`Stream`] for all that `futures` does with one.
#[must_use = "streams do nothing unless polled"]
pub struct ClusterEvents {
    events: Pin<Box<dyn Stream<Item = ClusterEvent> + Send + Sync>>,
    lost: Arc<AtomicU64>,
}

/// How many events wait for a slow reader.
pub(crate) const CAPACITY: usize = 256;

impl ClusterEvents {
    /// Without a receiver, it is at its end.
    pub(crate) fn new(receiver: Option<broadcast::Receiver<ClusterEvent>>) -> Self {
        let lost = Arc::<AtomicU64>::default();
        let Some(receiver) = receiver else { return Self { events: Box::pin(stream::empty()), lost } };
        let losses = lost.clone();
        let events = stream::unfold((receiver, losses), |(mut receiver, losses)| async move {
            loop {
                match receiver.recv().await {
                    Ok(event) => return Some((event, (receiver, losses))),
                    Err(RecvError::Lagged(count)) => losses.fetch_add(count, Ordering::Relaxed),
                    Err(RecvError::Closed) => return None,
                };
            }
        });
        Self { events: Box::pin(events), lost }
    }

    /// The next event; none after the server's end. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<ClusterEvent> {
        self.events.next().await
    }

    /// How many events were dropped because they were not read in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Stream for ClusterEvents {
    type Item = ClusterEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ClusterEvent>> {
        self.events.poll_next_unpin(cx)
    }
}

impl std::fmt::Debug for ClusterEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClusterEvents").field("lost", &self.lost()).finish_non_exhaustive()
    }
}
