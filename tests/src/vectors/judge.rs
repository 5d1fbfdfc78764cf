//! One function per kind of group: does an entry hold?

use packets_core::codec::{Reader, Writer};
use packets_core::schema::Type;
use packets_core::value::{self, Unknown};
use packets_core::{DecodeError, Value};
use serde_json::Value as Json;

use super::notation::{bytes, hex, packs_alike, same, text};
use super::packet::{Packet, Packets, registry};
use super::{Judgement, LIMITS, notation};

/// Both ways, in the obvious order; SchemaPack's peers write the same unless the schema is not portable.
pub(super) fn schema(_: &Json, entry: &Json) -> Judgement {
    let ty = super::schema::schema(&entry["schema"])?;
    let portable = entry["portable"] != false;
    if ty.is_portable() != portable {
        return Err(format!("{ty} is said to be portable: {}", ty.is_portable()));
    }
    let value = notation::value(&entry["value"])?;
    let (wire, decoded) = match entry.get("naive_hex") {
        // In SchemaPack's order `decoded` shows the data that it loses; in the obvious one none are lost.
        Some(naive) => (bytes(naive)?, value.clone()),
        // Only SchemaPack's order has bytes for this value.
        None if !portable => return Ok(()),
        None => {
            (bytes(&entry["hex"])?, entry.get("decoded").map_or_else(|| Ok(value.clone()), notation::value)?)
        }
    };
    equal_bytes(&wire, &encode(&ty, &value)?)?;
    truncations_refused(&ty, &wire)?;
    equal(&decoded, &decode(&ty, &wire).map_err(|error| error.to_string())?)
}

/// No beginning of a value is a value. Of a long one some beginnings have to do, as looking at all of them takes
/// the square of its length.
fn truncations_refused(ty: &Type, wire: &[u8]) -> Judgement {
    for length in (0..wire.len()).step_by(1 + wire.len() / 512) {
        if decode(ty, &wire[..length]).is_ok() {
            return Err(format!("the first {length} bytes of {} are accepted", hex(wire)));
        }
    }
    Ok(())
}

/// What SchemaPack refuses is refused; what it coerces is refused or encoded like that.
pub(super) fn encode_error(_: &Json, entry: &Json) -> Judgement {
    let ty = super::schema::schema(&entry["schema"])?;
    let value = notation::value(&entry["value"])?;
    let Ok(encoded) = encode(&ty, &value) else { return Ok(()) };
    if entry["schemapack"] == "encodes" {
        return equal_bytes(&bytes(&entry["hex"])?, &encoded);
    }
    // Infinities have bytes that SchemaPack reads; only its encoder refuses them.
    match value {
        Value::Float(number) if number.is_infinite() => Ok(()),
        _ => Err(format!("{value} was to be refused, but became {}", hex(&encoded))),
    }
}

pub(super) fn malformed(_: &Json, entry: &Json) -> Judgement {
    let ty = super::schema::schema(&entry["schema"])?;
    refused(entry, decode(&ty, &bytes(&entry["hex"])?).map(|value| value.to_string()))
}

pub(super) fn message_pack(_: &Json, entry: &Json) -> Judgement {
    let wire = bytes(&entry["hex"])?;
    let value = notation::value(&entry["value"])?;
    let decoded = entry.get("decoded").map_or_else(|| Ok(value.clone()), notation::value)?;
    let unpack = |wire: &[u8]| unpack(wire).map_err(|error| error.to_string());
    equal(&decoded, &unpack(&wire)?)?;
    let packed = written(|writer| value::pack(&value, writer))?;
    if packs_alike(&value) { equal_bytes(&wire, &packed) } else { equal(&value, &unpack(&packed)?) }
}

pub(super) fn malformed_message_pack(_: &Json, entry: &Json) -> Judgement {
    refused(entry, unpack(&bytes(&entry["hex"])?).map(|value| value.to_string()))
}

/// The names are numbered in their order. A registry always has the default packets; they do not count where
/// the entry leaves them out.
pub(super) fn gather(_: &Json, entry: &Json) -> Judgement {
    let names = entry["names"].as_array().ok_or("no names")?;
    let names: Vec<_> = names.iter().map(text).collect::<Result<_, _>>()?;
    let registry = registry(names.iter().copied())?;
    let found = registry.iter().map(|(_, packet)| packet.name()).filter(|name| names.contains(name));
    let mut ids = 0;
    for (name, id) in found.zip(1u64..) {
        if entry["ids"][name] != id {
            return Err(format!("the id of {name} is {}, not {id}", entry["ids"][name]));
        }
        ids += 1;
    }
    if ids == names.len() { Ok(()) } else { Err(format!("{ids} of {} names have an id", names.len())) }
}

pub(super) fn packet(file: &Json, entry: &Json) -> Judgement {
    let packets = Packets::of(file, entry)?;
    let packet = Packet::read(&entry["packet"])?;
    if entry["id"] != packets.id(packet.name())? {
        return Err(format!("the id of {} is {}", packet.name(), packets.id(packet.name())?));
    }
    let expected = match entry.get("decoded") {
        Some(decoded) => Packet::Plain(packet.name().to_owned(), notation::value(decoded)?),
        None => Packet::read(&entry["packet"])?,
    };
    let wire = bytes(&entry["hex"])?;
    let decodes = |wire: &[u8]| match packets.decode(packet.name(), wire)?.same(&expected) {
        true => Ok(()),
        false => Err(format!("{} was decoded to something else", hex(wire))),
    };
    decodes(&wire)?;
    let encoded = packets.encode(&packet)?;
    if packets.packs_alike(&packet) { equal_bytes(&wire, &encoded) } else { decodes(&encoded) }
}

pub(super) fn malformed_bundle(file: &Json, entry: &Json) -> Judgement {
    let decoded = Packets::of(file, entry)?.decode(text(&entry["packet"])?, &bytes(&entry["hex"])?);
    refused(entry, decoded.map(|packet| packet.name().to_owned()))
}

/// Malformed bytes are refused; where that is a question of policy it is enough to have come here.
fn refused<E>(entry: &Json, decoded: Result<String, E>) -> Judgement {
    match (text(&entry["severity"])?, decoded) {
        ("must" | "canonical", Ok(value)) => {
            Err(format!("{} was to be refused, but became {value:.200}", hex(&bytes(&entry["hex"])?)))
        }
        ("must" | "canonical", Err(_)) | ("policy", _) => Ok(()),
        (severity, _) => Err(format!("the severity {severity} is unknown")),
    }
}

fn encode(ty: &Type, value: &Value) -> Result<Vec<u8>, String> {
    written(|writer| value::encode_with(ty, value, Unknown::Drop, writer))
}

fn written(write: impl FnOnce(&mut Writer) -> Result<(), value::ValueError>) -> Result<Vec<u8>, String> {
    let mut writer = Writer::default();
    write(&mut writer).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())
}

fn decode(ty: &Type, wire: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader::with_limits(wire, LIMITS);
    let value = value::decode(ty, &mut reader)?;
    reader.finish()?;
    Ok(value)
}

fn unpack(wire: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader::with_limits(wire, LIMITS);
    let value = value::unpack(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

fn equal_bytes(expected: &[u8], found: &[u8]) -> Judgement {
    if expected == found {
        return Ok(());
    }
    Err(format!("encoded to {} instead of {}", hex(found), hex(expected)))
}

fn equal(expected: &Value, found: &Value) -> Judgement {
    if same(expected, found) {
        return Ok(());
    }
    Err(format!("decoded to {found} instead of {expected}"))
}
