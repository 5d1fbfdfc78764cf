//! Lists of numbers: big-endian where they travel, and in memory as the processor has them. Bytes are numbers, too.

use std::ptr::copy_nonoverlapping;

use super::{FEW, reserve};

/// A number.
///
/// # Safety
/// It has no padding, and any bytes are one. Its size is a power of two.
pub(crate) unsafe trait Number: Copy {
    /// Turns every number around that is in `word`.
    fn turn<const N: usize>(word: &mut [u8; N]);
}

macro_rules! numbers {
    ($($bits:ty: $($number:ty)*;)*) => {$($(
        // SAFETY: so are Rust's integers and floats.
        unsafe impl Number for $number {
            #[inline(always)]
            fn turn<const N: usize>(word: &mut [u8; N]) {
                for number in word.as_chunks_mut().0 {
                    *number = <$bits>::from_be_bytes(*number).to_ne_bytes();
                }
            }
        }
    )*)*};
}

numbers! {
    u8: u8 i8;
    u16: u16 i16;
    u32: u32 i32 f32;
    u64: u64 i64 f64;
    u128: u128 i128;
}

/// Appends the bytes of numbers.
#[inline(always)]
pub(crate) fn append_numbers<T: Number>(out: &mut Vec<u8>, numbers: &[T]) {
    let size = size_of_val(numbers);
    reserve(out, size);
    let length = out.len();
    // SAFETY: behind the `length` first there is room for `size` bytes, which are written. Numbers are bytes, and cannot
    // be there, since nobody else has a reference into a vector that is borrowed mutably.
    unsafe {
        swap::<T>(numbers.as_ptr().cast(), out.as_mut_ptr().add(length), size);
        out.set_len(length.unchecked_add(size));
    }
}

/// Appends a byte, and then the bytes of numbers.
#[inline(always)]
pub(crate) fn append_list<T: Number>(out: &mut Vec<u8>, first: u8, numbers: &[T]) {
    let size = size_of_val(numbers) + 1;
    reserve(out, size);
    let length = out.len();
    // SAFETY: behind the `length` first there is room for `size` bytes. The rest as in `append_numbers`.
    unsafe {
        let to = out.as_mut_ptr().add(length);
        to.write(first);
        swap::<T>(numbers.as_ptr().cast(), to.add(1), size - 1);
        out.set_len(length.unchecked_add(size));
    }
}

/// The numbers of these bytes.
#[inline(always)]
pub(crate) fn numbers<T: Number>(bytes: &[u8]) -> Vec<T> {
    let count = bytes.len() / size_of::<T>();
    let mut numbers = Vec::<T>::with_capacity(count);
    // SAFETY: there is room for `count` numbers, in an allocation of its own, and there are bytes for them. Any bytes
    // are numbers.
    unsafe {
        swap::<T>(bytes.as_ptr(), numbers.as_mut_ptr().cast(), count * size_of::<T>());
        numbers.set_len(count);
    }
    numbers
}

/// Copies numbers of this type, and turns each around. Most lists and texts are short: moving those inline, by their
/// first and their last bytes, which overlap, takes less time than a loop or a call.
///
/// # Safety
/// `size` bytes, which are whole numbers, can be read from `from` and written to `to`, and are not the same.
#[inline(always)]
unsafe fn swap<T: Number>(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: every access is within `size` bytes: so are words at the begin and at the end if they are not longer.
    unsafe {
        if size < 8 {
            match size {
                0 => {}
                1 => swap_word::<T, 1>(from, to),
                2..4 => swap_ends::<T, 2>(from, to, size),
                _ => swap_ends::<T, 4>(from, to, size),
            }
        } else if size <= 32 {
            if size < 16 {
                swap_ends::<T, 8>(from, to, size);
            } else {
                swap_ends::<T, 16>(from, to, size);
            }
        } else if size_of::<T>() == 1 {
            copy_nonoverlapping(from, to, size);
        } else if size < FEW {
            swap_each::<T>(from, to, size);
        } else {
            swap_many::<T>(from, to, size);
        }
    }
}

