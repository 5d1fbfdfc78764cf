//! Bytes to values by a schema.

use super::scalar::float64;
use super::scope::Scope;
use super::{Object, Value, unpack};
use crate::codec::sorted::ascending;
use crate::codec::{self, Reader};
use crate::error::DecodeError;
use crate::schema::{Field, Node, Schema, Type, Variant};

/// Room for this many items is made at once; for more of them while they come.
const ROOM: usize = 1_024;

/// Reads a value of type `ty` and leaves the reader behind it.
///
/// Structs become objects with their fields in the order of their names, maps objects if their keys are text
/// or integers (else arrays of `{key, value}`), an enum what serde makes of one, a float32 the same number as
/// a float64.
///
/// ```
/// use packets_core::value::{self, Value};
/// use packets_core::{codec::Reader, schema::Type};
///
/// let ty: Type = "map<uint8,bool?>".parse()?;
/// let value = value::decode(&ty, &mut Reader::new(&[2, 5, 0, 9, 1, 1]))?;
/// assert_eq!(value, Value::object([("5", None), ("9", Some(true))]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`DecodeError`] if the bytes are not this type's, or beyond the reader's
/// [limits](crate::codec::Limits). A value of no bytes inside an object or tuple counts as an element.
pub fn decode(ty: &Type, reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    value(ty, None, reader)
}

type Decoded = Result<Value, DecodeError>;

fn value(ty: &Type, scope: Option<&Scope<'_>>, reader: &mut Reader<'_>) -> Decoded {
    Ok(match ty {
        Type::Bool => bool::decode(reader)?.into(),
        Type::Int8 => i8::decode(reader)?.into(),
        Type::Int16 => i16::decode(reader)?.into(),
        Type::Int32 => i32::decode(reader)?.into(),
        Type::Int64 => i64::decode(reader)?.into(),
        Type::Int128 => i128::decode(reader)?.into(),
        Type::Uint8 => u8::decode(reader)?.into(),
        Type::Uint16 => u16::decode(reader)?.into(),
        Type::Uint32 => u32::decode(reader)?.into(),
        Type::Uint64 => u64::decode(reader)?.into(),
        Type::Uint128 => u128::decode(reader)?.into(),
        Type::Float32 => float64(f32::decode(reader)?).into(),
        Type::Float64 => f64::decode(reader)?.into(),
        Type::Varuint => reader.varuint()?.into(),
        Type::Varint => <i32 as codec::AsVarint>::decode(reader)?.into(),
        Type::Char => char::from_u32(reader.varuint()?).ok_or(DecodeError::InvalidChar)?.into(),
        Type::String => String::decode(reader)?.into(),
        Type::Buffer => {
            let bytes = reader.buffer()?;
            reader.share(bytes).into()
        }
        Type::Packed => {
            let bytes = reader.buffer()?;
            let mut document = reader.part(bytes);
            let value = unpack(&mut document)?;
            document.finish()?;
            value
        }
        Type::Array(item) => {
            let count = reader.count(Scope::min_size(scope, item.get()))?;
            Value::Array(items(item.get(), count, scope, reader)?)
        }
        Type::FixedArray(item, count) => {
            reader.charge_items(*count, Scope::min_size(scope, item.get()))?;
            Value::Array(items(item.get(), *count as usize, scope, reader)?)
        }
        Type::Option(item) => match reader.varuint()? {
            0 => Value::Null,
            1 => value(item.get(), scope, reader)?,
            _ => return Err(DecodeError::WrongCount),
        },
        Type::Set(item) => set(item.get(), scope, reader)?,
        Type::Map(key, content) => map(key, content, scope, reader)?,
        Type::Object(fields) => object(fields, scope, reader)?,
        Type::Tuple(types) => tuple(types, false, scope, reader)?,
        Type::OpenTuple(types) => tuple(types, true, scope, reader)?,
        Type::Enum(variants) => variant(variants, scope, reader)?,
        Type::Definition(name, ty) => definition(&Scope::of(name, ty.get(), scope), reader)?,
        Type::Reference(name) => {
            definition(Scope::find(scope, name).ok_or(DecodeError::UndefinedReference)?, reader)?
        }
    })
}

fn definition(definition: &Scope<'_>, reader: &mut Reader<'_>) -> Decoded {
    reader.nested(|reader| value(definition.ty, Some(definition), reader))
}

