//! The way of a received packet to its acceptors and streams, through bundles if need be.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;

use super::accept::{AcceptorTable, Answering, Reply};
use super::peer::Peer;
use crate::agreement::Incoming;
use crate::bundle::BundleResponse;
use crate::codec::Reader;
use crate::error::DecodeError;
use crate::registry::PacketId;
use crate::reject::{Reject, RejectKind};
use crate::{Bundle, Schema, value};

/// What one connection does with the packets it receives. Cheap to clone.
pub(super) struct Dispatcher<S> {
    acceptors: Arc<AcceptorTable<S>>,
    peer: Peer,
    from: S,
    bundle: Option<PacketId>,
}

impl<S: Clone> Clone for Dispatcher<S> {
    fn clone(&self) -> Self {
        Self {
            acceptors: self.acceptors.clone(),
            peer: self.peer.clone(),
            from: self.from.clone(),
            bundle: self.bundle,
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Dispatcher<S> {
    pub(super) fn new(acceptors: Arc<AcceptorTable<S>>, peer: Peer, from: S) -> Self {
        let bundle = peer.shared.agreement.registry().id_of::<Bundle>();
        Self { acceptors, peer, from, bundle }
    }

    /// Lets everyone have the packet who wants it. Nothing is left to do if nobody answers, and nobody asks.
    #[inline]
    pub(super) fn accept(&self, id: PacketId, body: &Bytes, reply: Reply) -> Option<Answering> {
        let streamed = self.peer.shared.streams.offer(id, body);
        if let Some(answering) = self.acceptors.accept(id, body, &self.from, reply) {
            return Some(answering);
        }
        if Some(id) == self.bundle {
            return Some(self.unbundle(body, reply));
        }
        let packet = self.peer.shared.agreement.registry().packet(id);
        match reply {
            Reply::Nothing => {
                if !streamed {
                    tracing::debug!(packet = packet.name(), "nothing accepts this packet");
                }
                None
            }
            // A stream took it, and there is nothing to say but that it came.
            _ if streamed && packet.response().is_unit() => {
                let mut reader = Reader::over(body);
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

    /// Accepts a bundle's items in order, each by itself: one that fails does not stop the others.
    fn unbundle(&self, body: &Bytes, reply: Reply) -> Answering {
        let dispatcher = self.clone();
        let body = body.clone();
        Box::pin(async move {
            let malformed = |error: DecodeError| Reject::new(RejectKind::Malformed, error.to_string());
            dispatcher.check_bundle(&body, &mut 0, 1).map_err(malformed)?;
            let mut reader = Reader::over(&body);
            let bundle = Bundle::decode(&mut reader).map_err(malformed)?;
            reader.finish().map_err(malformed)?;
            let item_reply = if matches!(reply, Reply::Nothing) { Reply::Nothing } else { Reply::Body };
            let items = bundle.received().map(|item| match dispatcher.incoming(item.id) {
                Ok(id) => dispatcher.accept(id, &item.body, item_reply),
                Err(reject) => Some(Box::pin(async { Err(reject) }) as Answering),
            });
            let results = join_all(items.map(|answering| async {
                match answering {
                    Some(answering) => answering.await,
                    None => Ok(Bytes::new()),
                }
            }));
            let response = BundleResponse::new(results.await);
            reply.encode(&response).map_err(|error| Reject::new(RejectKind::Failed, error.to_string()))
        })
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
            if self.incoming(item.id).is_ok_and(|id| Some(id) == self.bundle) {
                self.check_bundle(&item.body, packets, depth + 1)?;
            }
        }
        Ok(())
    }

    fn incoming(&self, id: u16) -> Result<PacketId, Reject> {
        match self.peer.shared.agreement.incoming(id.into()) {
            Incoming::Known(id) => Ok(id),
            Incoming::Unknown => {
                Err(Reject::new(RejectKind::UnknownPacket, format!("no packet has id {id}")))
            }
            Incoming::Incompatible(incompatible) => {
                Err(Reject::new(RejectKind::Incompatible, incompatible.mirrored().to_string()))
            }
        }
    }
}
