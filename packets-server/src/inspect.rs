//! All there is on a server at a moment.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use packets_core::net::{Dropped, Load};
use packets_core::schema::Fingerprint;
use packets_core::{PacketId, Policy, SessionId};

use crate::cluster::NodeId;
use crate::server::Server;
use crate::socket::Socket;

/// All there is on a server at a moment: for a page for its operators, or a test.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// The clients that are connected, in no particular order.
    pub sockets: Vec<InspectedSocket>,
    /// The rooms they are in, in the order of their names.
    pub rooms: Vec<InspectedRoom>,
    /// The packets of the registry, in the order of their ids.
    pub packets: Vec<InspectedPacket>,
    /// How many clients have come and not greeted yet, on all listeners that have this server among theirs and
    /// by other HTTP servers.
    pub handshakes: usize,
    /// How many places for [`connections`](crate::AdmissionLimits::connections) are taken. Clients on their way
    /// have one as soon as their request is read; those that are connected in memory have none.
    pub places: usize,
    /// How many addresses are known, to count their connections; 0 if there is no limit for that.
    pub addresses: usize,
    /// Whether the server [shuts down](Server::shut_down).
    pub is_shutting_down: bool,
    /// The sessions that outlive their connections, if the server [resumes](crate::ServerBuilder::resume) them.
    pub sessions: Option<InspectedSessions>,
    /// The server as a node of its cluster, if it has an [engine](crate::ServerBuilder::engine).
    pub cluster: Option<InspectedCluster>,
}

/// The sessions that outlive their connections, since the server was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InspectedSessions {
    /// How many are without a connection just now. They are among the sockets.
    pub detached: usize,
    /// How many times one has lost its connection.
    pub lost: u64,
    /// How many times one went on by another connection.
    pub resumed: u64,
    /// How many ended without: none came in [time](crate::Resume::keep), there were [too many](crate::Resume::sessions)
    /// of them, or they were closed meanwhile.
    pub expired: u64,
}

/// A node.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InspectedCluster {
    /// The other nodes that are known just now, in no particular order.
    pub nodes: Vec<NodeId>,
    /// Whether what the node publishes [comes round](Server::is_engine_up).
    pub is_engine_up: bool,
    /// How many messages wait for the engine.
    pub waiting: usize,
    /// How many messages were refused so far, as they were not of this cluster: malformed, or without the right
    /// secret.
    pub refused: u64,
    /// How many packets of other nodes were dropped so far, as this one does not know them, or knows another
    /// schema.
    pub unreadable: u64,
}

/// One client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InspectedSocket {
    /// The socket's id.
    pub id: SessionId,
    /// The client's IP, as its [request](crate::Request::ip) has it.
    pub ip: Option<IpAddr>,
    /// For how long it has been connected.
    pub age: Duration,
    /// Whether there is a connection just now, and the client is not [about to come back](crate::Resume).
    pub is_connected: bool,
    /// The rooms it is in, in no particular order.
    pub rooms: Vec<Arc<str>>,
    /// What waits to be written to it.
    pub load: Load,
    /// How many calls to it wait for their answers.
    pub calls: usize,
    /// How many acceptors run for its packets.
    pub accepting: usize,
    /// How many packets from and to it were dropped.
    pub dropped: Dropped,
}

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InspectedRoom {
    /// Its name.
    pub name: Arc<str>,
    /// How many sockets are in it.
    pub members: usize,
}

/// A packet of the registry.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InspectedPacket {
    /// Its id.
    pub id: PacketId,
    /// Its name.
    pub name: String,
    /// Its schema as text.
    pub schema: String,
    /// Its response's schema as text.
    pub response: String,
    /// The hash of both.
    pub fingerprint: Fingerprint,
    /// Its limits: those of its attributes, and what the builder has set instead.
    pub policy: Policy,
    /// Whether it has an acceptor.
    pub is_accepted: bool,
}

impl Server {
    /// All there is at this moment. It takes a few microseconds a socket and holds up nobody meanwhile, so it may
    /// well be asked for every few seconds; what it says of different sockets is not of the very same instant.
    ///
    /// ```
    /// # fn example(server: packets_server::Server) {
    /// let inspection = server.inspect();
    /// let slow = inspection.sockets.iter().filter(|socket| socket.load.frames > 100).count();
    /// println!("{} sockets, {slow} of them slow", inspection.sockets.len());
    /// # }
    /// ```
    #[must_use]
    pub fn inspect(&self) -> Inspection {
        let sockets: Vec<_> = self.sockets().iter().map(InspectedSocket::of).collect();
        let (places, addresses) = self.admission().known();
        Inspection {
            rooms: rooms(&sockets),
            sockets,
            packets: self.packets(),
            handshakes: self.listeners().count() + self.handshakes().count(),
            places,
            addresses,
            is_shutting_down: self.shutdown().has_begun(),
            sessions: self.sessions().map(|sessions| sessions.inspect()),
            cluster: self.inspect_cluster(),
        }
    }

    fn packets(&self) -> Vec<InspectedPacket> {
        let packets = self.registry().iter().map(|(id, packet)| InspectedPacket {
            id,
            name: packet.name().to_owned(),
            schema: packet.ty().to_string(),
            response: packet.response().to_string(),
            fingerprint: packet.fingerprint(),
            policy: *packet.policy(),
            is_accepted: self.acceptors().accepts(id),
        });
        packets.collect()
    }
}

impl InspectedSocket {
    fn of(socket: &Socket) -> Self {
        Self {
            id: socket.id(),
            ip: socket.request().ip(),
            age: socket.age(),
            is_connected: socket.is_connected(),
            rooms: socket.rooms(),
            load: socket.load(),
            calls: socket.calls(),
            accepting: socket.accepting(),
            dropped: socket.dropped(),
        }
    }
}

/// Of the sockets' own lists, so that the table of rooms is not locked for it.
fn rooms(sockets: &[InspectedSocket]) -> Vec<InspectedRoom> {
    let mut members: HashMap<&Arc<str>, usize> = HashMap::new();
    for room in sockets.iter().flat_map(|socket| &socket.rooms) {
        *members.entry(room).or_default() += 1;
    }
    let rooms = members.into_iter().map(|(name, members)| InspectedRoom { name: name.clone(), members });
    let mut rooms: Vec<_> = rooms.collect();
    rooms.sort_by(|a, b| a.name.cmp(&b.name));
    rooms
}
