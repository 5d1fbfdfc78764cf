//! What can be sent: typed packets, and dehydrated ones.

use std::any::TypeId;

use bytes::Bytes;
use serde::Serialize;

use super::adapted;
use super::send_error::SendError;
use crate::EncodeError;
use crate::adapt::Adaptation;
use crate::agreement::{Agreement, Verdict};
use crate::codec::{Reader, Writer};
use crate::dehydrated;
use crate::packet::Packet;
use crate::registry::{PacketId, Registry};
use crate::schema::{self, Schema};
use crate::value::{self, Value};

/// A packet, or a dehydrated one: its name and any data that serde can serialize, `("Name", data)`, or the
/// name alone, `("Name",)`.
///
/// A dehydrated packet goes through the same schema, and its response is a [`Value`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent",
    label = "neither a packet nor a dehydrated one",
    note = "a packet is a type with `#[derive(Packet)]`",
    note = "a dehydrated packet is `(\"Name\", data)` with data that serde can serialize, or `(\"Name\",)`"
)]
pub trait Outgoing: Send + Sync {
    /// What `send` resolves to.
    type Response;

    /// The packet's id in this end's registry.
    #[doc(hidden)]
    fn id(&self, agreement: &Agreement) -> Result<PacketId, SendError>;

    /// Whether it may be sent again without harm.
    #[doc(hidden)]
    fn is_idempotent(&self, registry: &Registry) -> bool;

    /// How many bytes the body will take, if that is known.
    #[doc(hidden)]
    fn size(&self) -> usize;

    /// Appends the body.
    #[doc(hidden)]
    fn encode(&self, id: PacketId, agreement: &Agreement, writer: &mut Writer) -> Result<(), SendError>;

    /// The finished PACKET frame, if there is one already.
    #[doc(hidden)]
    #[inline]
    fn frame(&self) -> Option<&Bytes> {
        None
    }

    /// Decodes the response.
    #[doc(hidden)]
    fn response(id: PacketId, agreement: &Agreement, body: &Bytes) -> Result<Self::Response, SendError>;
}

impl<P: Packet> Outgoing for P {
    type Response = P::Response;

    #[inline]
    fn id(&self, agreement: &Agreement) -> Result<PacketId, SendError> {
        let id = agreement.registry().id_of_type(TypeId::of::<P>());
        id.ok_or_else(|| SendError::Unregistered(P::NAME.into()))
    }

    #[inline]
    fn is_idempotent(&self, _: &Registry) -> bool {
        P::IDEMPOTENT
    }

    #[inline]
    fn size(&self) -> usize {
        Schema::size(self)
    }

    #[inline]
    fn encode(&self, _: PacketId, agreement: &Agreement, writer: &mut Writer) -> Result<(), SendError> {
        self.encode_for(agreement, writer);
        Ok(())
    }

    fn response(_: PacketId, _: &Agreement, body: &Bytes) -> Result<P::Response, SendError> {
        schema::decode_shared(body).map_err(SendError::Response)
    }
}

impl<D: Serialize + Send + Sync> Outgoing for (&str, D) {
    type Response = Value;

    fn id(&self, agreement: &Agreement) -> Result<PacketId, SendError> {
        id_named(self.0, agreement)
    }

    fn is_idempotent(&self, registry: &Registry) -> bool {
        is_idempotent(self.0, registry)
    }

    fn size(&self) -> usize {
        0
    }

    fn encode(&self, id: PacketId, agreement: &Agreement, writer: &mut Writer) -> Result<(), SendError> {
        let data = Value::of(&self.1).map_err(|error| SendError::Data(Box::new(error.within(self.0))))?;
        encode_data(self.0, Some(&data), id, agreement, writer)
    }

    fn response(id: PacketId, agreement: &Agreement, body: &Bytes) -> Result<Value, SendError> {
        value_response(id, agreement, body)
    }
}

impl Outgoing for (&str,) {
    type Response = Value;

    fn id(&self, agreement: &Agreement) -> Result<PacketId, SendError> {
        id_named(self.0, agreement)
    }

    fn is_idempotent(&self, registry: &Registry) -> bool {
        is_idempotent(self.0, registry)
    }

