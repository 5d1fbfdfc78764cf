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

/// The nearest float32; none for a number that would become infinite by it. A NaN keeps its bits.
fn float32(number: f64) -> Option<f32> {
    let bits = number.to_bits();
    let mantissa = (bits >> 29) as u32 & MANTISSA;
    if number.is_nan() && mantissa != 0 {
        Some(f32::from_bits((bits >> 32) as u32 & SIGN | EXPONENT | mantissa))
    } else {
        (!number.is_finite() || number.abs() <= f32::MAX.into()).then_some(number as f32)
    }
}

/// A float32 as a float64. A NaN keeps its bits, of which a conversion by the processor sets one.
pub(super) fn float64(number: f32) -> f64 {
    let bits = number.to_bits();
    if number.is_nan() {
        let wide = |bits: u32| u64::from(bits);
        f64::from_bits(wide(bits & SIGN) << 32 | 0x7ff << 52 | wide(bits & MANTISSA) << 29)
    } else {
        number.into()
    }
}

// The parts of a float32.
const SIGN: u32 = 1 << 31;
const EXPONENT: u32 = 0xff << 23;
const MANTISSA: u32 = (1 << 23) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float32_keeps_its_bits() {
        for bits in
            [0, 1, 0x7f80_0000, 0xff80_0000, 0x7f80_0001, 0x7fbf_ffff, 0xffff_ffff, 0xffbf_fffd, 0x7fc0_0000]
        {
            let there_and_back = float32(float64(f32::from_bits(bits))).map(f32::to_bits);
            assert_eq!(there_and_back, Some(bits), "{bits:x}");
        }
        assert_eq!(float32(1e39), None);
        assert!(float32(f64::from_bits(0x7ff0_0000_0000_0001)).is_some_and(f32::is_nan));
    }
}
