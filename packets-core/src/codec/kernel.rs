//! The only unsafe code: what the codec's speed hangs on and safe code cannot say. What other modules may call is
//! safe with any arguments, and its proof needs nothing from outside this module: neither that a type's `size()` is
//! right nor that its `encode_fixed` fills what it is given.
//!
//! What it buys, as time by that of the same bytes written by hand (`benches/README.md`), before and after:
//! - appending behind one check, in registers: log lines 1.35 and 1.0 (encode);
//! - lists of fixed size without zeros first, 32 bytes at a time where the processor can: a mesh 2.4 and 1.0
//!   (both ways);
//! - checking and copying short text by words: log lines 1.33 and 1.0, saved players 1.37 and 1.05 (decode).

#![expect(unsafe_code, reason = "here, and nowhere else")]

use std::hint::assert_unchecked;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::copy_nonoverlapping;
use std::slice;

use crate::error::DecodeError;
use crate::schema::Schema;

/// Fewer bytes than this are not worth a call, nor finding out what the processor can do.
const FEW: usize = 128;

/// Makes room for `additional` items. The compiler then knows that there is room, and checks no more while it is
/// used up: writing a field is a move.
#[inline(always)]
pub(super) fn reserve<T>(out: &mut Vec<T>, additional: usize) {
    // As a sum that cannot overflow: the compiler concludes from one such comparison to the next, which it does not
    // from differences.
    if out.len().checked_add(additional).is_none_or(|end| end > out.capacity()) {
        // By its parts, so that no reference to the vector leaves the caller, and it is kept in registers.
        let mut full = ManuallyDrop::new(std::mem::take(out));
        let length = full.len();
        // SAFETY: those are a vector's parts, which nobody uses again; and what comes back are such parts as well.
        *out = unsafe {
            let room = grown(full.as_mut_ptr(), length, full.capacity(), additional);
            Vec::from_raw_parts(room.start, length, room.capacity)
        };
    }
    // SAFETY: either it was so, or `Vec::reserve` has made it so.
    unsafe { assert_unchecked(out.len().unchecked_add(additional) <= out.capacity()) };
}

/// A vector's parts without its length.
#[repr(C)]
struct Room<T> {
    start: *mut T,
    capacity: usize,
}

/// `extern "C"`, like others on a writer's way: such a function cannot unwind (it ends the program where it would:
/// when an allocation exceeds what a pointer can say). Else its caller would have to free the writer in that case,
/// by reference, and that alone keeps a writer from the registers.
///
/// # Safety
/// As [`Vec::from_raw_parts`].
#[cold]
#[inline(never)]
unsafe extern "C" fn grown<T>(start: *mut T, length: usize, capacity: usize, additional: usize) -> Room<T> {
    // SAFETY: the caller's.
    let mut items = ManuallyDrop::new(unsafe { Vec::from_raw_parts(start, length, capacity) });
    items.reserve(additional);
    Room { start: items.as_mut_ptr(), capacity: items.capacity() }
}

/// Appends the bytes of values of [fixed size](Schema::FIXED_SIZE).
#[inline(always)]
pub(super) fn append_fixed<T: Schema>(out: &mut Vec<u8>, values: &[T]) {
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

/// A list of `count` values, with `room` for so many at first.
#[inline(always)]
pub(crate) fn list<T>(
    count: usize,
    room: usize,
    mut next: impl FnMut() -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut items = Vec::with_capacity(room);
    for _ in 0..count {
        let item = next()?;
        reserve(&mut items, 1);
        items.push(item);
    }
    Ok(items)
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

/// A copy of the text, if it is UTF-8.
#[inline(always)]
pub(super) fn string(bytes: &[u8]) -> Option<String> {
    if !is_short_ascii(bytes) && str::from_utf8(bytes).is_err() {
        return None;
    }
    let mut copy = Vec::<u8>::with_capacity(bytes.len());
    // SAFETY: there is room, in an allocation of its own; the bytes are UTF-8, as was checked: ASCII is.
    unsafe {
        copy_short(bytes, copy.as_mut_ptr());
        copy.set_len(bytes.len());
        Some(String::from_utf8_unchecked(copy))
    }
}

/// Appends zeros. The compiler drops them where it sees that something covers them.
#[inline(always)]
pub(super) fn append_zeros(out: &mut Vec<u8>, count: usize) {
    reserve(out, count);
    let length = out.len();
    // SAFETY: behind the `length` first there is room for `count` bytes, which are written.
    unsafe {
        out.as_mut_ptr().add(length).write_bytes(0, count);
        out.set_len(length.unchecked_add(count));
    }
}

/// Appends bytes. Not by `Vec::extend_from_slice`, whose way to grow takes a reference to the vector.
#[inline(always)]
pub(super) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    reserve(out, bytes.len());
    let length = out.len();
    // SAFETY: as in `append_text`.
    unsafe {
        copy_nonoverlapping(bytes.as_ptr(), out.as_mut_ptr().add(length), bytes.len());
        out.set_len(length.unchecked_add(bytes.len()));
    }
}

/// Appends the first byte, and then bytes that are mostly few.
#[inline(always)]
pub(super) fn append_text(out: &mut Vec<u8>, first: u8, bytes: &[u8]) {
    let count = bytes.len() + 1;
    reserve(out, count);
    let length = out.len();
    // SAFETY: behind the `length` first there is room for `count` bytes. `bytes` cannot be there, since nobody else
    // has a reference into a vector that is borrowed mutably.
    unsafe {
        let to = out.as_mut_ptr().add(length);
        to.write(first);
        copy_short(bytes, to.add(1));
        out.set_len(length.unchecked_add(count));
    }
}

/// Copies bytes. Most strings are short: moving those inline, by their first and their last bytes, which overlap,
/// takes less time than calling a function for it.
///
/// # Safety
/// As many bytes can be written to `to`, and are not those that are read.
#[inline(always)]
unsafe fn copy_short(from: &[u8], to: *mut u8) {
    // SAFETY: every access is within `from.len()` bytes of both: so are words at the begin and at the end if they
    // are not longer.
    unsafe {
        match from {
            [] => {}
            [first, ..] if from.len() < 4 => {
                let middle = from.len() / 2;
                let last = from.len() - 1;
                let (middle_byte, last_byte) = (from[middle], from[last]);
                to.write(*first);
                to.add(middle).write(middle_byte);
                to.add(last).write(last_byte);
            }
            _ if from.len() < 8 => copy_ends::<4>(from, to),
            _ if from.len() < 16 => copy_ends::<8>(from, to),
            _ if from.len() <= 32 => copy_ends::<16>(from, to),
            _ => copy_nonoverlapping(from.as_ptr(), to, from.len()),
        }
    }
}

/// Copies N to 2 N bytes as their first and their last N.
///
/// # Safety
/// As [`copy_short`]'s.
#[inline(always)]
unsafe fn copy_ends<const N: usize>(from: &[u8], to: *mut u8) {
    if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
        // SAFETY: `from` has at least N bytes, so `to` has.
        unsafe {
            to.cast::<[u8; N]>().write(*first);
            to.add(from.len() - N).cast::<[u8; N]>().write(*last);
        }
    }
}

