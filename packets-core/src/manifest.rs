//! A registry as data for a peer.

use crate::codec::{Reader, Writer};
use crate::error::DecodeError;
use crate::registry::{PacketId, Registry};
use crate::schema::{Fingerprint, ParseError, Schema, Type};

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

/// What an entry takes at least: its length, and within it name, id, fingerprint and two schemas.
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
            let mut entry = Reader::new(reader.buffer()?);
            packets.push(ManifestPacket {
                name: String::decode(&mut entry)?,
                id: u16::try_from(entry.varuint()?).map_err(|_| DecodeError::OutOfRange)?,
                fingerprint: Fingerprint(u64::decode(&mut entry)?),
                ty: String::decode(&mut entry)?.parse(),
                response: String::decode(&mut entry)?.parse(),
            });
        }
        Ok(Self { packets })
    }
}