    fn size(&self) -> usize {
        0
    }

    fn encode(&self, id: PacketId, agreement: &Agreement, writer: &mut Writer) -> Result<(), SendError> {
        encode_data(self.0, None, id, agreement, writer)
    }

    fn response(id: PacketId, agreement: &Agreement, body: &Bytes) -> Result<Value, SendError> {
        value_response(id, agreement, body)
    }
}

fn is_idempotent(name: &str, registry: &Registry) -> bool {
    registry.id_named(name).is_some_and(|id| registry.packet(id).is_idempotent())
}

fn id_named(name: &str, agreement: &Agreement) -> Result<PacketId, SendError> {
    agreement.registry().id_named(name).ok_or_else(|| SendError::Unregistered(name.into()))
}

fn encode_data(
    name: &str,
    data: Option<&Value>,
    id: PacketId,
    agreement: &Agreement,
    writer: &mut Writer,
) -> Result<(), SendError> {
    dehydrated::encode(agreement.registry().packet(id).ty(), data, writer)
        .map_err(|error| SendError::Data(Box::new(error.within(name))))
}

fn value_response(id: PacketId, agreement: &Agreement, body: &Bytes) -> Result<Value, SendError> {
    let mut reader = Reader::over(body);
    let ty = agreement.registry().packet(id).response();
    let response = value::decode(ty, &mut reader).map_err(SendError::Response)?;
    reader.finish().map_err(SendError::Response)?;
    Ok(response)
}

/// The id on the wire of a packet that can travel.
pub(super) fn wire_id(id: PacketId, agreement: &Agreement) -> Result<u16, SendError> {
    match agreement.verdict(id) {
        Verdict::Identical { id } | Verdict::Adapted { id, .. } => Ok(id),
        Verdict::Incompatible(incompatible) => Err(SendError::Incompatible(incompatible)),
        Verdict::Unknown => Err(SendError::UnknownToServer(agreement.registry().packet(id).name().into())),
    }
}

/// A frame made by `frame`, which is given the body's size as far as it is known, and how to append it; and how
/// large the body is.
pub(super) fn encode<O: Outgoing>(
    packet: &O,
    id: PacketId,
    agreement: &Agreement,
    frame: impl FnOnce(usize, &mut dyn FnMut(&mut Writer)) -> Result<Bytes, EncodeError>,
) -> Result<(Bytes, usize), SendError> {
    let cannot = |error| SendError::Encode { packet: agreement.registry().packet(id).name().into(), error };
    match agreement.sending(id).map(AsRef::as_ref) {
        // What was encoded before is adapted already.
        Some(Adaptation { body: Some(plan), .. }) if packet.frame().is_none() => {
            let mut writer = Writer::with_capacity(packet.size());
            packet.encode(id, agreement, &mut writer)?;
            let body = plan.adapt(&writer.finish().map_err(cannot)?)?;
            let frame = frame(body.len(), &mut |writer| writer.put(&body)).map_err(cannot)?;
            Ok((frame, body.len()))
        }
        _ => {
            let (mut failure, mut size) = (None, 0);
            let encode = &mut |writer: &mut Writer| {
                let head = writer.len();
                failure = packet.encode(id, agreement, writer).err();
                size = writer.len() - head;
            };
            let frame = frame(packet.size(), encode);
            match failure {
                Some(error) => Err(error),
                None => Ok((frame.map_err(cannot)?, size)),
            }
        }
    }
}

/// The response to a packet, from a reply's body. `sent` is the packet's frame, if it was [kept](keeps_frame).
pub(super) fn response<O: Outgoing>(
    id: PacketId,
    agreement: &Agreement,
    sent: Option<&Bytes>,
    body: &Bytes,
) -> Result<O::Response, SendError> {
    if let Some(Adaptation { response: Some(plan), .. }) = agreement.sending(id).map(AsRef::as_ref) {
        let body = plan.adapt(body).map_err(SendError::of_response)?;
        return O::response(id, agreement, &body.into());
    }
    match sent {
        None => O::response(id, agreement, body),
        Some(frame) => {
            let body = adapted::bundle_response(agreement, frame, body).map_err(SendError::Response)?;
            O::response(id, agreement, &body)
        }
    }
}