#[inline(always)]
fn is_short_ascii(bytes: &[u8]) -> bool {
    let bits = match bytes.len() {
        0 => 0,
        1..4 => u128::from(bytes[0] | bytes[bytes.len() / 2] | bytes[bytes.len() - 1]),
        4..8 => ends(bytes, u32::from_ne_bytes).map_or(u128::MAX, u128::from),
        8..16 => ends(bytes, u64::from_ne_bytes).map_or(u128::MAX, u128::from),
        16..=32 => ends(bytes, u128::from_ne_bytes).unwrap_or(u128::MAX),
        _ => u128::MAX,
    };
    bits & u128::from_ne_bytes([0x80; 16]) == 0
}

/// The bits of the first and of the last N bytes.
#[inline(always)]
fn ends<const N: usize, W: std::ops::BitOr<Output = W>>(bytes: &[u8], word: fn([u8; N]) -> W) -> Option<W> {
    Some(word(*bytes.first_chunk()?) | word(*bytes.last_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes from `from` on, ascending, none of them twice in a row.
    fn bytes(from: u8, count: usize) -> Vec<u8> {
        (0..count).map(|index| from.wrapping_add(index as u8)).collect()
    }

    #[test]
    fn appends_any_number_of_bytes_with_and_without_room() {
        for count in (0..70).chain([127, 128, 1000]) {
            let more = bytes(7, count);
            for room in [0, 1, count, count + 1, count + 40] {
                let start = || {
                    let mut out = Vec::with_capacity(3 + room);
                    out.extend(*b"abc");
                    out
                };
                let mut out = start();
                append(&mut out, &more);
                assert_eq!(out, [b"abc", &*more].concat());
                let mut out = start();
                append_text(&mut out, 0xff, &more);
                assert_eq!(out, [b"abc\xff", &*more].concat());
            }
        }
    }

    #[test]
    fn makes_room_once() {
        let mut out = Vec::<u8>::with_capacity(10);
        reserve(&mut out, 10);
        assert_eq!(out.capacity(), 10);
        reserve(&mut out, 11);
        assert!(out.capacity() >= 11);
        reserve(&mut Vec::<u8>::new(), 0);
    }

    #[test]
    fn takes_utf8_of_any_length_and_nothing_else() {
        for count in 0..70 {
            let ascii = vec![b'x'; count];
            assert_eq!(string(&ascii).as_deref(), str::from_utf8(&ascii).ok());
            for at in 0..count {
                let mut wrong = ascii.clone();
                wrong[at] = 0x80;
                assert_eq!(string(&wrong), None, "{at} of {count}");
                if at > 0 {
                    wrong[at - 1] = 0xc3;
                    assert_eq!(string(&wrong).as_deref(), str::from_utf8(&wrong).ok());
                }
            }
        }
    }

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

    #[test]
    fn lists_grow_and_drop_what_came_before_an_error() {
        let text = std::sync::Arc::new(());
        let items = list(100, 4, || Ok(text.clone()));
        assert_eq!(items.as_ref().map(Vec::len), Ok(100));
        assert_eq!(std::sync::Arc::strong_count(&text), 101);
        drop(items);
        let mut left = 10;
        let failed = list(100, 4, || {
            left -= 1;
            if left > 0 { Ok(text.clone()) } else { Err(DecodeError::InvalidBool) }
        });
        assert_eq!(failed, Err(DecodeError::InvalidBool));
        assert_eq!(std::sync::Arc::strong_count(&text), 1);
    }
}
