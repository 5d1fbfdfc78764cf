//! What servers, sockets and requests have to do with the cluster.

use std::future::Future;
use std::time::Duration;

use packets_core::net::{Handle, Outgoing};
use tokio::time::timeout;

use super::event::ClusterEvents;
use super::health::Health;
use super::intercom::Intercom;
use super::node::NodeId;
use crate::inspect::InspectedCluster;
use crate::request::Request;
use crate::server::Server;
use crate::socket::Socket;

/// How long the goodbye to other nodes may take.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(3);

/// The server as a node among others.
impl Server {
    /// Asks all nodes of the cluster, this one included, a packet, typed or dehydrated. See [`Intercom`].
    pub fn intercom<O: Outgoing>(&self, packet: O) -> Intercom<O> {
        Intercom::new(self.link().clone(), packet)
    }

    /// This node's id. It is drawn anew at each start, and whenever [another node](crate::ClusterEvent::Renamed)
    /// has the same.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.link().identity().id
    }

    /// The other nodes that are known just now, in no particular order: those that would be asked.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        self.link().remote().map_or_else(Vec::new, |remote| remote.membership().members().collect())
    }

    /// What happens in the cluster from now on.
    ///
    /// ```
    /// # use packets_server::{ClusterEvent, Server};
    /// # async fn example(server: Server) {
    /// let mut events = server.cluster_events();
    /// while let Some(event) = events.next().await {
    ///     if let ClusterEvent::Gap { node, from, to } = event {
    ///         println!("missed {from} to {to} of {node}: load anew");
    ///     }
    /// }
    /// # }
    /// ```
    pub fn cluster_events(&self) -> ClusterEvents {
        ClusterEvents::new(self.link().remote().and_then(|remote| remote.listen()))
    }

    /// Whether what this node publishes comes round; without an engine, no.
    #[must_use]
    pub fn is_engine_up(&self) -> bool {
        self.link().remote().is_some_and(|remote| *remote.health.borrow() == Health::Up)
    }

    /// Resolves once what this node publishes comes round. After its start, others have half a second until then to
    /// say that they are there: who asks before does not ask those that are not known yet. Without an engine, or
    /// after the server's end, it never resolves.
    pub fn engine_up(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut health = self.link().remote().map(|remote| remote.health.subscribe());
        async move {
            if let Some(health) = &mut health
                && health.wait_for(|health| *health == Health::Up).await.is_ok()
            {
                return;
            }
            std::future::pending().await
        }
    }

    pub(crate) fn inspect_cluster(&self) -> Option<InspectedCluster> {
        let remote = self.link().remote()?;
        Some(InspectedCluster {
            nodes: self.nodes(),
            is_engine_up: self.is_engine_up(),
            waiting: remote.outbox.len(),
            refused: remote.foreign(),
            unreadable: remote.unreadable(),
        })
    }

    /// Says goodbye to the other nodes.
    pub(crate) async fn leave_cluster(&self) {
        if let Some(remote) = self.link().remote() {
            remote.outbox.end();
            // The driver says why, if it takes longer.
            let _ = timeout(GOODBYE_TIMEOUT, remote.ended.subscribe().wait_for(|ended| *ended)).await;
        }
    }
}

impl Socket {
    /// Asks all nodes of the cluster, as [`Server::intercom`] does. For the socket of an acceptor, they have no more
    /// time than [is left](packets_core::net::Peer::time_left) of the call that is accepted.
    pub fn intercom<O: Outgoing>(&self, packet: O) -> Intercom<O> {
        Intercom::new(self.link().clone(), packet).within(self.term())
    }
}

impl Request {
    /// Asks all nodes of the cluster, as [`Server::intercom`] does: before there is a socket.
    ///
    /// ```
    /// # use packets_server::{Node, Packet, Refusal, Request, Server};
    /// #[derive(Packet)]
    /// #[packet(response = ())]
    /// struct IsBanned(String);
    ///
    /// let server = Server::builder().request(|request: Request| async move {
    ///     let name = request.parameter("name").unwrap_or_default().into_owned();
    ///     match request.intercom(IsBanned(name)).first().await? {
    ///         Some(()) => Err(Refusal::new(403, "banned")),
    ///         None => Ok(request),
    ///     }
    /// });
    /// ```
    pub fn intercom<O: Outgoing>(&self, packet: O) -> Intercom<O> {
        Intercom::new(self.link.clone(), packet)
    }
}
