//! The packets every program knows beside its own and [`Bundle`](crate::Bundle).

use crate::packet::Descriptor;
use crate::{Bundle, Packet};

/// Asks the other end to start over: a page reloads, a native client renews its connection.
///
/// ```
/// use packets_core::{Refresh, schema};
/// assert_eq!(schema::encode(&Refresh)?, []);
/// # Ok::<(), packets_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Packet)]
#[packet(crate = crate, gather = false)]
pub struct Refresh;

/// Sends the other end elsewhere: a page to this location, a native client to this server.
///
/// ```
/// use packets_core::{Redirect, schema};
/// assert_eq!(schema::encode(&Redirect::to("/"))?, [1, b'/']);
/// # Ok::<(), packets_core::EncodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Packet)]
#[packet(crate = crate, gather = false)]
pub struct Redirect(pub String);

impl Redirect {
    /// A redirect to a location, absolute or relative.
    #[must_use]
    pub fn to(location: impl Into<String>) -> Self {
        Self(location.into())
    }
}

/// The default packets' descriptors, in no particular order.
pub(crate) fn descriptors() -> [Descriptor; 3] {
    [Descriptor::of::<Bundle>(), Descriptor::of::<Redirect>(), Descriptor::of::<Refresh>()]
}
