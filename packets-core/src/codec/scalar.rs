//! Numbers of fixed size, bool and char.

use std::num::NonZero;

use super::kernel;
use super::reader::Reader;
use super::varint::varuint_size;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

macro_rules! numbers {
    ($($number:ty => $ty:ident),* $(,)?) => {$(
        impl Schema for $number {
            const TYPE: &'static Type = &Type::$ty;
            const FIXED_SIZE: usize = size_of::<Self>();

            #[inline(always)]
            fn encode_fixed(&self, out: &mut [u8]) {
                out.copy_from_slice(&self.to_be_bytes());
            }

            #[inline(always)]
            fn decode_fixed(bytes: &[u8], _: &mut bool) -> Self {
                let mut number = [0; size_of::<Self>()];
                number.copy_from_slice(bytes);
                Self::from_be_bytes(number)
            }

            #[inline(always)]
            fn size(&self) -> usize {
                size_of::<Self>()
            }

            #[inline(always)]
            fn encode(&self, writer: &mut Writer) {
                writer.append(&self.to_be_bytes());
            }

            #[inline(always)]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.array().map(Self::from_be_bytes)
            }

            #[inline(always)]
            fn encode_counted(items: &[Self], writer: &mut Writer) {
                writer.number_list(items);
            }

            #[inline(always)]
            fn encode_list(items: &[Self], writer: &mut Writer) {
                writer.numbers(items);
            }

            #[inline(always)]
            fn decode_list(count: usize, reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
                reader.take(count.saturating_mul(Self::FIXED_SIZE)).map(kernel::numbers)
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
    const FIXED_SIZE: usize = 1;

    #[inline(always)]
    fn encode_fixed(&self, out: &mut [u8]) {
        out.copy_from_slice(&[*self]);
    }

    #[inline(always)]
    fn decode_fixed(bytes: &[u8], _: &mut bool) -> Self {
        bytes[0]
    }

    #[inline(always)]
    fn size(&self) -> usize {
        1
    }

    #[inline(always)]
    fn encode(&self, writer: &mut Writer) {
        writer.append(&[*self]);
    }

    #[inline(always)]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array().map(|[byte]| byte)
    }

    #[inline(always)]
    fn encode_counted(items: &[Self], writer: &mut Writer) {
        writer.number_list(items);
    }

    #[inline(always)]
    fn encode_list(items: &[Self], writer: &mut Writer) {
        writer.numbers(items);
    }

    #[inline(always)]
    fn decode_list(count: usize, reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        reader.take(count).map(kernel::numbers)
    }
}

impl Schema for bool {
    const TYPE: &'static Type = &Type::Bool;
    const FIXED_SIZE: usize = 1;

    #[inline(always)]
    fn encode_fixed(&self, out: &mut [u8]) {
        out.copy_from_slice(&[u8::from(*self)]);
    }

    #[inline(always)]
    fn decode_fixed(bytes: &[u8], valid: &mut bool) -> Self {
        *valid &= bytes[0] <= 1;
        bytes[0] == 1
    }

    #[inline(always)]
    fn size(&self) -> usize {
        1
    }

    #[inline(always)]
    fn encode(&self, writer: &mut Writer) {
        writer.append(&[u8::from(*self)]);
    }

    #[inline(always)]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(DecodeError::InvalidBool),
        }
    }

    #[inline(always)]
    fn encode_counted(items: &[Self], writer: &mut Writer) {
        writer.number_list(kernel::bytes(items));
    }

    #[inline(always)]
    fn encode_list(items: &[Self], writer: &mut Writer) {
        writer.numbers(kernel::bytes(items));
    }

    #[inline(always)]
    fn decode_list(count: usize, reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        kernel::bools(reader.take(count)?).ok_or(DecodeError::InvalidBool)
    }
}

impl Schema for char {
    const TYPE: &'static Type = &Type::Char;

    #[inline(always)]
    fn size(&self) -> usize {
        varuint_size(u32::from(*self) as usize)
    }

    #[inline(always)]
    fn encode(&self, writer: &mut Writer) {
        writer.varuint((*self).into());
    }

    #[inline(always)]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_u32(reader.varuint()?).ok_or(DecodeError::InvalidChar)
    }
}

macro_rules! non_zero {
    ($($number:ty)*) => {$(
        /// The same as the number, but 0 is refused.
        impl Schema for NonZero<$number> {
            const TYPE: &'static Type = <$number>::TYPE;
            const LIST: &'static Type = <$number>::LIST;

            #[inline(always)]
            fn size(&self) -> usize {
                size_of::<Self>()
            }

            #[inline(always)]
            fn encode(&self, writer: &mut Writer) {
                self.get().encode(writer);
            }

            #[inline(always)]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Self::new(Schema::decode(reader)?).ok_or(DecodeError::OutOfRange)
            }
        }
    )*};
}

non_zero! { i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 }
