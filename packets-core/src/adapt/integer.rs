//! Integers: any can become any other that can say the number.

use super::error::AdaptError;
use crate::codec::{AsVarint, Reader, Writer};
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

/// An integer's form on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Integer {
    /// Of so many bytes.
    Signed(u8),
    /// Of so many bytes.
    Unsigned(u8),
    Varuint,
    Varint,
}

impl Integer {
    pub(super) const fn of(ty: &Type) -> Option<Self> {
        Some(match ty {
            Type::Int8 => Self::Signed(1),
            Type::Int16 => Self::Signed(2),
            Type::Int32 => Self::Signed(4),
            Type::Int64 => Self::Signed(8),
            Type::Int128 => Self::Signed(16),
            Type::Uint8 => Self::Unsigned(1),
            Type::Uint16 => Self::Unsigned(2),
            Type::Uint32 => Self::Unsigned(4),
            Type::Uint64 => Self::Unsigned(8),
            Type::Uint128 => Self::Unsigned(16),
            Type::Varuint => Self::Varuint,
            Type::Varint => Self::Varint,
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Signed(1) => "int8",
            Self::Signed(2) => "int16",
            Self::Signed(4) => "int32",
            Self::Signed(8) => "int64",
            Self::Signed(_) => "int128",
            Self::Unsigned(1) => "uint8",
            Self::Unsigned(2) => "uint16",
            Self::Unsigned(4) => "uint32",
            Self::Unsigned(8) => "uint64",
            Self::Unsigned(_) => "uint128",
            Self::Varuint => "varuint",
            Self::Varint => "varint",
        }
    }

    /// Moves one number.
    pub(super) fn adapt(
        self,
        to: Self,
        reader: &mut Reader<'_>,
        writer: &mut Writer,
    ) -> Result<(), Box<AdaptError>> {
        let number = match self {
            // It alone has numbers that no other type can say.
            Self::Unsigned(16) => {
                let number = u128::decode(reader)?;
                i128::try_from(number).map_err(|_| to.out_of_range(&number))?
            }
            _ => self.read(reader)?,
        };
        if !to.takes(number) {
            return Err(to.out_of_range(&number));
        }
        to.write(number, writer);
        Ok(())
    }

    fn out_of_range(self, number: &dyn ToString) -> Box<AdaptError> {
        let (path, number) = (String::new(), number.to_string());
        Box::new(AdaptError::OutOfRange { path, number, ty: self.name() })
    }

    /// Takes a number that an i128 holds.
    fn read(self, reader: &mut Reader<'_>) -> Result<i128, DecodeError> {
        Ok(match self {
            Self::Signed(bytes) => {
                let bytes = reader.take(bytes.into())?;
                let sign = if bytes.first().is_some_and(|first| *first >= 0x80) { -1 } else { 0 };
                big_endian(sign, bytes)
            }
            Self::Unsigned(bytes) => big_endian(0, reader.take(bytes.into())?),
            Self::Varuint => reader.varuint()?.into(),
            Self::Varint => <i32 as AsVarint>::decode(reader)?.into(),
        })
    }

    fn takes(self, number: i128) -> bool {
        let range = match self {
            Self::Signed(bytes) => {
                let unused = 128 - 8 * u32::from(bytes);
                i128::MIN >> unused..=i128::MAX >> unused
            }
            Self::Unsigned(16) => 0..=i128::MAX,
            Self::Unsigned(bytes) => 0..=i128::MAX >> (127 - 8 * u32::from(bytes)),
            Self::Varuint => 0..=Writer::MAX_VARUINT.into(),
            Self::Varint => -(1 << 30)..=(1 << 30) - 1,
        };
        range.contains(&number)
    }

    /// Appends a number that it takes.
    fn write(self, number: i128, writer: &mut Writer) {
        match self {
            Self::Signed(bytes) | Self::Unsigned(bytes) => {
                writer.put(&number.to_be_bytes()[16 - usize::from(bytes)..]);
            }
            Self::Varuint => writer.varuint(number as u32),
            Self::Varint => AsVarint::encode(&(number as i32), writer),
        }
    }
}

fn big_endian(sign: i128, bytes: &[u8]) -> i128 {
    bytes.iter().fold(sign, |number, byte| number << 8 | i128::from(*byte))
}
