//! UUIDs.

use uuid::Uuid;

use super::reader::Reader;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

/// `[uint8;16]`, in the order of its text.
impl Schema for Uuid {
    const TYPE: &'static Type = <[u8; 16]>::TYPE;

    #[inline]
    fn size(&self) -> usize {
        16
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        self.as_bytes().encode(writer);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Schema::decode(reader).map(Self::from_bytes)
    }
}
