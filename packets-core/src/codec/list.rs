//! Lists of any length: a count, then the items.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::reader::Reader;
use super::varint::varuint_size;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

macro_rules! lists {
    ($([$($bound:tt)*] $list:ty),* $(,)?) => {$(
        impl<T: Schema $($bound)*> Schema for $list {
            const TYPE: &'static Type = T::LIST;

            #[inline]
            fn size(&self) -> usize {
                varuint_size(self.len()) + T::size_list(self)
            }

            #[inline]
            fn encode(&self, writer: &mut Writer) {
                T::encode_counted(self, writer);
            }

            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let count = if T::FIXED_SIZE > 0 {
                    reader.varuint()? as usize
                } else {
                    reader.count(const { T::TYPE.min_size() })?
                };
                T::decode_list(count, reader).map(Self::from)
            }
        }
    )*};
}

lists! { [] Vec<T>, [] Box<[T]>, [] Arc<[T]>, [+ Clone] Cow<'static, [T]> }

impl<T: Schema> Schema for VecDeque<T> {
    const TYPE: &'static Type = T::LIST;

    #[inline]
    fn size(&self) -> usize {
        let (front, back) = self.as_slices();
        varuint_size(self.len()) + T::size_list(front) + T::size_list(back)
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        let (front, back) = self.as_slices();
        writer.length(self.len());
        T::encode_list(front, writer);
        T::encode_list(back, writer);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Vec::decode(reader).map(Self::from)
    }
}
