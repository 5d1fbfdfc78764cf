//! One server among several.

use std::cmp::Ordering;
use std::fmt::{Debug, Display, Formatter};

use crate::server::Server;

/// The id of a node: 16 random bytes, drawn anew at each start. It is no credential.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId([u8; 16]);

impl NodeId {
    /// Of the system's own randomness, as copies of a running machine draw the same numbers for a while.
    pub(crate) fn random() -> Self {
        let mut id = [0; 16];
        getrandom::fill(&mut id).unwrap_or_else(|_| id = rand::random());
        Self(id)
    }

    #[cfg(test)]
    pub(crate) const fn of(id: [u8; 16]) -> Self {
        Self(id)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    const fn number(self) -> u128 {
        u128::from_be_bytes(self.0)
    }
}

/// As their bytes are ordered. Nodes are looked up at every message, and numbers are compared faster.
impl Ord for NodeId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for NodeId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<[u8; 16]> for NodeId {
    fn from(id: [u8; 16]) -> Self {
        Self(id)
    }
}

impl Display for NodeId {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.number())
    }
}

impl Debug for NodeId {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "NodeId({self})")
    }
}

/// The node that is asked by intercom, as its acceptors see it.
#[derive(Clone, Debug)]
pub struct Node {
    server: Server,
    asker: NodeId,
}

impl Node {
    pub(crate) const fn new(server: Server, asker: NodeId) -> Self {
        Self { server, asker }
    }

    /// The server that is asked: its sockets, its rooms.
    #[must_use]
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// The node's own id.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.server.node_id()
    }

    /// Who asks. It may be this node itself.
    #[must_use]
    pub const fn asker(&self) -> NodeId {
        self.asker
    }
}
