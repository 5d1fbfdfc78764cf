//! What becomes of a client's connections, as a stream.

use std::sync::Arc;
use std::time::Duration;

use packets_core::net::{Feed, Recovered};
use packets_core::{CloseReason, SessionId};

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
    /// finish; those that begin now are rejected as [`GoingAway`](crate::RejectKind::GoingAway). A server that has
    /// nothing to finish closes the connection at once, without this.
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

/// The events of a client from now on, in order. It ends with the client. A reader that falls more than 64 events
/// behind loses the oldest.
pub type Events = Feed<Event>;

/// How many events wait for a slow reader.
pub(crate) const CAPACITY: usize = 64;
