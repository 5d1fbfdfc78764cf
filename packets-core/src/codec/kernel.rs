//! The only unsafe code: what the codec's speed hangs on and safe code cannot say. What other modules may call is
//! safe with any arguments, and its proof needs nothing from outside this module: neither that a type's `size()` is
//! right nor that its `encode_fixed` fills what it is given.
//!
//! What it buys, as time by that of the same bytes written by hand (`benches/README.md`), before and after:
//! - appending behind one check, in registers: log lines 1.35 and 1.2 (encode);
//! - lists of fixed size without zeros first, 32 bytes at a time where the processor can: a mesh 2.4 and 1.0
//!   (encode), 2.4 and 1.2 (decode);
//! - checking and copying short text by words: log lines 1.33 and 1.1, saved players 1.37 and 1.05 (decode).

#![expect(unsafe_code, reason = "here, and nowhere else")]

use std::hint::assert_unchecked;
use std::mem::MaybeUninit;
use std::ptr::copy_nonoverlapping;

use crate::error::DecodeError;
use crate::schema::Schema;

/// Fewer bytes than this are not worth a call, nor finding out what the processor can do.
const FEW: usize = 128;

/// Makes room for `additional` bytes. The compiler then knows that there is room, and checks no more while it is
/// used up: writing a field is a move.
#[inline(always)]
pub(super) fn reserve(out: &mut Vec<u8>, additional: usize) {
    if out.capacity() - out.len() < additional {
        // By value, so that no reference to the vector leaves the caller, and it is kept in registers.
        *out = grown(std::mem::take(out), additional);
    }
    // SAFETY: either it was so, or `Vec::reserve` has made it so.
    unsafe { assert_unchecked(out.capacity() - out.len() >= additional) };
}

/// `extern "C"`, like others that take a buffer: such a function cannot unwind (it ends the program where it would:
/// when an allocation exceeds what a pointer can say). Else its caller would have to free the writer in that case,
/// by reference, and that alone keeps a writer from the registers.
#[cold]
#[inline(never)]
#[expect(improper_ctypes_definitions, reason = "it is not for C")]
extern "C" fn grown(mut out: Vec<u8>, additional: usize) -> Vec<u8> {
    out.reserve(additional);
    out
}

/// Appends the bytes of values of [fixed size](Schema::FIXED_SIZE).
#[inline(always)]
pub(super) fn append_fixed<T: Schema>(out: &mut Vec<u8>, values: &[T]) {
    if values.len() < FEW / T::FIXED_SIZE {
        append_each(out, values);
    } else {
        *out = with_list(std::mem::take(out), values);
    }
}

#[inline(never)]
#[expect(improper_ctypes_definitions, reason = "it is not for C")]
extern "C" fn with_list<T: Schema>(mut out: Vec<u8>, values: &[T]) -> Vec<u8> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        unsafe { append_with_avx2(&mut out, values) };
        return out;
    }
    append_each(&mut out, values);
    out
}

/// Turns bytes around 32 at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn append_with_avx2<T: Schema>(out: &mut Vec<u8>, values: &[T]) {
    append_each(out, values);
}

#[inline(always)]
fn append_each<T: Schema>(out: &mut Vec<u8>, values: &[T]) {
    reserve(out, T::FIXED_SIZE * values.len());
    let mut written = 0;
    for (value, bytes) in values.iter().zip(out.spare_capacity_mut().chunks_exact_mut(T::FIXED_SIZE)) {
        // The compiler drops the zeros where it sees that the value covers them.
        bytes.fill(MaybeUninit::new(0));
        // SAFETY: all of them are written, just now.
        value.encode_fixed(unsafe { bytes.assume_init_mut() });
        written += T::FIXED_SIZE;
    }
    // SAFETY: the first `written` bytes of what was spare are initialised: chunk by chunk, from the first on.
    unsafe { out.set_len(out.len() + written) };
}

