//! Numbers of fixed size and bool.

use super::reader::Reader;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

macro_rules! numbers {
    ($($number:ty => $ty:ident),* $(,)?) => {$(
        impl Schema for $number {
            const TYPE: &'static Type = &Type::$ty;

            #[inline]
            fn size(&self) -> usize {
                size_of::<Self>()
            }

            #[inline]
            fn encode(&self, writer: &mut Writer) {
                writer.put(&self.to_be_bytes());
            }

            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.array().map(Self::from_be_bytes)
            }
        }
    )*};
}

numbers! {
    i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64, i128 => Int128,
    u16 => Uint16, u32 => Uint32, u64 => Uint64, u128 => Uint128,
    f32 => Float32, f64 => Float64,
}

/// Apart from the other numbers because a list of bytes is a `buffer`, and is copied as a whole.
impl Schema for u8 {
    const TYPE: &'static Type = &Type::Uint8;
    const LIST: &'static Type = &Type::Buffer;

    #[inline]
    fn size(&self) -> usize {
        1
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        writer.put(&[*self]);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array().map(|[byte]| byte)
    }

    #[inline]
    fn encode_list(items: &[Self], writer: &mut Writer) {
        writer.put(items);
    }

    #[inline]
    fn decode_list(count: usize, reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        reader.take(count).map(<[Self]>::to_vec)
    }
}

impl Schema for bool {
    const TYPE: &'static Type = &Type::Bool;

    #[inline]
    fn size(&self) -> usize {
        1
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        writer.put(&[u8::from(*self)]);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(DecodeError::InvalidBool),
        }
    }
}
