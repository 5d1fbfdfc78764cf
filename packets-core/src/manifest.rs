//! A registry as data for a peer.

use crate::codec::{Reader, Writer};
use crate::error::DecodeError;
use crate::registry::{PacketId, Registry};
use crate::schema::{DefaultValue, Fingerprint, ParseError, Schema, Type};

/// All packets of the server, as it tells a client whose digest differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    pub(crate) packets: Vec<ManifestPacket>,
}

/// One packet of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ManifestPacket {
    pub(crate) name: String,
    pub(crate) id: u16,
    pub(crate) fingerprint: Fingerprint,
    /// A later version's schema may be beyond what this one can read; that spoils this packet alone.
    pub(crate) ty: Result<Type, ParseError>,
    pub(crate) response: Result<Type, ParseError>,
}

/// What an entry takes at least: its length, and within it name, id, fingerprint and two schemas. (The defaults
/// may be absent: an entry ends where its sender had no more to say.)
const MIN_SIZE: usize = 1 + 1 + 1 + 8 + 1 + 1;

impl Manifest {
    /// A registry's manifest.
    #[must_use]
    pub fn of(registry: &Registry) -> Self {
        let packets = registry
            .iter()
            .map(|(id, packet)| ManifestPacket {
                name: packet.name().to_owned(),
                id: id.number(),
                fingerprint: packet.fingerprint(),
                ty: Ok(packet.ty().clone()),
                response: Ok(packet.response().clone()),
            })
            .collect();
        Self { packets }
    }

    pub(crate) fn encode(&self, writer: &mut Writer) {
        let text =
            |ty: &Result<Type, ParseError>| ty.as_ref().map_or_else(|_| String::new(), Type::to_string);
        writer.length(self.packets.len());
        for packet in &self.packets {
            // Each entry has a length, so that later versions can add to it.
            writer.prefixed(|writer| {
                packet.name.encode(writer);
                writer.varuint(packet.id.into());
                packet.fingerprint.0.encode(writer);
                text(&packet.ty).encode(writer);
                text(&packet.response).encode(writer);
                packet.defaults().encode(writer);
            });
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.count(MIN_SIZE)?;
        if count > usize::from(PacketId::MAX) {
            return Err(DecodeError::OutOfRange);
        }
        let mut packets = Vec::with_capacity(count);
        for _ in 0..count {
            packets.push(ManifestPacket::decode(&mut Reader::new(reader.buffer()?))?);
        }
        Ok(Self { packets })
    }
}

impl ManifestPacket {
    /// The defaults of the marked fields, in the order of the two texts; none where one is not known.
    fn defaults(&self) -> Vec<Option<Vec<u8>>> {
        let mut defaults = Vec::new();
        for ty in [&self.ty, &self.response].into_iter().flatten() {
            ty.defaults(&mut defaults);
        }
        defaults.into_iter().map(|default| default.bytes().map(Vec::from)).collect()
    }

    fn decode(entry: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let name = String::decode(entry)?;
        let id = u16::try_from(entry.varuint()?).map_err(|_| DecodeError::OutOfRange)?;
        let fingerprint = Fingerprint(u64::decode(entry)?);
        let (ty, response) = (String::decode(entry)?, String::decode(entry)?);
        let defaults =
            if entry.remaining() > 0 { Vec::<Option<Vec<u8>>>::decode(entry)? } else { Vec::new() };
        let mut defaults = defaults.into_iter().map(|default| match default {
            Some(bytes) => DefaultValue::Encoded(bytes.into()),
            None => DefaultValue::Unknown,
        });
        let ty = Type::parse(&ty, &mut defaults);
        let response = Type::parse(&response, &mut defaults);
        Ok(Self { name, id, fingerprint, ty, response })
    }
}
