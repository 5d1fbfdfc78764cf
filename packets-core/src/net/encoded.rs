//! A packet that is encoded once, to be sent to many.

use std::marker::PhantomData;

use bytes::Bytes;

use super::outgoing::{self, Outgoing};
use super::send_error::SendError;
use crate::agreement::Agreement;
use crate::codec::Writer;
use crate::frame;
use crate::registry::{PacketId, Registry};

/// A packet of type `O` as bytes, shared by all it is sent to: the peers of one [`Agreement`].
pub struct Encoded<O> {
    id: PacketId,
    /// With the head of a packet that asks for no answer; calls have the body behind a head of their own.
    frame: Bytes,
    head: usize,
    packet: PhantomData<fn() -> O>,
}

impl<O: Outgoing> Encoded<O> {
    /// Encodes the packet.
    ///
    /// # Errors
    /// [`SendError`] if it can be sent to none of them.
    pub fn new(packet: &O, agreement: &Agreement) -> Result<Self, SendError> {
        let id = packet.id(agreement)?;
        let wire = outgoing::wire_id(id, agreement)?;
        let (frame, _) =
            outgoing::encode(packet, id, agreement, |size, body| frame::packet(wire, size, body))?;
        Ok(Self { id, frame, head: frame::packet_head(wire), packet: PhantomData })
    }
}

impl<O> Encoded<O> {
    /// The packet's id in the registry it was encoded by.
    #[must_use]
    pub fn packet(&self) -> PacketId {
        self.id
    }

    /// The packet alone, as it is passed on to those who are connected elsewhere.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.frame.slice(self.head..)
    }
}

/// A packet of whatever type, whose answers stay bytes.
#[derive(Debug)]
pub enum Raw {}

impl Encoded<Raw> {
    /// A packet whose body another end has encoded, by the same schema.
    ///
    /// # Errors
    /// [`SendError`] if it can be sent to none.
    pub fn of_body(id: PacketId, body: &[u8], agreement: &Agreement) -> Result<Self, SendError> {
        let wire = outgoing::wire_id(id, agreement)?;
        let frame = frame::packet(wire, body.len(), |writer| writer.put(body));
        let cannot =
            |error| SendError::Encode { packet: agreement.registry().packet(id).name().into(), error };
        Ok(Self { id, frame: frame.map_err(cannot)?, head: frame::packet_head(wire), packet: PhantomData })
    }
}

/// There is none of it but [encoded](Encoded).
impl Outgoing for Raw {
    type Response = Bytes;

    fn id(&self, _: &Agreement) -> Result<PacketId, SendError> {
        match *self {}
    }

    fn is_idempotent(&self, _: &Registry) -> bool {
        match *self {}
    }

    fn size(&self) -> usize {
        match *self {}
    }

    fn encode(&self, _: PacketId, _: &Agreement, _: &mut Writer) -> Result<(), SendError> {
        match *self {}
    }

    fn response(_: PacketId, _: &Agreement, body: &Bytes) -> Result<Bytes, SendError> {
        Ok(body.clone())
    }
}

impl<O> Encoded<O> {
    /// The packet's id, and its frame.
    pub(super) const fn whole(&self) -> (PacketId, &Bytes) {
        (self.id, &self.frame)
    }
}

impl<O: Outgoing> Outgoing for Encoded<O> {
    type Response = O::Response;

    fn id(&self, _: &Agreement) -> Result<PacketId, SendError> {
        Ok(self.id)
    }

    /// It belongs to connections that it was encoded for.
    fn is_idempotent(&self, _: &Registry) -> bool {
        false
    }

    fn size(&self) -> usize {
        self.frame.len() - self.head
    }

    fn encode(&self, _: PacketId, _: &Agreement, writer: &mut Writer) -> Result<(), SendError> {
        writer.put(&self.frame[self.head..]);
        Ok(())
    }

    fn frame(&self) -> Option<&Bytes> {
        Some(&self.frame)
    }

    fn response(id: PacketId, agreement: &Agreement, body: &Bytes) -> Result<O::Response, SendError> {
        O::response(id, agreement, body)
    }
}

impl<O> Clone for Encoded<O> {
    fn clone(&self) -> Self {
        Self { id: self.id, frame: self.frame.clone(), head: self.head, packet: PhantomData }
    }
}

impl<O> std::fmt::Debug for Encoded<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoded").field("id", &self.id).field("size", &self.frame.len()).finish()
    }
}
