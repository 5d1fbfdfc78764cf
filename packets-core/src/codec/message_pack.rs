//! The heads of MessagePack values: one reader for typed and for dynamic data.

use super::reader::Reader;
use crate::error::DecodeError;

/// The extension type of msgpack-lite's `Date`.
pub(crate) const DATE: i8 = 0x0d;

/// A MessagePack value, or the head of one that holds others.
pub(crate) enum Item<'a> {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float32(f32),
    Float64(f64),
    String(&'a str),
    Bytes(&'a [u8]),
    /// One of msgpack-lite's.
    Extension(i8, &'a [u8]),
    /// So many values follow.
    Array(u32),
    /// So many keys follow, each with its value.
    Map(u32),
}

impl<'a> Item<'a> {
    /// Reads one in its shortest form, the only one that encoders write. The elements of an array or map are
    /// charged, and that many are there, if they are a byte long each.
    #[inline]
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let [marker] = reader.array()?;
        Ok(match marker {
            0x00..=0x7f => Self::Unsigned(marker.into()),
            0x80..=0x8f => Self::map(reader, (marker & 0x0f).into())?,
            0x90..=0x9f => Self::array(reader, (marker & 0x0f).into())?,
            0xa0..=0xbf => Self::string(reader, (marker & 0x1f).into())?,
            0xc0 => Self::Nil,
            0xc1 => return Err(DecodeError::InvalidMessagePack),
            0xc2 => Self::Bool(false),
            0xc3 => Self::Bool(true),
            0xc4 => Self::Bytes(sized(reader, 1, 0)?),
            // msgpack-lite takes the longer form for 255 bytes already, here and for extensions.
            0xc5 => Self::Bytes(sized(reader, 2, 0xff)?),
            0xc6 => Self::Bytes(sized(reader, 4, 0x1_0000)?),
            0xc7 => {
                let length = number(reader, 1, 0)?;
                if matches!(length, 1 | 2 | 4 | 8 | 16) {
                    return Err(DecodeError::InvalidMessagePack);
                }
                Self::extension(reader, length)?
            }
            0xc8 => number(reader, 2, 0xff).and_then(|length| Self::extension(reader, length))?,
            0xc9 => number(reader, 4, 0x1_0000).and_then(|length| Self::extension(reader, length))?,
            0xca => Self::Float32(f32::from_be_bytes(reader.array()?)),
            0xcb => Self::Float64(f64::from_be_bytes(reader.array()?)),
            0xcc => Self::Unsigned(number(reader, 1, 0x80)?),
            0xcd => Self::Unsigned(number(reader, 2, 0x100)?),
            0xce => Self::Unsigned(number(reader, 4, 0x1_0000)?),
            0xcf => Self::Unsigned(number(reader, 8, 0x1_0000_0000)?),
            0xd0 => Self::negative(i8::from_be_bytes(reader.array()?).into(), -0x20)?,
            0xd1 => Self::negative(i16::from_be_bytes(reader.array()?).into(), i8::MIN.into())?,
            0xd2 => Self::negative(i32::from_be_bytes(reader.array()?).into(), i16::MIN.into())?,
            0xd3 => Self::negative(i64::from_be_bytes(reader.array()?), i32::MIN.into())?,
            0xd4..=0xd8 => Self::extension(reader, 1 << (marker - 0xd4))?,
            0xd9 => number(reader, 1, 0x20).and_then(|length| Self::string(reader, length))?,
            0xda => number(reader, 2, 0x100).and_then(|length| Self::string(reader, length))?,
            0xdb => number(reader, 4, 0x1_0000).and_then(|length| Self::string(reader, length))?,
            0xdc => number(reader, 2, 0x10).and_then(|count| Self::array(reader, count))?,
            0xdd => number(reader, 4, 0x1_0000).and_then(|count| Self::array(reader, count))?,
            0xde => number(reader, 2, 0x10).and_then(|count| Self::map(reader, count))?,
            0xdf => number(reader, 4, 0x1_0000).and_then(|count| Self::map(reader, count))?,
            0xe0..=0xff => Self::Negative((marker as i8).into()),
        })
    }

    /// Only a number below `limit` needs the form it came in.
    fn negative(number: i64, limit: i64) -> Result<Self, DecodeError> {
        if number < limit { Ok(Self::Negative(number)) } else { Err(DecodeError::InvalidMessagePack) }
    }

    fn string(reader: &mut Reader<'a>, length: u64) -> Result<Self, DecodeError> {
        str::from_utf8(take(reader, length)?).map(Self::String).map_err(|_| DecodeError::InvalidUtf8)
    }

    fn extension(reader: &mut Reader<'a>, length: u64) -> Result<Self, DecodeError> {
        let tag = i8::from_be_bytes(reader.array()?);
        // Errors, RegExp, boxed values and Date, then Buffer and typed arrays.
        if !matches!(tag, 0x01..=0x06 | 0x0a..=0x0f | 0x11..=0x1b | 0x1d) {
            return Err(DecodeError::UnknownExtension);
        }
        Ok(Self::Extension(tag, take(reader, length)?))
    }

    fn array(reader: &mut Reader<'a>, count: u64) -> Result<Self, DecodeError> {
        charge(reader, count)?;
        // Charged, so it fits.
        Ok(Self::Array(count as u32))
    }

    fn map(reader: &mut Reader<'a>, count: u64) -> Result<Self, DecodeError> {
        charge(reader, count * 2)?;
        Ok(Self::Map(count as u32))
    }
}

/// Reads a number of `width` bytes, which is `least` or more: a smaller one has a shorter form.
fn number(reader: &mut Reader<'_>, width: usize, least: u64) -> Result<u64, DecodeError> {
    let number = reader.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    if number >= least { Ok(number) } else { Err(DecodeError::InvalidMessagePack) }
}

fn sized<'a>(reader: &mut Reader<'a>, width: usize, least: u64) -> Result<&'a [u8], DecodeError> {
    let length = number(reader, width, least)?;
    take(reader, length)
}

fn take<'a>(reader: &mut Reader<'a>, length: u64) -> Result<&'a [u8], DecodeError> {
    reader.take(usize::try_from(length).map_err(|_| DecodeError::UnexpectedEnd)?)
}

fn charge(reader: &mut Reader<'_>, elements: u64) -> Result<(), DecodeError> {
    let elements = u32::try_from(elements).map_err(|_| DecodeError::UnexpectedEnd)?;
    reader.charge_items(elements, 1)?;
    reader.charge(elements)
}
