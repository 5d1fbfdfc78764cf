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

/// One packet of a manifest. Its types stay text until they are asked for: most never are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ManifestPacket {
    pub(crate) name: String,
    pub(crate) id: u16,
    pub(crate) fingerprint: Fingerprint,
    schema: String,
    response: String,
    /// Of the marked fields, in the order of the two texts; none where one is not known.
    defaults: Vec<Option<Vec<u8>>>,
}

/// The longest text of a type that is read, in bytes. What it says takes some twenty times as much.
const MAX_TEXT: usize = 64 << 10;

/// What an entry takes at least: its length, and within it name, id, fingerprint and two schemas. (The defaults
/// may be absent: an entry ends where its sender had no more to say.)
const MIN_SIZE: usize = 1 + 1 + 1 + 8 + 1 + 1;

impl Manifest {
    /// A registry's manifest.
    #[must_use]
    pub fn of(registry: &Registry) -> Self {
        let packets = registry
            .iter()
            .map(|(id, packet)| {
                let mut defaults = Vec::new();
                for ty in [packet.ty(), packet.response()] {
                    ty.defaults(&mut defaults);
                }
                ManifestPacket {
                    name: packet.name().to_owned(),
                    id: id.number(),
                    fingerprint: packet.fingerprint(),
                    schema: packet.ty().to_string(),
                    response: packet.response().to_string(),
                    defaults: defaults.into_iter().map(|default| default.bytes().map(Vec::from)).collect(),
                }
            })
            .collect();
        Self { packets }
    }

    pub(crate) fn encode(&self, writer: &mut Writer) {
        writer.length(self.packets.len());
        for packet in &self.packets {
            // Each entry has a length, so that later versions can add to it.
            writer.prefixed(|writer| {
                packet.name.encode(writer);
                writer.varuint(packet.id.into());
                packet.fingerprint.0.encode(writer);
                packet.schema.encode(writer);
                packet.response.encode(writer);
                packet.defaults.encode(writer);
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
    /// The packet's type and its response's.
    ///
    /// # Errors
    /// They may be beyond what this version can read, or too long; that spoils this packet alone.
    pub(crate) fn types(&self) -> Result<(Type, Type), ParseError> {
        if self.schema.len().max(self.response.len()) > MAX_TEXT {
            return Err(ParseError { expected: "at most 64 KiB", at: MAX_TEXT });
        }
        let mut defaults = self.defaults.iter().map(|default| match default {
            Some(bytes) => DefaultValue::Encoded(bytes.clone().into()),
            None => DefaultValue::Unknown,
        });
        Ok((Type::parse(&self.schema, &mut defaults)?, Type::parse(&self.response, &mut defaults)?))
    }

    fn decode(entry: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: String::decode(entry)?,
            id: u16::try_from(entry.varuint()?).map_err(|_| DecodeError::OutOfRange)?,
            fingerprint: Fingerprint(u64::decode(entry)?),
            schema: String::decode(entry)?,
            response: String::decode(entry)?,
            defaults: if entry.remaining() > 0 { Vec::decode(entry)? } else { Vec::new() },
        })
    }
}
