//! Appending behind one check.

use std::hint::assert_unchecked;
use std::mem::ManuallyDrop;
use std::ptr::copy_nonoverlapping;

use crate::error::DecodeError;

/// Makes room for `additional` items. The compiler then knows that there is room, and checks no more while it is
/// used up: writing a field is a move.
#[inline(always)]
pub(crate) fn reserve<T>(out: &mut Vec<T>, additional: usize) {
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

/// Appends zeros. The compiler drops them where it sees that something covers them.
#[inline(always)]
pub(crate) fn append_zeros(out: &mut Vec<u8>, count: usize) {
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
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    reserve(out, bytes.len());
    let length = out.len();
    // SAFETY: behind the `length` first there is room for the bytes. They cannot be there, since nobody else has a
    // reference into a vector that is borrowed mutably.
    unsafe {
        copy_nonoverlapping(bytes.as_ptr(), out.as_mut_ptr().add(length), bytes.len());
        out.set_len(length.unchecked_add(bytes.len()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_behind_what_is_there() {
        let mut out = vec![7];
        append(&mut out, b"abc");
        append_zeros(&mut out, 2);
        append(&mut out, &[]);
        assert_eq!(out, [7, b'a', b'b', b'c', 0, 0]);
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
