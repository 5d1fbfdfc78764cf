//! Types made of others: lists, options, pointers, the unit.

use super::reader::Reader;
use super::varint::varuint_size;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Node, Schema, Type};

impl<T: Schema> Schema for Vec<T> {
    const TYPE: &'static Type = T::LIST;

    #[inline]
    fn size(&self) -> usize {
        varuint_size(self.len()) + T::size_list(self)
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        writer.length(self.len());
        T::encode_list(self, writer);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.count(const { T::TYPE.min_size() })?;
        T::decode_list(count, reader)
    }
}

impl<T: Schema> Schema for Option<T> {
    const TYPE: &'static Type = &Type::Option(Node::Static(T::TYPE));

    #[inline]
    fn size(&self) -> usize {
        1 + self.as_ref().map_or(0, T::size)
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        writer.put(&[u8::from(self.is_some())]);
        if let Some(value) = self {
            value.encode(writer);
        }
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.varuint()? {
            0 => Ok(None),
            1 => T::decode(reader).map(Some),
            _ => Err(DecodeError::WrongCount),
        }
    }
}

impl<T: Schema> Schema for Box<T> {
    const TYPE: &'static Type = T::TYPE;

    #[inline]
    fn size(&self) -> usize {
        T::size(self)
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        T::encode(self, writer);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        T::decode(reader).map(Self::new)
    }
}

impl Schema for () {
    const TYPE: &'static Type = &Type::UNIT;

    #[inline]
    fn size(&self) -> usize {
        0
    }

    #[inline]
    fn encode(&self, _: &mut Writer) {}

    #[inline]
    fn decode(_: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(())
    }
}
