//! Acceptors of many types behind one interface, found by packet id.

use std::any::TypeId;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;

use super::accepting::Remains;
use super::layer::{AnyLayer, Layer, Layered};
use super::slot::{self, Appended, Responded};
use super::trace::Escaped;
use crate::AcceptError;
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
        self.encode(response).map_err(|error| *unencodable::<P>(&error))
    }

    /// Appends an acceptor's answer.
    #[inline]
    pub(super) fn put<P: Packet>(self, response: &P::Response, out: &mut Vec<u8>) -> Appended {
        let encoded = match self {
            Self::Nothing | Self::Item => return Ok(()),
            Self::Frame(call) => {
                frame::put_reply(std::mem::take(out), call, response.size(), |writer| response.encode(writer))
            }
            Self::Body => {
                return self.answer::<P>(response).map(|body| out.extend_from_slice(&body)).map_err(Box::new);
            }
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
        let own = Arc::new(Own { acceptor, log: SharedLogLimit::new() });
        self.acceptors.push((TypeId::of::<P>(), P::NAME, Arc::new(Typed { own, packet: PhantomData })));
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

    /// The packet's acceptor, if there is one alone.
    #[inline]
    pub(super) fn only(&self, id: PacketId) -> Option<&dyn Accept<S>> {
        match &*self.by_id[usize::from(id.number()) - 1] {
            [only] => Some(&**only),
            _ => None,
        }
    }

    #[inline]
    pub(super) const fn exposes_errors(&self) -> bool {
        self.expose_errors
    }

    /// Lets the packet's acceptors have it; nothing if there are none.
    #[inline]
    pub(super) fn accept(&self, id: PacketId, body: Bytes, from: S, reply: Reply) -> Option<Answering> {
        let expose = self.expose_errors;
        match &*self.by_id[usize::from(id.number()) - 1] {
            [] => None,
            [only] => Some(only.accept(body, from, reply, expose)),
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
pub(super) trait Accept<S>: Send + Sync {
    fn is_uncancelled(&self) -> bool;

    fn accept(&self, body: Bytes, from: S, reply: Reply, expose: bool) -> Answering;

    /// The same at once, with what remains of the last packet: the answer is appended to `out`, or the future stays in
    /// the slot.
    fn accept_in(
        &self,
        remains: &mut Remains<S>,
        body: &Bytes,
        from: S,
        reply: Reply,
        expose: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Appended>;
}

struct Typed<P, A> {
    own: Arc<Own<A>>,
    packet: PhantomData<fn() -> P>,
}

/// What futures share with their acceptor.
pub(super) struct Own<A> {
    acceptor: A,
    log: SharedLogLimit,
}

impl<P: Packet, S: Send + Sync + 'static, A: Acceptor<P, S>> Accept<S> for Typed<P, A> {
    fn is_uncancelled(&self) -> bool {
        A::UNCANCELLED
    }

    fn accept(&self, body: Bytes, from: S, reply: Reply, expose: bool) -> Answering {
        let own = self.own.clone();
        let answer = async move {
            let packet = decode::<P>(&body).map_err(|reject| *reject)?;
            let (response, _) = respond(own, packet, from, expose).await;
            reply.answer::<P>(&response.map_err(|reject| *reject)?)
        };
        let answer = AssertUnwindSafe(answer).catch_unwind();
        Box::pin(answer.map(|answer| answer.unwrap_or_else(|_| Err(*panicked::<P>()))))
    }

    fn accept_in(
        &self,
        remains: &mut Remains<S>,
        body: &Bytes,
        from: S,
        reply: Reply,
        expose: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Appended> {
        let future = |own| Ok(respond(own, decode(body)?, from, expose));
        let Remains { slot, out, .. } = remains;
        slot::begin::<P, _, _>(slot, &self.own, future, reply, out, cx)
    }
}

#[inline]
fn decode<P: Packet>(body: &Bytes) -> Result<P, Box<Reject>> {
    schema::decode_shared(body)
        .map_err(|error| Box::new(Reject::new(RejectKind::Malformed, error.to_string())))
}

/// The response, or why there is none, and what is needed for the next one.
#[inline]
#[expect(clippy::manual_async_fn, reason = "it would copy the packet once more")]
fn respond<P: Packet, S: Send + Sync + 'static, A: Acceptor<P, S>>(
    own: Arc<Own<A>>,
    packet: P,
    from: S,
    expose: bool,
) -> impl Future<Output = Responded<P, Own<A>>> + Send {
    async move {
        let response = match own.acceptor.validate(&packet, &from).await {
            Err(error) => Err(Box::new(error.into())),
            Ok(()) => match own.acceptor.respond_to(packet, from).await {
                Err(error) => Err(own.refuse::<P>(error, expose)),
                Ok(response) => Ok(response),
            },
        };
        (response, own)
    }
}

impl<A> Own<A> {
    #[cold]
    fn refuse<P: Packet>(&self, error: AcceptError, expose: bool) -> Box<Reject> {
        if let AcceptError::Failed(error) = &error
            && self.log.passes()
        {
            tracing::warn!(packet = P::NAME, error = %Escaped(error), "an acceptor failed");
        }
        Box::new(error.into_reject(expose))
    }
}

#[cold]
pub(super) fn panicked<P: Packet>() -> Box<Reject> {
    if PANICS.passes() {
        tracing::error!(packet = P::NAME, "an acceptor panicked");
    }
    Box::new(Reject::new(RejectKind::Panicked, "error"))
}

#[cold]
fn unencodable<P: Packet>(error: &EncodeError) -> Box<Reject> {
    if UNENCODABLE.passes() {
        tracing::error!(packet = P::NAME, %error, "a response cannot be encoded");
    }
    Box::new(Reject::new(RejectKind::Failed, "error"))
}

/// Of all responses.
static UNENCODABLE: SharedLogLimit = SharedLogLimit::new();

/// Of all acceptors. The program's panic hook has heard of each.
static PANICS: SharedLogLimit = SharedLogLimit::new();