/// Appends values to a list until its capacity is used up, or there are no more.
#[inline(always)]
pub(crate) fn fill<T>(
    items: &mut Vec<T>,
    values: impl Iterator<Item = Result<T, DecodeError>>,
) -> Result<(), DecodeError> {
    let (mut written, mut result) = (0, Ok(()));
    for (slot, value) in items.spare_capacity_mut().iter_mut().zip(values) {
        match value {
            Ok(value) => {
                slot.write(value);
                written += 1;
            }
            Err(error) => {
                result = Err(error);
                break;
            }
        }
    }
    // SAFETY: the first `written` items of what was spare are initialised: one by one, from the first on.
    unsafe { items.set_len(items.len() + written) };
    result
}

/// [Fills](fill) a list with values of [fixed size](Schema::FIXED_SIZE).
#[inline(always)]
pub(crate) fn fill_fixed<T: Schema>(items: &mut Vec<T>, bytes: &[u8]) -> Result<(), DecodeError> {
    #[cfg(target_arch = "x86_64")]
    if bytes.len() >= FEW && is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { fill_with_avx2(items, bytes) };
    }
    fill_each(items, bytes)
}

/// Turns bytes around 32 at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn fill_with_avx2<T: Schema>(items: &mut Vec<T>, bytes: &[u8]) -> Result<(), DecodeError> {
    fill_each(items, bytes)
}

#[inline(always)]
fn fill_each<T: Schema>(items: &mut Vec<T>, bytes: &[u8]) -> Result<(), DecodeError> {
    fill(items, bytes.chunks_exact(T::FIXED_SIZE).map(T::decode_fixed))
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

/// Appends bytes. Not by `Vec::extend_from_slice`, whose way to grow takes a reference to the vector.
#[inline(always)]
pub(super) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    reserve(out, bytes.len());
    let length = out.len();
    // SAFETY: as in `append_text`.
    unsafe {
        copy_nonoverlapping(bytes.as_ptr(), out.as_mut_ptr().add(length), bytes.len());
        out.set_len(length + bytes.len());
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
        out.set_len(length + count);
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
        let mut out = Vec::with_capacity(10);
        reserve(&mut out, 10);
        assert_eq!(out.capacity(), 10);
        reserve(&mut out, 11);
        assert!(out.capacity() >= 11);
        reserve(&mut Vec::new(), 0);
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
            let mut again = Vec::<u32>::with_capacity(numbers.len());
            assert_eq!(fill_fixed(&mut again, &expected), Ok(()));
            assert_eq!(again, numbers);
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
    }

    #[test]
    fn what_an_item_does_not_fill_is_zero() {
        let mut out = vec![9];
        append_fixed(&mut out, &[Idle, Idle, Idle]);
        assert_eq!(out, [9, 0, 0, 0, 0, 0, 0]);
        append_fixed(&mut out, &[const { Idle }; 100]);
        assert_eq!(out.len(), 207);
        let mut items = Vec::with_capacity(1);
        assert_eq!(fill_fixed::<Idle>(&mut items, &[0; 6]), Ok(()));
        assert!(!items.is_empty());
    }

    #[test]
    fn filling_ends_with_the_capacity_and_drops_what_came_before_an_error() {
        let text = std::sync::Arc::new(());
        let mut items = Vec::with_capacity(4);
        let capacity = items.capacity();
        assert_eq!(fill(&mut items, (0..100).map(|_| Ok(text.clone()))), Ok(()));
        assert_eq!(items.len(), capacity);
        assert_eq!(std::sync::Arc::strong_count(&text), 1 + capacity);
        drop(items);
        let mut items = Vec::with_capacity(4);
        let values = [Ok(text.clone()), Err(DecodeError::InvalidBool), Ok(text.clone())];
        assert_eq!(fill(&mut items, values.into_iter()), Err(DecodeError::InvalidBool));
        assert_eq!(items.len(), 1);
        drop(items);
        assert_eq!(std::sync::Arc::strong_count(&text), 1);
    }
}
