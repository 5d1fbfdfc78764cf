//! Maps and sets: in the order of their encoded bytes, which is the same for every kind of map on every
//! platform, so that equal maps have equal bytes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use super::reader::Reader;
use super::varint::varuint_size;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Node, Schema, Type};

/// Reads a set's item or a map's key, whose bytes must sort behind those of the `last` one.
#[inline]
pub(crate) fn ascending<'a, T>(
    last: &mut Option<&'a [u8]>,
    reader: &mut Reader<'a>,
    decode: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let mut start = reader.clone();
    let value = decode(reader)?;
    let bytes = start.take(start.remaining() - reader.remaining())?;
    if last.is_some_and(|last| last >= bytes) {
        return Err(DecodeError::NotAscending);
    }
    *last = Some(bytes);
    Ok(value)
}

macro_rules! maps {
    ($([$($generics:tt)*] $map:ty, $room:ident => $empty:expr;)*) => {$(
        impl<$($generics)*> Schema for $map {
            const TYPE: &'static Type = &Type::Map(Node::Static(K::TYPE), Node::Static(V::TYPE));

            fn size(&self) -> usize {
                let sizes = self.iter().map(|(key, value)| key.size() + value.size());
                varuint_size(self.len()) + sizes.sum::<usize>()
            }

            fn encode(&self, writer: &mut Writer) {
                writer.sorted(self.iter(), |(key, value), writer| {
                    key.encode(writer);
                    let end_of_key = writer.len();
                    value.encode(writer);
                    end_of_key
                });
            }

            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let count = reader.count(const { K::TYPE.min_size().saturating_add(V::TYPE.min_size()) })?;
                let $room = reader.room::<(K, V)>(count);
                let mut map = $empty;
                let mut last = None;
                for _ in 0..count {
                    let key = ascending(&mut last, reader, |reader| K::decode(reader))?;
                    // Keys of different bytes may be equal nevertheless, if their type says so.
                    if map.insert(key, V::decode(reader)?).is_some() {
                        return Err(DecodeError::NotAscending);
                    }
                }
                Ok(map)
            }
        }
    )*};
}

maps! {
    [K: Schema + Ord, V: Schema] BTreeMap<K, V>, _room => Self::new();
    [K: Schema + Eq + Hash, V: Schema, S: BuildHasher + Default] HashMap<K, V, S>,
        room => Self::with_capacity_and_hasher(room, S::default());
}

macro_rules! sets {
    ($([$($generics:tt)*] $set:ty, $room:ident => $empty:expr;)*) => {$(
        impl<$($generics)*> Schema for $set {
            const TYPE: &'static Type = &Type::Set(Node::Static(T::TYPE));

            fn size(&self) -> usize {
                varuint_size(self.len()) + self.iter().map(T::size).sum::<usize>()
            }

            fn encode(&self, writer: &mut Writer) {
                writer.sorted(self.iter(), |item, writer| {
                    item.encode(writer);
                    writer.len()
                });
            }

            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let count = reader.count(const { T::TYPE.min_size() })?;
                let $room = reader.room::<T>(count);
                let mut set = $empty;
                let mut last = None;
                for _ in 0..count {
                    if !set.insert(ascending(&mut last, reader, |reader| T::decode(reader))?) {
                        return Err(DecodeError::NotAscending);
                    }
                }
                Ok(set)
            }
        }
    )*};
}

sets! {
    [T: Schema + Ord] BTreeSet<T>, _room => Self::new();
    [T: Schema + Eq + Hash, S: BuildHasher + Default] HashSet<T, S>,
        room => Self::with_capacity_and_hasher(room, S::default());
}
