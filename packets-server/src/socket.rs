//! The handle to one client.

use std::ops::Deref;
use std::sync::Arc;

use packets_core::SessionId;
use packets_core::net::Peer;

use crate::extensions::Extensions;
use crate::request::Request;

/// One client's connection, as acceptors and hooks see it. Cheap to clone.
///
/// It is a [`Peer`]: `send` asks the client and resolves to its response, `emit` asks nothing, `packets`
/// is a stream of what arrives, `close` ends the connection.
#[derive(Clone, Debug)]
pub struct Socket {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    peer: Peer,
    request: Request,
}

impl Socket {
    pub(crate) fn new(peer: Peer, request: Request) -> Self {
        Self { shared: Arc::new(Shared { peer, request }) }
    }

    /// The socket's id: the session's, which the client knows too.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.session()
    }

    /// The HTTP request by which the client asked for this socket.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.shared.request
    }

    /// What the application knows about the client, beginning with what was put into the request.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.shared.request.extensions
    }

    /// The value of a type among the [extensions](Self::extensions), such as the user.
    #[must_use]
    pub fn user<U: Send + Sync + 'static>(&self) -> Option<Arc<U>> {
        self.extensions().get()
    }
}

impl Deref for Socket {
    type Target = Peer;

    fn deref(&self) -> &Peer {
        &self.shared.peer
    }
}
