//! The handle to one client.

use std::ops::Deref;

use packets_core::SessionId;
use packets_core::net::Peer;

/// One client's connection, as acceptors and hooks see it. Cheap to clone.
///
/// It is a [`Peer`]: `send` asks the client and resolves to its response, `emit` asks nothing, `packets`
/// is a stream of what arrives, `close` ends the connection.
#[derive(Clone, Debug)]
pub struct Socket {
    peer: Peer,
}

impl Socket {
    pub(crate) const fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// The socket's id: the session's, which the client knows too.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.peer.session()
    }
}

impl Deref for Socket {
    type Target = Peer;

    fn deref(&self) -> &Peer {
        &self.peer
    }
}
