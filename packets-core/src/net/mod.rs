//! Connections: the transport, the driver of a connection, and the handles that servers and clients build
//! theirs on.

mod accept;
mod accepting;
mod adapted;
mod admission;
mod backlog;
mod bucket;
mod call;
mod connection;
mod dispatch;
mod driver;
mod dropped;
mod encoded;
mod feed;
#[cfg_attr(not(feature = "metrics"), path = "no_figures.rs")]
mod figures;
mod flush;
mod greeting;
mod head;
mod lanes;
mod layer;
mod limits;
mod line;
mod meter;
#[cfg(feature = "metrics")]
pub mod metrics;
mod outbound;
mod outbox;
mod outgoing;
mod pair;
mod peer;
mod queue;
mod ready;
mod recovery;
mod resume;
mod retained;
mod row;
mod send_error;
mod slot;
mod spare;
mod stream;
mod term;
mod trace;
mod transport;
mod websocket;
mod wire;

pub use self::accept::{AcceptorTable, Acceptors, UnregisteredPacket};
pub use self::backlog::Load;
pub use self::call::Call;
pub use self::connection::Connection;
pub use self::dropped::Dropped;
#[doc(hidden)]
pub use self::encoded::{Encoded, Raw};
pub use self::feed::Feed;
#[doc(hidden)]
pub use self::figures::Figures;
#[doc(hidden)]
pub use self::flush::Flush;
pub use self::greeting::{Greeted, greet_client, greet_server};
pub use self::layer::{Accepted, Inbound, Layer, Next};
pub use self::limits::ConnectionLimits;
#[doc(hidden)]
pub use self::outbound::{Observer, Observers, Sizes, Watched};
pub use self::outbound::{Outbound, Outcome};
pub use self::outgoing::Outgoing;
pub use self::pair::{Pair, pair};
pub use self::peer::{Closed, Peer};
pub use self::ready::Ready;
pub use self::resume::{Change, Mooring, Recovered, ResumeLimits};
pub use self::send_error::SendError;
pub use self::stream::{Packets, Streams};
pub use self::term::{Handle, Term};
#[doc(hidden)]
pub use self::trace::Escaped;
pub use self::transport::{Message, Transport, TransportError};
pub use self::websocket::WebSocket;
pub use self::wire::Wire;
#[doc(hidden)]
pub use crate::log_limit::SharedLogLimit;
