//! The way of a received packet to its acceptors and streams, through layers and bundles if need be.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream;
use futures_util::{FutureExt, StreamExt};

use super::accept::{AcceptorTable, Answer, Answering, Reply};
use super::accepting::{Remains, Work};
use super::admission::Admission;
use super::call::now;
use super::lanes::Lanes;
use super::layer::{AnyLayer, Next};
use super::peer::Peer;
use super::slot::Appended;
use super::trace::{is_observed, observe};
use crate::adapt::Adaptation;
use crate::bundle::{BundleItem, BundleResponse};
use crate::codec::Reader;
use crate::error::DecodeError;
use crate::packet::Descriptor;
use crate::registry::PacketId;
use crate::reject::{Reject, RejectKind};
use crate::{Bundle, Schema, schema, value};

/// So many items of a bundle are accepted at a time. Those of a bundle in it are accepted one by one, so that
/// there are not more by nesting them.
const ITEMS_AT_A_TIME: usize = 16;

/// What one connection does with the packets it receives. Cheap to clone.
pub(super) struct Dispatcher<S> {
    acceptors: Arc<AcceptorTable<S>>,
    peer: Peer,
    from: S,
    bundle: Option<PacketId>,
    /// Absent if nothing is limited.
    admission: Option<Arc<Mutex<Admission>>>,
    lanes: Option<Arc<Lanes>>,
    /// Whether the packets' own limits are kept: a server's clients have to, its own packets need not.
    polices: bool,
    /// Whether nothing comes between packets and their acceptors, but maybe streams.
    is_direct: bool,
}

/// What became of a packet that was taken in.
pub(super) enum Begun {
    /// Nobody answers, and nobody asks.
    ByNobody,
    Done(Appended),
    Runs(Work),
}

