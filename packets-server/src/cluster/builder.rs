//! What a server is told of its cluster.

use std::future::Future;
use std::sync::Arc;

use packets_core::{Agreement, IntoResponse, Packet};
use tokio::runtime::Handle;
use tracing::Instrument;

use super::acceptor::IntercomAcceptors;
use super::driver::drive;
use super::link::{Belonging, Link, Remote};
use super::node::Node;
use super::settings::{Cluster, MAX_NAME};
use crate::builder::ServerBuilder;
use crate::engine::Engine;
use crate::error::BuildError;

/// The server as a node among others.
impl ServerBuilder {
    /// Answers questions of nodes, this one included: see [`Server::intercom`](crate::Server::intercom). `None`
    /// says that what is asked for is not here. Several acceptors of one packet are asked in turn, in the order
    /// they were added, until one has something to say.
    ///
    /// It may take as long as the asker waits, then it is dropped; so it is when the asker leaves, or has heard
    /// enough. Acceptors of other nodes' questions run in one task, so one that blocks its thread holds up the node,
    /// until the others take it for dead: what takes long goes to `tokio::task::spawn_blocking`.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use std::sync::Arc;
    /// # use packets_server::{Node, Packet, Server};
    /// #[derive(Packet)]
    /// #[packet(response = (f32, f32))]
    /// struct PositionRequest {
    ///     id: u32,
    /// }
    ///
    /// # let simulated: HashMap<u32, (f32, f32)> = HashMap::new();
    /// let simulated = Arc::new(simulated);
    /// let server = Server::builder().intercom(move |ask: PositionRequest, _: Node| {
    ///     let here = simulated.get(&ask.id).copied();
    ///     async move { here }
    /// });
    /// ```
    pub fn intercom<P, F, R>(mut self, acceptor: F) -> Self
    where
        P: Packet,
        F: Fn(P, Node) -> R + Send + Sync + 'static,
        R: Future + Send + 'static,
        R::Output: IntoResponse<Option<P::Response>>,
    {
        self.cluster.acceptors.add(acceptor);
        self
    }

    /// Makes the server a node of the cluster of all servers on this engine. By default, it is alone.
    pub fn engine(mut self, engine: impl Engine) -> Self {
        self.cluster.engine = Some(Arc::new(engine));
        self
    }

    /// How the server is a node of its cluster.
    pub fn cluster(mut self, cluster: Cluster) -> Self {
        self.cluster.settings = cluster;
        self
    }

    /// The server has no sockets and answers no questions: other nodes do not wait for it. It may still ask, and
    /// emit to rooms.
    pub fn emitter(mut self) -> Self {
        self.cluster.is_emitter = true;
        self
    }
}

/// What a server is told of its cluster, as it was given.
#[derive(Default)]
pub(crate) struct ClusterBuilder {
    acceptors: IntercomAcceptors,
    engine: Option<Arc<dyn Engine>>,
    settings: Cluster,
    is_emitter: bool,
}

impl ClusterBuilder {
    /// The link, and what is to run for it once it knows its server.
    pub(crate) fn build(
        self,
        agreement: Agreement,
        expose_errors: bool,
    ) -> Result<(Belonging, Option<Start>), BuildError> {
        let acceptors = self.acceptors.by_id(agreement.registry())?;
        let Some(engine) = self.engine else {
            let link = Link::new(agreement, acceptors, expose_errors, None);
            return Ok((Belonging(Arc::new(link)), None));
        };
        let size = self.settings.name.len();
        if size > MAX_NAME {
            return Err(BuildError::ClusterName { size });
        }
        if self.settings.secret.as_ref().is_some_and(Vec::is_empty) {
            return Err(BuildError::EmptySecret);
        }
        let runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let remote = Remote::new(self.settings, self.is_emitter, engine.max_message());
        let link = Arc::new(Link::new(agreement, acceptors, expose_errors, Some(remote)));
        let start = Start { link: link.clone(), engine, runtime };
        Ok((Belonging(link), Some(start)))
    }
}

/// A node that is about to become one.
#[must_use = "it is none until it is run"]
pub(crate) struct Start {
    link: Arc<Link>,
    engine: Arc<dyn Engine>,
    runtime: Handle,
}

impl Start {
    pub(crate) fn run(self) {
        let span = tracing::info_span!(parent: None, "node", id = %self.link.identity().id);
        self.runtime.spawn(drive(self.link, self.engine).instrument(span));
    }
}
