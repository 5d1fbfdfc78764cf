//! Numbers in as few bytes as they need: what `#[packet(varuint)]` and `#[packet(varint)]` choose.

use std::convert::identity;

use super::reader::Reader;
use super::writer::Writer;
use crate::error::{DecodeError, EncodeError};
use crate::schema::{Node, Type};

/// How many bytes `length` takes as a varuint.
///
/// ```
/// use packets_core::codec::varuint_size;
/// assert_eq!([0, 127, 128, 16_384].map(varuint_size), [1, 1, 2, 3]);
/// ```
#[inline(always)]
#[must_use]
pub const fn varuint_size(length: usize) -> usize {
    if length < 0x80 {
        return 1;
    }
    if length < 0x4000 {
        return 2;
    }
    // The number of significant bits in groups of seven: nine groups are 64 ninths, near enough.
    (length.ilog2() as usize * 9 + 73) / 64
}

macro_rules! variable {
    ($(#[$doc:meta])* $name:ident, $message:literal, $note:literal, $attribute:literal, $ty:ident, $range:literal, $raw:ty,
     $to_wire:expr, $from_wire:expr, $($number:ty)*) => {
        $(#[$doc])*
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "not an integer that fits",
            note = $note
        )]
        pub trait $name: Sized {
            /// The schema as data.
            const TYPE: &'static Type;
            /// As [`Schema::size`](crate::Schema::size).
            fn size(&self) -> usize;
            /// As [`Schema::encode`](crate::Schema::encode).
            fn encode(&self, writer: &mut Writer);
            /// As [`Schema::decode`](crate::Schema::decode).
            ///
            /// # Errors
            /// As there.
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;
        }

        $(impl $name for $number {
            const TYPE: &'static Type = &Type::$ty;

            #[inline(always)]
            fn size(&self) -> usize {
                <$raw>::try_from(*self).map_or(1, |number| varuint_size($to_wire(number) as usize))
            }

            #[inline(always)]
            fn encode(&self, writer: &mut Writer) {
                let range = $range;
                let error = || EncodeError::OutOfRange { value: *self as i128, ty: $attribute, range };
                match <$raw>::try_from(*self) {
                    Ok(number) => writer.varuint_or($to_wire(number) as usize, error),
                    Err(_) => writer.fail(error()),
                }
            }

            #[inline(always)]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Self::try_from($from_wire(reader.varuint()?)).map_err(|_| DecodeError::OutOfRange)
            }
        })*

        impl<T: $name> $name for Vec<T> {
            const TYPE: &'static Type = &Type::Array(Node::Static(T::TYPE));

            fn size(&self) -> usize {
                varuint_size(self.len()) + self.iter().map(T::size).sum::<usize>()
            }

            fn encode(&self, writer: &mut Writer) {
                writer.length(self.len());
                self.iter().for_each(|item| item.encode(writer));
            }

            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let count = reader.count(1)?;
                let mut items = Self::with_capacity(count);
                for _ in 0..count {
                    items.push(T::decode(reader)?);
                }
                Ok(items)
            }
        }

        impl<T: $name> $name for Option<T> {
            const TYPE: &'static Type = &Type::Option(Node::Static(T::TYPE));

            fn size(&self) -> usize {
                1 + self.as_ref().map_or(0, T::size)
            }

            fn encode(&self, writer: &mut Writer) {
                writer.put(&[u8::from(self.is_some())]);
                if let Some(value) = self {
                    value.encode(writer);
                }
            }

            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                match reader.varuint()? {
                    0 => Ok(None),
                    1 => T::decode(reader).map(Some),
                    _ => Err(DecodeError::WrongCount),
                }
            }
        }
    };
}

variable! {
    /// A field that `#[packet(varuint)]` can stand on: an unsigned integer of up to 2³¹-1.
    AsVaruint,
    "`{Self}` cannot be a varuint",
    "`varuint` is for u8, u16, u32, u64 and usize, and for Vec and Option of them",
    "varuint", Varuint, "0 to 2147483647", u32,
    identity,
    identity,
    u8 u16 u32 u64 usize
}

variable! {
    /// A field that `#[packet(varint)]` can stand on: a signed integer of -2³⁰ to 2³⁰-1.
    AsVarint,
    "`{Self}` cannot be a varint",
    "`varint` is for i8, i16, i32, i64 and isize, and for Vec and Option of them",
    "varint", Varint, "-1073741824 to 1073741823", i32,
    zigzag,
    unzigzag,
    i8 i16 i32 i64 isize
}

/// What is beyond a varint becomes what is beyond a varuint.
pub(crate) const fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

pub(crate) const fn unzigzag(wire: u32) -> i32 {
    (wire >> 1) as i32 ^ -((wire & 1) as i32)
}
