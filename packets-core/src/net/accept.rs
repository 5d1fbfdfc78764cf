//! Acceptors of many types behind one interface, found by packet id.

use std::any::TypeId;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;

use super::layer::{AnyLayer, Layer, Layered};
use super::slot::{self, Slot};
use super::trace::Escaped;
use crate::acceptor::Acceptor;
use crate::error::EncodeError;
use crate::frame::{self, CallId};
use crate::log_limit::SharedLogLimit;
use crate::packet::Packet;
use crate::policy::Policy;
use crate::registry::{PacketId, Registry};
use crate::reject::{Reject, RejectKind};
use crate::schema::{self, Schema};

/// What an acceptor made of a packet: the encoded answer (empty if none is wanted), or why there is none.
pub(super) type Answer = Result<Bytes, Reject>;

pub(super) type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// In which form the response is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    /// Not at all: the packet was emitted.
    Nothing,
    /// As the REPLY frame of a call.
    Frame(CallId),
    /// As a body, for an item of a bundle.
    Body,
    /// Not at all, by an item of a bundle.
    Item,
}

impl Reply {
    pub(super) fn encode<R: Schema>(self, response: &R) -> Result<Bytes, EncodeError> {
        match self {
            Self::Nothing | Self::Item => Ok(Bytes::new()),
            Self::Frame(call) => frame::reply(call, response.size(), |writer| response.encode(writer)),
            Self::Body => crate::schema::encode(response).map(Bytes::from),
        }
    }

    /// An acceptor's answer.
    fn answer<P: Packet>(self, response: &P::Response) -> Answer {
        self.encode(response).map_err(|error| unencodable::<P>(&error))
    }

    /// Appends an acceptor's answer.
    #[inline]
    pub(super) fn put<P: Packet>(self, response: &P::Response, out: &mut Vec<u8>) -> Result<(), Reject> {
        let encoded = match self {
            Self::Nothing | Self::Item => return Ok(()),
            Self::Frame(call) => {
                frame::put_reply(std::mem::take(out), call, response.size(), |writer| response.encode(writer))
            }
            Self::Body => return self.answer::<P>(response).map(|body| out.extend_from_slice(&body)),
        };
        *out = encoded.map_err(|error| unencodable::<P>(&error))?;
        Ok(())
    }

    /// An answer with the response that these bytes are.
    pub(super) fn encoded(self, response: &[u8]) -> Answer {
        let answer = match self {
            Self::Nothing | Self::Item => Ok(Bytes::new()),
            Self::Frame(call) => frame::reply(call, response.len(), |writer| writer.put(response)),
            Self::Body => Ok(Bytes::copy_from_slice(response)),
        };
        answer.map_err(|error| Reject::new(RejectKind::Failed, error.to_string()))
    }
}

/// The acceptors of one end, to be collected before connections are made.
pub struct Acceptors<S> {
    acceptors: Vec<(TypeId, &'static str, Arc<dyn Accept<S>>)>,
    layers: Vec<Arc<dyn AnyLayer<S>>>,
    policies: Vec<(TypeId, &'static str, Policy)>,
    expose_errors: bool,
}

impl<S> Default for Acceptors<S> {
    fn default() -> Self {
        Self { acceptors: Vec::new(), layers: Vec::new(), policies: Vec::new(), expose_errors: false }
    }
}

impl<S> std::fmt::Debug for Acceptors<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.acceptors.iter().map(|(_, name, _)| name)).finish()
    }
}