/// Reads `count` items, so many of which can be there.
fn items(
    ty: &Type,
    count: usize,
    scope: Option<&Scope<'_>>,
    reader: &mut Reader<'_>,
) -> Result<Vec<Value>, DecodeError> {
    let mut items = Vec::with_capacity(count.min(ROOM));
    for _ in 0..count {
        items.push(value(ty, scope, reader)?);
    }
    Ok(items)
}

/// Reads a part of something. Nothing but the budget bounds how many parts of no bytes a type has.
fn part(ty: &Type, scope: Option<&Scope<'_>>, reader: &mut Reader<'_>) -> Decoded {
    let before = reader.remaining();
    let value = value(ty, scope, reader)?;
    if reader.remaining() == before {
        reader.charge(1)?;
    }
    Ok(value)
}

fn object(fields: &[Field], scope: Option<&Scope<'_>>, reader: &mut Reader<'_>) -> Decoded {
    let mut object = Object::new();
    for field in fields {
        object.push(field.name.clone().into_owned(), part(field.ty.get(), scope, reader)?);
    }
    Ok(object.into())
}

fn tuple(types: &[Node], is_open: bool, scope: Option<&Scope<'_>>, reader: &mut Reader<'_>) -> Decoded {
    let fixed = types.len().saturating_sub(1);
    let mut values = Vec::new();
    for ty in &types[..fixed] {
        values.push(part(ty.get(), scope, reader)?);
    }
    let count = reader.varuint()?;
    let rest = (count as usize).checked_sub(fixed).ok_or(DecodeError::WrongCount)?;
    if !is_open && count as usize != types.len() {
        return Err(DecodeError::WrongCount);
    }
    if let Some(last) = types.last().map(Node::get) {
        // No more than the count, so it fits.
        reader.charge_items(rest as u32, Scope::min_size(scope, last))?;
        values.extend(items(last, rest, scope, reader)?);
    }
    Ok(values.into())
}

fn variant(variants: &[Variant], scope: Option<&Scope<'_>>, reader: &mut Reader<'_>) -> Decoded {
    let index = reader.varuint()? as usize;
    let variant = variants.get(index).ok_or(DecodeError::UnknownVariant)?;
    let name = variant.name.clone().into_owned();
    let ty = variant.content.get();
    Ok(if ty.is_unit() { name.into() } else { Value::object([(name, value(ty, scope, reader)?)]) })
}

fn set(ty: &Type, scope: Option<&Scope<'_>>, reader: &mut Reader<'_>) -> Decoded {
    let count = reader.count(Scope::min_size(scope, ty))?;
    let mut items = Vec::with_capacity(count.min(ROOM));
    let mut last = None;
    for _ in 0..count {
        items.push(ascending(&mut last, reader, |reader| value(ty, scope, reader))?);
    }
    Ok(items.into())
}

fn map(key: &Node, content: &Node, scope: Option<&Scope<'_>>, reader: &mut Reader<'_>) -> Decoded {
    let (key_ty, ty) = (key.get(), content.get());
    let count = reader.count(Scope::min_size(scope, key_ty).saturating_add(Scope::min_size(scope, ty)))?;
    let mut entries = Vec::with_capacity(count.min(ROOM));
    let mut last = None;
    for _ in 0..count {
        let key = ascending(&mut last, reader, |reader| value(key_ty, scope, reader))?;
        entries.push((key, value(ty, scope, reader)?));
    }
    if !is_text(key_ty) || !entries.iter().all(|(key, _)| key_text(key).is_some()) {
        return Ok(entries
            .into_iter()
            .map(|(key, value)| Value::object([("key", key), ("value", value)]))
            .collect());
    }
    Ok(entries
        .into_iter()
        .filter_map(|(key, value)| Some((key_text(&key)?, value)))
        .collect::<Object>()
        .into())
}

/// Whether keys of this type can be told from their text. Those of an optional bool, say, cannot.
const fn is_text(key: &Type) -> bool {
    matches!(
        key,
        Type::Bool
            | Type::Int8
            | Type::Int16
            | Type::Int32
            | Type::Int64
            | Type::Int128
            | Type::Uint8
            | Type::Uint16
            | Type::Uint32
            | Type::Uint64
            | Type::Uint128
            | Type::Varuint
            | Type::Varint
            | Type::Char
            | Type::String
            | Type::Enum(_)
    )
}

/// A map's key as an object has it.
pub(super) fn key_text(key: &Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Integer(_) | Value::Uint128(_) => Some(key.to_string()),
        _ => None,
    }
}
