//! Packets by their names in one registry of a file, bundles among them.

use packets_core::codec::{Reader, Writer};
use packets_core::packet::Descriptor;
use packets_core::schema::Type;
use packets_core::value::{self, Object, Unknown};
use packets_core::{DecodeError, Registry, Value};
use serde_json::Value as Json;

use super::notation::{self, packs_alike, same, text};
use super::schema::schema;

/// Bundles may nest so deep, and hold so many packets in all.
const MAX_DEPTH: usize = 128;
const MAX_PACKETS: usize = 1_000_000;

/// The packets that every registry has.
const DEFAULTS: [&str; 3] = ["Bundle", "Redirect", "Refresh"];

/// A registry of these names, whatever the packets are.
pub(super) fn registry<'a>(names: impl Iterator<Item = &'a str>) -> Result<Registry, String> {
    let packets = names.filter(|name| !DEFAULTS.contains(name));
    Registry::of(packets.map(|name| Descriptor::dynamic(name.to_owned(), Type::UNIT, Type::UNIT)))
        .map_err(|error| error.to_string())
}

/// A packet, hydrated as far as its bytes need it.
pub(super) enum Packet {
    Plain(String, Value),
    Bundle(Vec<Self>),
}

impl Packet {
    /// Reads `[name]`, `[name, data]`, or a bundle `["Bundle", [packet…]]`.
    pub(super) fn read(json: &Json) -> Result<Self, String> {
        let name = text(&json[0])?;
        let data = json.get(1);
        if name != "Bundle" {
            let data = data.map_or_else(|| Ok(Object::new().into()), notation::value)?;
            return Ok(Self::Plain(name.to_owned(), data));
        }
        let data = data.ok_or("a bundle without packets")?;
        let depth = data.get("$nestBundle").and_then(Json::as_u64);
        let packets = if depth.is_some() { &data["inner"] } else { data };
        let packets = packets.as_array().ok_or("a bundle's packets are no array")?;
        let bundle = Self::Bundle(packets.iter().map(Self::read).collect::<Result<_, _>>()?);
        Ok((0..depth.unwrap_or(0)).fold(bundle, |inner, _| Self::Bundle(vec![inner])))
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Plain(name, _) => name,
            Self::Bundle(_) => "Bundle",
        }
    }

    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(name, data), Self::Plain(other_name, other_data)) => {
                name == other_name && same(data, other_data)
            }
            (Self::Bundle(packets), Self::Bundle(others)) => {
                packets.len() == others.len() && packets.iter().zip(others).all(|(a, b)| a.same(b))
            }
            _ => false,
        }
    }
}

/// One of a file's registries: names with `{id, schema, packer}`.
pub(super) struct Packets<'a> {
    json: &'a serde_json::Map<String, Json>,
    registry: Registry,
}

impl<'a> Packets<'a> {
    /// The registry that an entry names.
    pub(super) fn of(file: &'a Json, entry: &Json) -> Result<Self, String> {
        let json = file["registries"][text(&entry["registry"])?].as_object().ok_or("no such registry")?;
        Ok(Self { json, registry: registry(json.keys().map(String::as_str))? })
    }

    pub(super) fn id(&self, name: &str) -> Result<u16, String> {
        self.registry.id_named(name).map(|id| id.number()).ok_or_else(|| format!("no packet is named {name}"))
    }

    /// The packet's type, with what is packed in it.
    fn ty(&self, name: &str) -> Result<Type, String> {
        let packet = self.json.get(name).ok_or_else(|| format!("no packet is named {name}"))?;
        let mut ty = schema(&packet["schema"])?;
        match (&packet["packer"], &mut ty) {
            (Json::Bool(true), _) => return Ok(Type::Packed),
            (Json::String(packed), Type::Object(fields)) => {
                for field in fields.to_mut().iter_mut().filter(|field| field.name == packed.as_str()) {
                    field.ty = Type::Packed.into();
                }
            }
            _ => {}
        }
        Ok(ty)
    }

    /// Whether msgpack-lite and Rust pack the packed data into the same bytes.
    pub(super) fn packs_alike(&self, packet: &Packet) -> bool {
        match packet {
            Packet::Bundle(packets) => packets.iter().all(|packet| self.packs_alike(packet)),
            Packet::Plain(name, data) => match self.json.get(name).map(|packet| &packet["packer"]) {
                Some(Json::Bool(true)) => packs_alike(data),
                Some(Json::String(field)) => packs_alike(&data[field.as_str()]),
                _ => true,
            },
        }
    }

    pub(super) fn encode(&self, packet: &Packet) -> Result<Vec<u8>, String> {
        let mut writer = Writer::default();
        match packet {
            Packet::Plain(name, data) => {
                value::encode_with(&self.ty(name)?, data, Unknown::Drop, &mut writer)
                    .map_err(|error| error.within(name).to_string())?;
            }
            Packet::Bundle(packets) => {
                let mut items = Vec::new();
                for packet in packets {
                    let body = self.encode(packet)?;
                    let length = u32::try_from(body.len()).map_err(|error| error.to_string())?;
                    items.extend(length.to_le_bytes());
                    items.extend(self.id(packet.name())?.to_le_bytes());
                    items.extend(body);
                }
                writer.length(items.len());
                writer.put(&items);
            }
        }
        writer.finish().map_err(|error| error.to_string())
    }

    pub(super) fn decode(&self, name: &str, bytes: &[u8]) -> Result<Packet, String> {
        self.decode_within(name, bytes, MAX_DEPTH, &mut { MAX_PACKETS })
    }

    fn decode_within(
        &self,
        name: &str,
        bytes: &[u8],
        depth: usize,
        packets: &mut usize,
    ) -> Result<Packet, String> {
        let refused = |error: DecodeError| format!("{name}: {error}");
        let mut reader = Reader::with_limits(bytes, super::LIMITS);
        let packet = if name == "Bundle" {
            let depth = depth.checked_sub(1).ok_or("bundles nest too deeply")?;
            let mut items = Reader::new(reader.buffer().map_err(refused)?);
            let mut bundle = Vec::new();
            while items.remaining() > 0 {
                *packets = packets.checked_sub(1).ok_or("too many packets")?;
                let length = u32::from_le_bytes(items.array().map_err(refused)?);
                let id = u16::from_le_bytes(items.array().map_err(refused)?);
                let body = items.take(length as usize).map_err(refused)?;
                let item = self.registry.get(id).ok_or_else(|| format!("no packet has the id {id}"))?;
                bundle.push(self.decode_within(item.name(), body, depth, packets)?);
            }
            Packet::Bundle(bundle)
        } else {
            Packet::Plain(name.to_owned(), value::decode(&self.ty(name)?, &mut reader).map_err(refused)?)
        };
        reader.finish().map_err(refused)?;
        Ok(packet)
    }
}
