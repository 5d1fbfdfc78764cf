//! Lists of bools, which are bytes of 0 and 1 in memory as where they travel.

use std::mem::ManuallyDrop;
use std::slice;

use super::numbers;
use super::text::short_bits;

/// The bytes of bools.
#[inline(always)]
pub(crate) fn bytes(bools: &[bool]) -> &[u8] {
    // SAFETY: a bool is a byte.
    unsafe { slice::from_raw_parts(bools.as_ptr().cast(), bools.len()) }
}

/// The bools that are these bytes, if all are 0 or 1.
#[inline(always)]
pub(crate) fn bools(bytes: &[u8]) -> Option<Vec<bool>> {
    let valid = match short_bits(bytes) {
        Some(bits) => bits & !u128::from_ne_bytes([1; 16]) == 0,
        None => bytes.iter().fold(0, |bits, byte| bits | byte) <= 1,
    };
    if !valid {
        return None;
    }
    let mut bytes = ManuallyDrop::new(numbers::<u8>(bytes));
    // SAFETY: those are a vector's parts, which nobody uses again. A bool has the layout of a byte; 0 and 1 are bools.
    Some(unsafe { Vec::from_raw_parts(bytes.as_mut_ptr().cast(), bytes.len(), bytes.capacity()) })
}

#[cfg(test)]
mod tests {
    #[test]
    fn takes_0_and_1_and_nothing_else() {
        for count in (0..70).chain([1000]) {
            let bools: Vec<bool> = (0..count).map(|index| index % 3 == 0).collect();
            let mut bytes: Vec<u8> = bools.iter().map(|value| u8::from(*value)).collect();
            assert_eq!(super::bytes(&bools), bytes);
            assert_eq!(super::bools(&bytes), Some(bools));
            for at in 0..count {
                for wrong in [2, 3, 0x80, 0xff] {
                    let right = std::mem::replace(&mut bytes[at], wrong);
                    assert_eq!(super::bools(&bytes), None, "{wrong} at {at} of {count}");
                    bytes[at] = right;
                }
            }
        }
    }
}
