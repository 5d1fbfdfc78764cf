//! What becomes of a client's connections, as a stream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use packets_core::net::Recovered;
use packets_core::{CloseReason, SessionId};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::error::ConnectError;

/// What happened to a client's connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// An attempt at a connection begins.
    Connecting {
        /// Its number since the last stable connection, from 1.
        attempt: u32,
    },
    /// There is a connection.
    Connected {
        /// Its session.
        session: SessionId,
        /// Whether that is the last one, and what is lost of what was on its way.
        recovered: Recovered,
    },
    /// The server is about to close the connection, so that another one can take its place. Running calls may
    /// finish; those that begin now are rejected as [`GoingAway`](crate::RejectKind::GoingAway).
    Leaving,
    /// The attempt came to nothing.
    Failed(Arc<ConnectError>),
    /// The connection has ended.
    Disconnected(CloseReason),
    /// The next attempt begins after this time.
    ReconnectingIn(Duration),
    /// There will be no connection any more. It is the last event.
    GaveUp(CloseReason),
}

/// The events of a client from now on, in order. It ends with the client.
///
/// A reader that falls more than 64 events behind loses the oldest; [`lost`](Self::lost) counts them.
/// [`next`](Self::next) takes them one by one; it is a [`Stream`] for all that `futures` does with one.
#[must_use = "streams do nothing unless polled"]
pub struct Events {
    events: Pin<Box<dyn Stream<Item = Event> + Send + Sync>>,
    lost: Arc<AtomicU64>,
}

/// How many events wait for a slow reader.
pub(crate) const CAPACITY: usize = 64;

impl Events {
    /// Without a receiver, it is at its end.
    pub(crate) fn new(receiver: Option<broadcast::Receiver<Event>>) -> Self {
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

    /// The next event; none after the client's end. Dropping it loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.next().await
    }

    /// How many events were dropped because they were not read in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.events.poll_next_unpin(cx)
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").field("lost", &self.lost()).finish_non_exhaustive()
    }
}
