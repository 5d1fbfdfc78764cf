//! Values as MessagePack, the way msgpack-lite reads and writes it.

use bytes::Bytes;

use super::decode::key_text;
use super::{Object, Value, ValueError};
use crate::codec::message_pack::{DATE, Item};
use crate::codec::{Reader, Writer, packed};
use crate::error::DecodeError;

/// Appends `value` as bare MessagePack: what is inside a packed field, without its length.
///
/// ```
/// use packets_core::value::{self, Value};
/// use packets_core::codec::Writer;
/// let mut writer = Writer::default();
/// value::pack(&Value::object([("want", 42)]), &mut writer)?;
/// assert_eq!(writer.finish()?, b"\x81\xa4want\x2a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ValueError`] if the value is nested deeper than about 1,000 levels.
pub fn pack(value: &Value, writer: &mut Writer) -> Result<(), ValueError> {
    packed::pack(value, writer).map_err(|error| ValueError::new(error.to_string()))
}

/// Reads one bare MessagePack value and leaves the reader behind it.
///
/// Dates and typed arrays of msgpack-lite are values of their own; other extensions are refused.
///
/// ```
/// use packets_core::value::{self, Value};
/// use packets_core::codec::Reader;
/// assert_eq!(value::unpack(&mut Reader::new(b"\x81\xa4want\x2a"))?, Value::object([("want", 42)]));
/// # Ok::<(), packets_core::DecodeError>(())
/// ```
///
/// # Errors
/// [`DecodeError`] if it is not MessagePack, or beyond the reader's [limits](crate::codec::Limits).
pub fn unpack(reader: &mut Reader<'_>) -> Result<Value, DecodeError> {
    Ok(match Item::read(reader)? {
        Item::Nil => Value::Null,
        Item::Bool(value) => value.into(),
        Item::Unsigned(value) => value.into(),
        Item::Negative(value) => value.into(),
        Item::Float32(value) => value.into(),
        Item::Float64(value) => value.into(),
        Item::String(text) => text.into(),
        Item::Bytes(bytes) => reader.share(bytes).into(),
        Item::Extension(tag, content) => {
            known_extension(tag, reader.share(content)).ok_or(DecodeError::PackedMismatch)?
        }
        Item::Array(count) => reader.nested(|reader| (0..count).map(|_| unpack(reader)).collect())?,
        Item::Map(count) => reader.nested(|reader| {
            let mut object = Object::new();
            for _ in 0..count {
                // Rust's maps may have integers for keys; JavaScript makes texts of them, too.
                let key = key_text(&unpack(reader)?).ok_or(DecodeError::PackedMismatch)?;
                object.push(key, unpack(reader)?);
            }
            Ok(object.into())
        })?,
    })
}

/// A date, or the extension as it is; nothing if a date's content is no number.
fn known_extension(tag: i8, content: Bytes) -> Option<Value> {
    if tag != DATE {
        return Some(Value::Extension(tag, content));
    }
    let mut content = Reader::new(&content);
    let milliseconds = match Item::read(&mut content).ok()? {
        Item::Unsigned(value) => value as f64,
        Item::Negative(value) => value as f64,
        Item::Float32(value) => value.into(),
        Item::Float64(value) => value,
        _ => return None,
    };
    content.finish().ok()?;
    Some(Value::Date(milliseconds))
}

/// An extension as serde has it: a pair of its type and its content.
pub(super) fn extension(pair: &Value) -> Option<Value> {
    let [tag, content] = pair.as_array()? else { return None };
    known_extension(tag.as_integer()?, content.as_bytes()?.clone())
}