/// Why acceptors or policies do not fit a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` has an acceptor or a policy, but is not in the registry")]
pub struct UnregisteredPacket(pub &'static str);

impl<S: Clone + Send + Sync + 'static> Acceptors<S> {
    /// Adds an acceptor of `P`. Several may accept one packet: each has it in turn, in the order they were
    /// added, until one rejects it; the first one's response is the answer.
    pub fn add<P: Packet>(&mut self, acceptor: impl Acceptor<P, S>) {
        let acceptor = Arc::new(Typed { acceptor, log: SharedLogLimit::new(), packet: PhantomData });
        self.acceptors.push((TypeId::of::<P>(), P::NAME, acceptor));
    }

    /// Adds a layer around all acceptors, inside of those that were added before.
    pub fn layer(&mut self, layer: impl Layer<S>) {
        self.layers.push(Arc::new(Layered::new(layer)));
    }

    /// Sets limits for the packets of type `P`, before those that its attributes set.
    pub fn policy<P: Packet>(&mut self, policy: Policy) {
        self.policies.push((TypeId::of::<P>(), P::NAME, policy));
    }

    /// Whether the text of an acceptor's own errors reaches the sender. Off, it learns that there was one.
    pub fn expose_errors(&mut self, expose: bool) {
        self.expose_errors = expose;
    }

    /// The acceptors by packet id. The registry is told the policies.
    ///
    /// # Errors
    /// [`UnregisteredPacket`] if one is for a packet that the registry lacks.
    pub fn by_id(self, registry: &mut Registry) -> Result<AcceptorTable<S>, UnregisteredPacket> {
        for (type_id, name, policy) in self.policies {
            if !registry.set_policy(type_id, policy) {
                return Err(UnregisteredPacket(name));
            }
        }
        let mut by_id: Vec<Vec<Arc<dyn Accept<S>>>> = Vec::new();
        by_id.resize_with(registry.len(), Vec::new);
        for (type_id, name, acceptor) in self.acceptors {
            let id = registry.id_of_type(type_id).ok_or(UnregisteredPacket(name))?;
            by_id[usize::from(id.number()) - 1].push(acceptor);
        }
        let has_uncancelled = by_id.iter().flatten().any(|acceptor| acceptor.is_uncancelled());
        Ok(AcceptorTable { by_id, has_uncancelled, layers: self.layers, expose_errors: self.expose_errors })
    }
}

/// Acceptors by the id of their packet, shared by all connections of one end.
pub struct AcceptorTable<S> {
    by_id: Vec<Vec<Arc<dyn Accept<S>>>>,
    /// Whether any of them goes on without its caller.
    has_uncancelled: bool,
    layers: Vec<Arc<dyn AnyLayer<S>>>,
    expose_errors: bool,
}

impl<S> std::fmt::Debug for AcceptorTable<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AcceptorTable").field("packets", &self.by_id.len()).finish_non_exhaustive()
    }
}

impl<S: Clone + Send + Sync + 'static> AcceptorTable<S> {
    /// From the outside to the inside.
    #[inline]
    pub(super) fn layers(&self) -> &[Arc<dyn AnyLayer<S>>] {
        &self.layers
    }

    /// Whether anybody accepts packets of this id here.
    #[must_use]
    pub fn accepts(&self, id: PacketId) -> bool {
        !self.by_id[usize::from(id.number()) - 1].is_empty()
    }

    #[inline]
    pub(super) const fn has_uncancelled(&self) -> bool {
        self.has_uncancelled
    }

    /// Whether one of the packet's acceptors goes on without its caller, and with it the others.
    pub(super) fn is_uncancelled(&self, id: PacketId) -> bool {
        self.by_id[usize::from(id.number()) - 1].iter().any(|acceptor| acceptor.is_uncancelled())
    }

    /// Lets the packet's acceptor have it, if there is one alone, with this room for its future.
    #[inline]
    pub(super) fn accept_alone(
        &self,
        id: PacketId,
        body: Bytes,
        from: S,
        free: &mut Option<Box<dyn Slot>>,
    ) -> Result<Box<dyn Slot>, (Bytes, S)> {
        match &*self.by_id[usize::from(id.number()) - 1] {
            [only] => Ok(only.clone().accept_in(free.take(), body, from, self.expose_errors)),
            _ => Err((body, from)),
        }
    }

    /// Lets the packet's acceptors have it; nothing if there are none.
    #[inline]
    pub(super) fn accept(&self, id: PacketId, body: Bytes, from: S, reply: Reply) -> Option<Answering> {
        let expose = self.expose_errors;
        match &*self.by_id[usize::from(id.number()) - 1] {
            [] => None,
            [only] => Some(only.clone().accept(body, from, reply, expose)),
            several => {
                let several = several.to_vec();
                Some(Box::pin(async move {
                    let mut answer = Bytes::new();
                    for (place, acceptor) in several.into_iter().enumerate() {
                        let reply = if place == 0 { reply } else { Reply::Nothing };
                        let next = acceptor.accept(body.clone(), from.clone(), reply, expose).await?;
                        if place == 0 {
                            answer = next;
                        }
                    }
                    Ok(answer)
                }))
            }
        }
    }
}

