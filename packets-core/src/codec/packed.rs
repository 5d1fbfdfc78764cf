//! MessagePack in a buffer: packed fields and packed packets.

use std::ops::{Deref, DerefMut};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::limits::Limits;
use super::message_pack::Item;
use super::reader::Reader;
use super::writer::Writer;
use crate::error::{DecodeError, EncodeError};
use crate::schema::{Schema, Type};

/// A field that `#[packer("field")]` can stand on: any type that serde can both write and read.
///
/// Structs travel as maps with their fields' names, so that JavaScript reads objects.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be packed",
    label = "serde cannot both write and read this type",
    note = "for a type of your own, add `#[derive(serde::Serialize, serde::Deserialize)]` to it",
    note = "for a type with a schema, leave its field out of `#[packer(…)]`"
)]
pub trait AsPacked: Sized {
    /// The schema as data.
    const TYPE: &'static Type = &Type::Packed;
    /// One, as a lower bound: the true size is known only once it is packed.
    fn size(&self) -> usize;
    /// Packs the value behind its length.
    fn encode(&self, writer: &mut Writer);
    /// Unpacks one value.
    ///
    /// # Errors
    /// [`DecodeError`] if it is not MessagePack, beyond the [`Limits`], or not of this type.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> AsPacked for T {
    fn size(&self) -> usize {
        1
    }

    fn encode(&self, writer: &mut Writer) {
        writer.prefixed(|writer| {
            if let Err(error) = pack(self, writer) {
                writer.fail(error);
            }
        });
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bytes = reader.buffer()?;
        unpack(bytes, reader.limits())
    }
}

/// A value that travels as MessagePack wherever a type with a schema can stand: in a list, in a map, in a
/// tuple. A field of its own needs only `#[packer("field")]`.
///
/// As serde has it, it is what it holds.
///
/// ```
/// use packets_core::codec::Packed;
/// use packets_core::{Schema, schema};
///
/// #[derive(Schema)]
/// struct Log {
///     entries: Vec<(u64, Packed<serde_json::Value>)>,
/// }
///
/// assert_eq!(Log::TYPE.to_string(), "{entries:[(uint64,packed)]}");
/// assert_eq!(schema::encode(&Some(Packed('a')))?, [1, 2, 0xa1, b'a']);
/// # Ok::<(), packets_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Packed<T>(pub T);

impl<T: AsPacked> Schema for Packed<T> {
    const TYPE: &'static Type = T::TYPE;

    #[inline]
    fn size(&self) -> usize {
        self.0.size()
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        self.0.encode(writer);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::decode(reader).map(Self)
    }
}

impl<T> Deref for Packed<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Packed<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Packed<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// Appends `value` as bare MessagePack.
pub(crate) fn pack<T: Serialize + ?Sized>(value: &T, writer: &mut Writer) -> Result<(), EncodeError> {
    value
        .serialize(&mut rmp_serde::Serializer::new(writer).with_struct_map())
        .map_err(|error| EncodeError::Pack(error.to_string().into()))
}

/// Reads one bare MessagePack value that fills `bytes`.
pub(crate) fn unpack<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, DecodeError> {
    let scan = check(bytes, limits)?;
    read(bytes, limits).or_else(|error| {
        // JavaScript writes integers beyond 32 bits as floats. Only if the type wants no float there is
        // the document read again, with those as integers.
        let Some(integers) = scan.with_integers(bytes) else { return Err(error) };
        read(&integers, limits)
    })
}

fn read<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, DecodeError> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    // rmp-serde counts the innermost scalar as a level too, and a newtype as another.
    deserializer.set_max_depth(usize::from(limits.depth) * 2 + 2);
    T::deserialize(&mut deserializer).map_err(|_| DecodeError::PackedMismatch)
}

/// What the walk over a MessagePack document found.
struct Scan {
    /// The offsets of floats with an integral value that an i64 holds exactly.
    integral_floats: Vec<usize>,
}

impl Scan {
    /// The document with its integral floats as integers of the same width.
    fn with_integers(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.integral_floats.is_empty() {
            return None;
        }
        let mut bytes = bytes.to_vec();
        for &at in &self.integral_floats {
            let (marker, number) = bytes[at..at + 9].split_first_mut()?;
            let float = f64::from_be_bytes((&*number).try_into().ok()?);
            *marker = 0xd3;
            number.copy_from_slice(&(float as i64).to_be_bytes());
        }
        Some(bytes)
    }
}

/// Walks over one MessagePack value without recursion and without allocating for what it claims: its
/// structure is whole, nothing follows it, and it keeps within the limits.
fn check(bytes: &[u8], limits: Limits) -> Result<Scan, DecodeError> {
    let mut reader = Reader::with_limits(bytes, limits);
    let mut scan = Scan { integral_floats: Vec::new() };
    // How many values are still to come at each level.
    let mut open: Vec<u32> = vec![1];
    while let Some(values) = open.last_mut() {
        if *values == 0 {
            open.pop();
            continue;
        }
        *values -= 1;
        let at = bytes.len() - reader.remaining();
        let children = match Item::read(&mut reader)? {
            Item::Array(count) => count,
            Item::Map(count) => count * 2,
            Item::Float64(float) => {
                // 2⁵³: beyond it not every integer is a float, so the sender may have meant another one.
                if float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0 {
                    scan.integral_floats.push(at);
                }
                continue;
            }
            _ => continue,
        };
        if open.len() > usize::from(limits.depth) {
            return Err(DecodeError::TooDeep);
        }
        open.push(children);
    }
    reader.finish()?;
    Ok(scan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integral_float_is_read_where_an_integer_is_wanted() {
        let document = [0xcb, 0x41, 0xe0, 0, 0, 0, 0, 0, 0];
        assert_eq!(unpack::<i64>(&document, Limits::DEFAULT), Ok(1 << 31));
        assert_eq!(unpack::<f64>(&document, Limits::DEFAULT), Ok(2_147_483_648.0));
        assert_eq!(unpack::<u8>(&document, Limits::DEFAULT), Err(DecodeError::PackedMismatch));
    }

    #[test]
    fn bombs_are_refused_before_anything_is_built() {
        assert_eq!(check(&[0x91; 1_000], Limits::DEFAULT).err(), Some(DecodeError::TooDeep));
        assert_eq!(
            check(&[0xdd, 0xff, 0xff, 0xff, 0xff], Limits::DEFAULT).err(),
            Some(DecodeError::UnexpectedEnd)
        );
        assert_eq!(
            check(&[0xdf, 0xff, 0xff, 0xff, 0xff], Limits::DEFAULT).err(),
            Some(DecodeError::UnexpectedEnd)
        );
        let mut nils = vec![0xdd, 0, 2, 0, 0];
        nils.resize(5 + 0x20000, 0xc0);
        assert_eq!(check(&nils, Limits::DEFAULT).err(), Some(DecodeError::TooManyElements));
        assert_eq!(check(&[0xc0, 0xc0], Limits::DEFAULT).err(), Some(DecodeError::TrailingBytes));
    }
}
