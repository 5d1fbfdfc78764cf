//! Lists of values of [fixed size](Schema::FIXED_SIZE).

use std::mem::MaybeUninit;
use std::slice;

use super::{FEW, reserve};
use crate::error::DecodeError;
use crate::schema::Schema;

/// Appends the bytes of values of [fixed size](Schema::FIXED_SIZE).
#[inline(always)]
pub(crate) fn append_fixed<T: Schema>(out: &mut Vec<u8>, values: &[T]) {
    // A size that is too large for a number is too large for a buffer.
    let size = T::FIXED_SIZE.saturating_mul(values.len());
    reserve(out, size);
    let length = out.len();
    // SAFETY: behind the `length` first there is room for `size` bytes, which are written.
    unsafe {
        let to = out.as_mut_ptr().add(length);
        if size < FEW {
            write_each(to, values);
        } else {
            write_many(to, values.as_ptr(), values.len());
        }
        out.set_len(length.unchecked_add(size));
    }
}

/// # Safety
/// As [`write_each`]'s; the values are a slice.
#[inline(never)]
unsafe extern "C" fn write_many<T: Schema>(to: *mut u8, values: *const T, count: usize) {
    // SAFETY: the caller's; the processor has AVX2.
    unsafe {
        let values = slice::from_raw_parts(values, count);
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            return write_with_avx2(to, values);
        }
        write_each(to, values);
    }
}

/// Turns bytes around 32 at a time.
///
/// # Safety
/// As [`write_each`]'s.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn write_with_avx2<T: Schema>(to: *mut u8, values: &[T]) {
    // SAFETY: the caller's.
    unsafe { write_each(to, values) };
}

/// # Safety
/// At `to` there is room for [`Schema::FIXED_SIZE`] bytes for each of the values.
#[inline(always)]
unsafe fn write_each<T: Schema>(mut to: *mut u8, values: &[T]) {
    for value in values {
        // SAFETY: there is room for this value, and behind it for those that follow.
        unsafe {
            // The compiler drops the zeros where it sees that the value covers them.
            to.write_bytes(0, T::FIXED_SIZE);
            value.encode_fixed(slice::from_raw_parts_mut(to, T::FIXED_SIZE));
            to = to.add(T::FIXED_SIZE);
        }
    }
}

/// A list of values of [fixed size](Schema::FIXED_SIZE), which are all of `bytes`.
#[inline(always)]
pub(crate) fn fixed_list<T: Schema>(bytes: &[u8]) -> Result<Vec<T>, DecodeError> {
    let count = bytes.len() / T::FIXED_SIZE;
    let mut items = Vec::with_capacity(count);
    let to = items.spare_capacity_mut();
    #[cfg(target_arch = "x86_64")]
    let valid = if bytes.len() >= FEW && is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2; there is room for `count` items.
        unsafe { fill_with_avx2::<T>(to, bytes, count) }
    } else {
        // SAFETY: there is room for `count` items.
        unsafe { fill_each::<T>(to, bytes, count) }
    };
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: there is room for `count` items.
    let valid = unsafe { fill_each::<T>(to, bytes, count) };
    // SAFETY: the first `count` items are initialised.
    unsafe { items.set_len(count) };
    if valid { Ok(items) } else { Err(DecodeError::InvalidBool) }
}

/// Turns bytes around 32 at a time.
///
/// # Safety
/// As [`fill_each`]'s.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn fill_with_avx2<T: Schema>(to: &mut [MaybeUninit<T>], bytes: &[u8], count: usize) -> bool {
    // SAFETY: the caller's.
    unsafe { fill_each(to, bytes, count) }
}

/// Initialises the first `count` items, and returns whether they are valid.
///
/// # Safety
/// There are so many items, and [`Schema::FIXED_SIZE`] bytes for each of them.
#[inline(always)]
unsafe fn fill_each<T: Schema>(to: &mut [MaybeUninit<T>], bytes: &[u8], count: usize) -> bool {
    let mut valid = true;
    for index in 0..count {
        // SAFETY: `index` is below `count`.
        unsafe {
            let from = slice::from_raw_parts(bytes.as_ptr().add(index * T::FIXED_SIZE), T::FIXED_SIZE);
            to.get_unchecked_mut(index).write(T::decode_fixed(from, &mut valid));
        }
    }
    valid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_lists_are_as_their_items() {
        for count in (0..70).chain([1000]) {
            let numbers: Vec<u32> = (0u32..count).map(|index| index.wrapping_mul(0x0102_0305)).collect();
            let expected: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
            let mut out = vec![1];
            append_fixed(&mut out, &numbers);
            assert_eq!(out[1..], expected);
            assert_eq!(fixed_list(&expected), Ok(numbers));
        }
    }

    /// Says that it has a size, and fills nothing.
    struct Idle;

    impl Schema for Idle {
        const TYPE: &'static crate::schema::Type = u16::TYPE;
        const FIXED_SIZE: usize = 2;

        fn size(&self) -> usize {
            0
        }

        fn encode(&self, _: &mut crate::codec::Writer) {}

        fn decode(_: &mut crate::codec::Reader<'_>) -> Result<Self, DecodeError> {
            Ok(Self)
        }

        fn decode_fixed(_: &[u8], _: &mut bool) -> Self {
            Self
        }
    }

    #[test]
    fn what_an_item_does_not_fill_is_zero() {
        let mut out = vec![9];
        append_fixed(&mut out, &[Idle, Idle, Idle]);
        assert_eq!(out, [9, 0, 0, 0, 0, 0, 0]);
        append_fixed(&mut out, &[const { Idle }; 100]);
        assert_eq!(out.len(), 207);
        assert_eq!(fixed_list::<Idle>(&[0; 7]).map(|items| items.len()), Ok(3));
    }

    #[test]
    fn fixed_lists_are_valid_as_a_whole() {
        for count in [1, 40, 1000] {
            let mut bytes = vec![1; count];
            assert_eq!(fixed_list(&bytes), Ok(vec![true; count]));
            bytes[count / 2] = 2;
            assert_eq!(fixed_list::<bool>(&bytes), Err(DecodeError::InvalidBool));
        }
    }
}