/// Copies the numbers of N to 2 N bytes as those in their first and in their last N. Both are whole numbers, since their
/// size and N are powers of two.
///
/// # Safety
/// As [`swap`]'s.
#[inline(always)]
unsafe fn swap_ends<T: Number, const N: usize>(from: *const u8, to: *mut u8, size: usize) {
    let last = size - N;
    // SAFETY: there are at least N bytes.
    unsafe {
        swap_word::<T, N>(from, to);
        swap_word::<T, N>(from.add(last), to.add(last));
    }
}

/// # Safety
/// As [`swap`]'s.
#[inline(always)]
unsafe fn swap_word<T: Number, const N: usize>(from: *const u8, to: *mut u8) {
    // SAFETY: the caller's.
    let mut word = unsafe { from.cast::<[u8; N]>().read() };
    T::turn(&mut word);
    // SAFETY: the caller's.
    unsafe { to.cast::<[u8; N]>().write(word) };
}

/// # Safety
/// As [`swap`]'s.
#[inline(never)]
unsafe extern "C" fn swap_many<T: Number>(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: the caller's; the processor has AVX2.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            return swap_with_avx2::<T>(from, to, size);
        }
        swap_each::<T>(from, to, size);
    }
}

/// Turns bytes around 32 at a time.
///
/// # Safety
/// As [`swap`]'s.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn swap_with_avx2<T: Number>(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: the caller's.
    unsafe { swap_each::<T>(from, to, size) };
}

/// # Safety
/// As [`swap`]'s.
#[inline(always)]
unsafe fn swap_each<T: Number>(from: *const u8, to: *mut u8, size: usize) {
    for at in (0..size).step_by(size_of::<T>()) {
        // SAFETY: a number begins there.
        unsafe {
            let (from, to) = (from.add(at), to.add(at));
            match size_of::<T>() {
                1 => swap_word::<T, 1>(from, to),
                2 => swap_word::<T, 2>(from, to),
                4 => swap_word::<T, 4>(from, to),
                8 => swap_word::<T, 8>(from, to),
                _ => swap_word::<T, 16>(from, to),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    /// Lists of all lengths that are treated differently, ascending, with and without room for them.
    fn travel<T: Number + Debug + PartialEq>(number: fn(u128) -> T, bytes: impl Fn(T) -> Vec<u8>) {
        for count in (0..70).chain([127, 128, 1000]) {
            let list: Vec<T> = (0..count)
                .map(|index| number(0x0102_0305_070b_0d11_1317_1d1f_2329_2b2f_u128.wrapping_mul(index)))
                .collect();
            let expected: Vec<u8> = list.iter().flat_map(|number| bytes(*number)).collect();
            for room in [0, 1, expected.len(), expected.len() + 1, expected.len() + 40] {
                let start = || {
                    let mut out = Vec::with_capacity(3 + room);
                    out.extend(*b"abc");
                    out
                };
                let mut out = start();
                append_numbers(&mut out, &list);
                assert_eq!(out, [b"abc", &*expected].concat());
                let mut out = start();
                append_list(&mut out, 0xff, &list);
                assert_eq!(out, [b"abc\xff", &*expected].concat());
            }
            assert_eq!(numbers::<T>(&expected), list);
        }
    }

    #[test]
    fn lists_of_any_length_travel_with_and_without_room() {
        travel(|bits| bits as u8, |number| number.to_be_bytes().into());
        travel(|bits| bits as i16, |number| number.to_be_bytes().into());
        travel(|bits| bits as u32, |number| number.to_be_bytes().into());
        travel(|bits| bits as f64, |number| number.to_be_bytes().into());
        travel(|bits| bits, |number| number.to_be_bytes().into());
    }
}