/// An acceptor whose packet type is forgotten.
trait Accept<S>: Send + Sync {
    fn is_uncancelled(&self) -> bool;

    fn accept(self: Arc<Self>, body: Bytes, from: S, reply: Reply, expose: bool) -> Answering;

    /// The same, in this room if it fits.
    fn accept_in(
        self: Arc<Self>,
        free: Option<Box<dyn Slot>>,
        body: Bytes,
        from: S,
        expose: bool,
    ) -> Box<dyn Slot>;
}

struct Typed<P, A> {
    acceptor: A,
    log: SharedLogLimit,
    packet: PhantomData<fn() -> P>,
}

impl<P: Packet, S: Send + Sync + 'static, A: Acceptor<P, S>> Accept<S> for Typed<P, A> {
    fn is_uncancelled(&self) -> bool {
        A::UNCANCELLED
    }

    fn accept(self: Arc<Self>, body: Bytes, from: S, reply: Reply, expose: bool) -> Answering {
        let response = self.respond(body, from, expose);
        Box::pin(response.map(move |response| guard::<P, _>(|| reply.answer::<P>(&response?))))
    }

    fn accept_in(
        self: Arc<Self>,
        free: Option<Box<dyn Slot>>,
        body: Bytes,
        from: S,
        expose: bool,
    ) -> Box<dyn Slot> {
        slot::put::<P, _>(free, self.respond(body, from, expose))
    }
}

impl<P: Packet, A> Typed<P, A> {
    /// The response, or why there is none.
    #[inline]
    fn respond<S: Send + Sync + 'static>(
        self: Arc<Self>,
        body: Bytes,
        from: S,
        expose: bool,
    ) -> impl Future<Output = Result<P::Response, Reject>> + Send + use<P, A, S>
    where
        A: Acceptor<P, S>,
    {
        let response = async move {
            let packet: P = schema::decode_shared(&body)
                .map_err(|error| Reject::new(RejectKind::Malformed, error.to_string()))?;
            self.acceptor.validate(&packet, &from).await?;
            self.acceptor.respond_to(packet, from).await.map_err(|error| {
                if let crate::AcceptError::Failed(error) = &error
                    && self.log.passes()
                {
                    tracing::warn!(packet = P::NAME, error = %Escaped(error), "an acceptor failed");
                }
                error.into_reject(expose)
            })
        };
        AssertUnwindSafe(response)
            .catch_unwind()
            .map(|response| response.unwrap_or_else(|_| panicked::<P, _>()))
    }
}

/// Does what the application may panic in. A panic concerns this packet alone. What it may have left half done is the
/// acceptor's own state.
#[inline]
pub(super) fn guard<P: Packet, T>(work: impl FnOnce() -> Result<T, Reject>) -> Result<T, Reject> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| panicked::<P, _>())
}

#[cold]
fn panicked<P: Packet, T>() -> Result<T, Reject> {
    if PANICS.passes() {
        tracing::error!(packet = P::NAME, "an acceptor panicked");
    }
    Err(Reject::new(RejectKind::Panicked, "error"))
}

#[cold]
fn unencodable<P: Packet>(error: &EncodeError) -> Reject {
    if UNENCODABLE.passes() {
        tracing::error!(packet = P::NAME, %error, "a response cannot be encoded");
    }
    Reject::new(RejectKind::Failed, "error")
}

/// Of all responses.
static UNENCODABLE: SharedLogLimit = SharedLogLimit::new();

/// Of all acceptors. The program's panic hook has heard of each.
static PANICS: SharedLogLimit = SharedLogLimit::new();
