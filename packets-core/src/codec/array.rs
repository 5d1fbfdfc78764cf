//! Arrays, whose length belongs to the type and is not sent.

use super::reader::Reader;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Node, Schema, Type};

impl<T: Schema, const N: usize> Schema for [T; N] {
    const TYPE: &'static Type = &Type::FixedArray(Node::Static(T::TYPE), count(N));
    const FIXED_SIZE: usize = T::FIXED_SIZE * N;

    #[inline]
    fn encode_fixed(&self, out: &mut [u8]) {
        if Self::FIXED_SIZE > 0 {
            for (item, out) in self.iter().zip(out.chunks_exact_mut(T::FIXED_SIZE)) {
                item.encode_fixed(out);
            }
        }
    }

    #[inline]
    fn decode_fixed(bytes: &[u8], valid: &mut bool) -> Self {
        std::array::from_fn(|index| T::decode_fixed(&bytes[index * T::FIXED_SIZE..][..T::FIXED_SIZE], valid))
    }

    #[inline]
    fn size(&self) -> usize {
        T::size_list(self)
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        T::encode_list(self, writer);
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if Self::FIXED_SIZE > 0 {
            let mut valid = true;
            let items = Self::decode_fixed(reader.take(Self::FIXED_SIZE)?, &mut valid);
            return if valid { Ok(items) } else { Err(DecodeError::InvalidBool) };
        }
        reader.charge_items(const { count(N) }, const { T::TYPE.min_size() })?;
        // Without unsafe code, an array whose items may fail to decode is made by way of a list.
        T::decode_list(N, reader)?.try_into().map_err(|_| DecodeError::WrongCount)
    }
}

/// The length as schemas have it. A longer array is an error when the program is compiled.
const fn count(length: usize) -> u32 {
    assert!(length <= u32::MAX as usize, "an array with a schema has at most 4294967295 items");
    length as u32
}
