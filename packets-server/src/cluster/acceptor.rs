//! What answers questions of nodes.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use packets_core::codec::Writer;
use packets_core::net::{Escaped, SharedLogLimit, UnregisteredPacket};
use packets_core::{AcceptError, IntoResponse, Packet, PacketId, Registry, Reject, RejectKind, schema};

use super::message::Reply;
use super::node::Node;

/// What answers one type of packets, whatever that is.
type Accept = dyn Fn(Bytes, Node, bool) -> Accepting + Send + Sync;

/// An acceptor of a packet that has this id in a registry, and this name.
type Unregistered = (fn(&Registry) -> Option<PacketId>, &'static str, Arc<Accept>);

/// The intercom acceptors of a server, to be collected before there is one.
#[derive(Default)]
pub(crate) struct IntercomAcceptors {
    acceptors: Vec<Unregistered>,
}

/// Intercom acceptors by the id of their packet.
pub(crate) struct IntercomTable {
    by_id: Vec<Vec<Arc<Accept>>>,
}

impl IntercomAcceptors {
    pub(crate) fn add<P, F, R>(&mut self, acceptor: F)
    where
        P: Packet,
        F: Fn(P, Node) -> R + Send + Sync + 'static,
        R: Future + Send + 'static,
        R::Output: IntoResponse<Option<P::Response>>,
    {
        let acceptor = Arc::new(acceptor);
        let accept = move |body: Bytes, node: Node, expose: bool| {
            let acceptor = acceptor.clone();
            let reply = async move { reply(&*acceptor, &body, node, expose).await };
            // A panic concerns this question alone.
            let reply = AssertUnwindSafe(reply).catch_unwind().map(|reply| {
                reply.unwrap_or_else(|_| {
                    if PANICS.passes() {
                        tracing::error!(packet = P::NAME, "an intercom acceptor panicked");
                    }
                    Reply::reject(&Reject::new(RejectKind::Panicked, "error"))
                })
            });
            Accepting::new(reply)
        };
        self.acceptors.push((Registry::id_of::<P>, P::NAME, Arc::new(accept)));
    }

    pub(crate) fn by_id(self, registry: &Registry) -> Result<IntercomTable, UnregisteredPacket> {
        let mut by_id: Vec<Vec<Arc<Accept>>> = Vec::new();
        by_id.resize_with(registry.len(), Vec::new);
        for (id, name, acceptor) in self.acceptors {
            let id = id(registry).ok_or(UnregisteredPacket(name))?;
            by_id[usize::from(id.number()) - 1].push(acceptor);
        }
        Ok(IntercomTable { by_id })
    }
}

impl IntercomTable {
    /// Asks the packet's acceptors, one after the other until one has something to say; nothing if there are none.
    pub(crate) fn accept(&self, id: PacketId, body: Bytes, node: Node, expose: bool) -> Option<Accepting> {
        match &*self.by_id[usize::from(id.number()) - 1] {
            [] => None,
            [only] => Some(only(body, node, expose)),
            several => {
                let several = several.to_vec();
                let reply = async move {
                    for acceptor in several {
                        let reply = acceptor(body.clone(), node.clone(), expose).await;
                        if reply != Reply::NotHere {
                            return reply;
                        }
                    }
                    Reply::NotHere
                };
                Some(Accepting::new(reply))
            }
        }
    }
}

/// An acceptor at work.
pub(crate) struct Accepting {
    /// There until it is dropped.
    reply: Option<BoxFuture<'static, Reply>>,
}

impl Accepting {
    pub(crate) fn new(reply: impl Future<Output = Reply> + Send + 'static) -> Self {
        Self { reply: Some(reply.boxed()) }
    }
}

impl Future for Accepting {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Reply> {
        match &mut self.reply {
            Some(reply) => reply.poll_unpin(cx),
            None => Poll::Pending,
        }
    }
}

/// An acceptor that nobody waits for any more drops what it holds. A panic of that, too, concerns this question alone.
impl Drop for Accepting {
    fn drop(&mut self) {
        let reply = self.reply.take();
        if catch_unwind(AssertUnwindSafe(|| drop(reply))).is_err() && PANICS.passes() {
            tracing::error!("an intercom acceptor panicked when it was dropped");
        }
    }
}

/// Of all acceptors. The program's panic hook has heard of each.
static PANICS: SharedLogLimit = SharedLogLimit::new();
static FAILURES: SharedLogLimit = SharedLogLimit::new();

async fn reply<P, F, R>(acceptor: &F, body: &Bytes, node: Node, expose: bool) -> Reply
where
    P: Packet,
    F: Fn(P, Node) -> R,
    R: Future,
    R::Output: IntoResponse<Option<P::Response>>,
{
    let packet: P = match schema::decode_shared(body) {
        Ok(packet) => packet,
        Err(error) => return Reply::reject(&Reject::new(RejectKind::Malformed, error.to_string())),
    };
    match acceptor(packet, node).await.into_response() {
        Ok(None) => Reply::NotHere,
        Ok(Some(response)) => match schema::encode(&response) {
            Ok(response) => Reply::Here(response.into()),
            Err(error) => {
                if FAILURES.passes() {
                    tracing::error!(packet = P::NAME, %error, "a response cannot be encoded");
                }
                Reply::reject(&Reject::new(RejectKind::Failed, "error"))
            }
        },
        Err(error) => {
            if let AcceptError::Failed(error) = &error
                && FAILURES.passes()
            {
                tracing::warn!(packet = P::NAME, error = %Escaped(error), "an intercom acceptor failed");
            }
            Reply::reject(&error.into_reject(expose))
        }
    }
}

impl Reply {
    pub(crate) fn reject(reject: &Reject) -> Self {
        Self::Rejected(Self::fields(reject))
    }

    /// The fields of a reject.
    pub(crate) fn fields(reject: &Reject) -> Bytes {
        let mut writer = Writer::with_capacity(64);
        reject.encode(&mut writer);
        // Its reason is cut, and its details are no longer than a message.
        writer.finish().unwrap_or_default().into()
    }
}
