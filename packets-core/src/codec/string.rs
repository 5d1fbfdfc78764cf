//! Strings and shared buffers.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::kernel;
use super::reader::Reader;
use super::varint::varuint_size;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

impl Schema for String {
    const TYPE: &'static Type = &Type::String;

    #[inline(always)]
    fn size(&self) -> usize {
        varuint_size(self.len()) + self.len()
    }

    #[inline(always)]
    fn encode(&self, writer: &mut Writer) {
        writer.buffer(self.as_bytes());
    }

    #[inline(always)]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        kernel::string(reader.buffer()?).ok_or(DecodeError::InvalidUtf8)
    }
}

macro_rules! strings {
    ($($string:ty),*) => {$(
        impl Schema for $string {
            const TYPE: &'static Type = &Type::String;

            #[inline(always)]
            fn size(&self) -> usize {
                varuint_size(self.len()) + self.len()
            }

            #[inline(always)]
            fn encode(&self, writer: &mut Writer) {
                writer.buffer(self.as_bytes());
            }

            #[inline(always)]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                String::decode(reader).map(Self::from)
            }
        }
    )*};
}

strings! { Box<str>, Arc<str>, Cow<'static, str> }

/// A `buffer` that shares the received message instead of copying it, and so keeps that message alive.
impl Schema for Bytes {
    const TYPE: &'static Type = &Type::Buffer;

    #[inline(always)]
    fn size(&self) -> usize {
        varuint_size(self.len()) + self.len()
    }

    #[inline(always)]
    fn encode(&self, writer: &mut Writer) {
        writer.buffer(self);
    }

    #[inline(always)]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bytes = reader.buffer()?;
        Ok(reader.share(bytes))
    }
}