impl<S: Clone> Clone for Dispatcher<S> {
    fn clone(&self) -> Self {
        Self {
            acceptors: self.acceptors.clone(),
            peer: self.peer.clone(),
            from: self.from.clone(),
            bundle: self.bundle,
            admission: self.admission.clone(),
            lanes: self.lanes.clone(),
            polices: self.polices,
            is_direct: self.is_direct,
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Dispatcher<S> {
    pub(super) fn new(acceptors: Arc<AcceptorTable<S>>, peer: Peer, from: S, is_server: bool) -> Self {
        let limits = &peer.shared.limits;
        let registry = peer.shared.agreement.registry();
        let bundle = registry.id_of::<Bundle>();
        let polices = is_server && registry.has_limits;
        let is_limited = polices || limits.packet_rate.is_some() || limits.byte_rate.is_some();
        let admission = is_limited.then(|| Arc::new(Mutex::new(Admission::new(limits, now()))));
        let lanes = registry.has_lanes.then(Arc::default);
        let is_direct =
            lanes.is_none() && acceptors.layers().is_empty() && !peer.shared.agreement.is_translated();
        Self { acceptors, peer, from, bundle, admission, lanes, polices, is_direct }
    }

    // ---- what is let in ----

    fn admission(&self) -> Option<MutexGuard<'_, Admission>> {
        self.admission.as_ref().map(|it| it.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether so much is sent that the connection has to be closed.
    pub(super) fn is_abused(&self) -> bool {
        self.admission().is_some_and(|admission| admission.is_abused())
    }

    /// Whether a packet keeps to the limits. It has no id if this end cannot read it.
    #[inline]
    pub(super) fn admit(&self, id: Option<PacketId>, size: usize) -> Result<(), RejectKind> {
        if self.admission.is_none() { Ok(()) } else { self.charge(id, size, size) }
    }

    fn charge(&self, id: Option<PacketId>, size: usize, bytes: usize) -> Result<(), RejectKind> {
        let Some(mut admission) = self.admission() else { return Ok(()) };
        let now = now();
        admission.charge(bytes, now)?;
        match id {
            Some(id) if self.polices => admission.charge_type(id, self.packet(id).policy(), size, now),
            _ => Ok(()),
        }
    }

    // ---- layers ----

    pub(super) fn layers(&self) -> &[Arc<dyn AnyLayer<S>>] {
        self.acceptors.layers()
    }

    /// What the connection's packets come through.
    pub(super) const fn from(&self) -> &S {
        &self.from
    }

    /// The same for packets that come through this.
    fn with(&self, from: S) -> Self {
        Self { from, ..self.clone() }
    }

    pub(super) fn packet(&self, id: PacketId) -> &Descriptor {
        self.peer.shared.agreement.registry().packet(id)
    }

    /// Takes a packet in, which comes through `from`, and lets its acceptor begin, with what remains of the
    /// last one.
    #[inline(always)]
    pub(super) fn begin(
        &self,
        from: S,
        id: PacketId,
        body: Bytes,
        reply: Reply,
        remains: &mut Remains<S>,
        cx: &mut Context<'_>,
    ) -> Begun {
        if self.is_direct
            && !self.peer.shared.streams.any()
            && !is_observed(&self.peer)
            && let Some(only) = self.acceptors.only(id)
        {
            let expose = self.acceptors.exposes_errors();
            return match only.accept_in(remains, &body, from, reply, expose, cx) {
                Poll::Ready(answer) => Begun::Done(answer),
                Poll::Pending => {
                    remains.slot.take().map_or(Begun::ByNobody, |slot| Begun::Runs(Work::InSlot(slot, reply)))
                }
            };
        }
        let Some(mut answering) = self.accept(from, id, body, reply) else { return Begun::ByNobody };
        match answering.poll_unpin(cx) {
            Poll::Ready(answer) => {
                Begun::Done(answer.map(|answer| remains.out.extend_from_slice(&answer)).map_err(Box::new))
            }
            Poll::Pending => Begun::Runs(Work::Boxed(answering)),
        }
    }

    /// Takes a packet in, which comes through `from`.
    pub(super) fn accept(&self, from: S, id: PacketId, body: Bytes, reply: Reply) -> Option<Answering> {
        Some(observe(self.adapt(from, id, body, reply)?, id, &self.peer, reply))
    }

    /// Sees to it that the packet is as this end has it.
    #[inline]
    fn adapt(&self, from: S, id: PacketId, body: Bytes, reply: Reply) -> Option<Answering> {
        match self.peer.shared.agreement.receiving(id) {
            None => self.pass(from, id, body, reply),
            Some(adaptation) => match adaptation.body.as_ref().map(|plan| plan.adapt(&body)) {
                None => self.pass_adapted(from, id, body, reply, adaptation),
                Some(Ok(body)) => self.pass_adapted(from, id, body.into(), reply, adaptation),
                Some(Err(error)) => Some(Box::pin(async { Err(error.into()) })),
            },
        }
    }

    /// Sees to it that the response is as the other end has it.
    fn pass_adapted(
        &self,
        from: S,
        id: PacketId,
        body: Bytes,
        reply: Reply,
        adaptation: &Arc<Adaptation>,
    ) -> Option<Answering> {
        if adaptation.response.is_none() || matches!(reply, Reply::Nothing | Reply::Item) {
            return self.pass(from, id, body, reply);
        }
        let answering = self.pass(from, id, body, Reply::Body)?;
        let adaptation = adaptation.clone();
        Some(Box::pin(async move {
            let response = answering.await?;
            match &adaptation.response {
                None => Ok(response),
                Some(plan) => reply.encoded(&plan.adapt(&response)?),
            }
        }))
    }

    /// Lets the layers have a packet, and everyone behind them.
    #[inline]
    fn pass(&self, from: S, id: PacketId, body: Bytes, reply: Reply) -> Option<Answering> {
        if self.layers().is_empty() {
            return self.deliver(from, id, body, reply);
        }
        let next = Next::new(self.with(from), id, body, reply);
        Some(Box::pin(async { next.run().await.map(|accepted| accepted.0) }))
    }

    // ---- acceptors and streams ----

    /// Lets everyone have the packet who wants it. Nothing is left to do if nobody answers, and nobody asks.
    #[inline]
    pub(super) fn deliver(&self, from: S, id: PacketId, body: Bytes, reply: Reply) -> Option<Answering> {
        let streamed = self.peer.shared.streams.offer(id, &body);
        if self.acceptors.accepts(id) {
            let answering = self.acceptors.accept(id, body, from, reply)?;
            return Some(self.in_lane(id, answering));
        }
        if Some(id) == self.bundle {
            return Some(self.unbundle(from, body, reply));
        }
        let packet = self.packet(id);
        match reply {
            Reply::Nothing | Reply::Item => {
                if !streamed {
                    self.peer.shared.drop_received(RejectKind::NotAccepted, &packet.name());
                }
                None
            }
            // A stream took it, and there is nothing to say but that it came.
            _ if streamed && packet.response().is_unit() => {
                let mut reader = Reader::over(&body);
                let body = value::decode(packet.ty(), &mut reader).and_then(|_| reader.finish());
                let answer = match body {
                    Ok(()) => reply.encode(&()).map_err(|_| Reject::new(RejectKind::Failed, "error")),
                    Err(error) => Err(Reject::new(RejectKind::Malformed, error.to_string())),
                };
                Some(Box::pin(async { answer }))
            }
            _ => {
                let reason = format!("nothing accepts `{}` here", packet.name());
                Some(Box::pin(async { Err(Reject::new(RejectKind::NotAccepted, reason)) }))
            }
        }
    }

    /// Whether a call goes on when nobody waits for its answer any more: a bundle, if one of its packets does.
    #[inline]
    pub(super) fn is_uncancelled(&self, id: PacketId, body: &Bytes) -> bool {
        self.acceptors.has_uncancelled() && self.holds_uncancelled(id, body, 0)
    }

    #[cold]
    fn holds_uncancelled(&self, id: PacketId, body: &Bytes, depth: usize) -> bool {
        if Some(id) != self.bundle || self.acceptors.accepts(id) {
            return self.acceptors.is_uncancelled(id);
        }
        let bundle = Bundle::decode(&mut Reader::over(body));
        depth < Bundle::MAX_LEVELS
            && bundle.is_ok_and(|bundle| {
                bundle.received().any(|item| {
                    let id = self.peer.shared.agreement.incoming(item.id.into());
                    id.is_ok_and(|id| self.holds_uncancelled(id, &item.body, depth + 1))
                })
            })
    }

    /// Lets the acceptor begin when those of its type before it are done, if the type says so.
    #[inline]
    fn in_lane(&self, id: PacketId, answering: Answering) -> Answering {
        let Some(lanes) = &self.lanes else { return answering };
        let Some(width) = self.packet(id).policy().concurrency else { return answering };
        let lane = lanes.lane(id, width);
        Box::pin(async move {
            let _place = lane.enter().await;
            answering.await
        })
    }

    // ---- bundles ----

    /// Accepts a bundle's items in order, each by itself: one that fails does not stop the others.
    fn unbundle(&self, from: S, body: Bytes, reply: Reply) -> Answering {
        let dispatcher = self.with(from);
        Box::pin(async move {
            let malformed = |error: DecodeError| Reject::new(RejectKind::Malformed, error.to_string());
            dispatcher.check_bundle(&body, &mut 0, 1).map_err(malformed)?;
            let bundle: Bundle = schema::decode_shared(&body).map_err(malformed)?;
            let (item_reply, at_a_time) = match reply {
                Reply::Nothing => (Reply::Item, ITEMS_AT_A_TIME),
                Reply::Frame(_) => (Reply::Body, ITEMS_AT_A_TIME),
                Reply::Item | Reply::Body => (reply, 1),
            };
            let items = stream::iter(bundle.into_received());
            let results = items.map(|item| dispatcher.accept_item(item, item_reply)).buffered(at_a_time);
            let response = BundleResponse::new(results.collect().await);
            reply.encode(&response).map_err(|error| Reject::new(RejectKind::Failed, error.to_string()))
        })
    }

    async fn accept_item(&self, item: BundleItem, reply: Reply) -> Answer {
        let id = self.peer.shared.agreement.incoming(item.id.into());
        // Its bytes are the bundle's, and were charged with that.
        let admitted = self.charge(id.as_ref().ok().copied(), item.body.len(), 0);
        let answer = match (admitted, id) {
            (Err(kind), _) => Err(Reject::new(kind, kind.to_string())),
            (Ok(()), Err(why)) => Err(why.reject()),
            (Ok(()), Ok(id)) => match self.accept(self.from.clone(), id, item.body, reply) {
                Some(answering) => answering.await,
                None => Ok(Bytes::new()),
            },
        };
        if let Err(reject) = &answer {
            match reply {
                Reply::Item => self.peer.shared.drop_received(reject.kind, &format_args!("item {}", item.id)),
                _ => self.peer.shared.figures.rejected(reject.kind),
            }
        }
        answer
    }

    /// Refuses, before any of it is accepted, a bundle that nests too deeply or holds too many packets.
    fn check_bundle(&self, body: &Bytes, packets: &mut usize, depth: usize) -> Result<(), DecodeError> {
        if depth > Bundle::MAX_LEVELS {
            return Err(DecodeError::TooDeep);
        }
        // One that is malformed will be refused by itself; it does not stop the others.
        let Ok(bundle) = Bundle::decode(&mut Reader::over(body)) else { return Ok(()) };
        for item in bundle.received() {
            *packets += 1;
            if *packets > Bundle::MAX_PACKETS {
                return Err(DecodeError::TooManyElements);
            }
            if self.peer.shared.agreement.incoming(item.id.into()).is_ok_and(|id| Some(id) == self.bundle) {
                self.check_bundle(&item.body, packets, depth + 1)?;
            }
        }
        Ok(())
    }
}
