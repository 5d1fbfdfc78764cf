//! Values that hold no others to bytes.

use super::Value;
use crate::codec::{self, Writer};
use crate::schema::{Schema, Type};

/// Nothing if the value is none of the type, or the type no scalar. Apart from the types that hold others, so that
/// the stack of those stays small.
pub(super) fn scalar(ty: &Type, value: &Value, writer: &mut Writer) -> Option<()> {
    match ty {
        Type::Bool => value.as_bool()?.encode(writer),
        Type::Int8 => value.as_integer::<i8>()?.encode(writer),
        Type::Int16 => value.as_integer::<i16>()?.encode(writer),
        Type::Int32 => value.as_integer::<i32>()?.encode(writer),
        Type::Int64 => value.as_integer::<i64>()?.encode(writer),
        Type::Int128 => value.as_integer::<i128>()?.encode(writer),
        Type::Uint8 => value.as_integer::<u8>()?.encode(writer),
        Type::Uint16 => value.as_integer::<u16>()?.encode(writer),
        Type::Uint32 => value.as_integer::<u32>()?.encode(writer),
        Type::Uint64 => value.as_integer::<u64>()?.encode(writer),
        Type::Uint128 => value.as_integer::<u128>()?.encode(writer),
        Type::Varuint => {
            writer.varuint(value.as_integer().filter(|number| *number <= Writer::MAX_VARUINT)?);
        }
        Type::Varint => {
            let number: i32 = value.as_integer().filter(|number| (-1 << 30..1 << 30).contains(number))?;
            codec::AsVarint::encode(&number, writer);
        }
        Type::Float32 => float32(value.as_f64()?)?.encode(writer),
        Type::Float64 => value.as_f64()?.encode(writer),
        Type::Char => {
            let mut chars = value.as_str()?.chars();
            let (Some(char), None) = (chars.next(), chars.next()) else { return None };
            writer.varuint(char.into());
        }
        Type::String => {
            let text = value.as_str()?;
            writer.length(text.len());
            writer.put(text.as_bytes());
        }
        _ => return None,
    }
    Some(())
}

/// The nearest float32; none for a number that would become infinite by it.
fn float32(number: f64) -> Option<f32> {
    (!number.is_finite() || number.abs() <= f32::MAX.into()).then_some(number as f32)
}
