//! Pointers, which are what they point to, also in a list.

use std::sync::Arc;

use super::reader::Reader;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

macro_rules! pointers {
    ($($pointer:ident)*) => {$(
        impl<T: Schema> Schema for $pointer<T> {
            const TYPE: &'static Type = T::TYPE;
            const LIST: &'static Type = T::LIST;

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
    )*};
}

pointers! { Box Arc }
