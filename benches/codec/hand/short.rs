//! Bytes that are mostly few: a handful of moves instead of a call.

use std::ptr::copy_nonoverlapping;

/// Copies `count` bytes.
///
/// # Safety
/// As [`copy_nonoverlapping`].
#[inline(always)]
pub(super) unsafe fn copy(from: *const u8, to: *mut u8, count: usize) {
    // SAFETY: every access is within `count` bytes.
    unsafe {
        match count {
            0 => {}
            1..4 => {
                let (first, middle, last) = (*from, *from.add(count / 2), *from.add(count - 1));
                *to = first;
                *to.add(count / 2) = middle;
                *to.add(count - 1) = last;
            }
            4..8 => ends::<u32>(from, to, count),
            8..16 => ends::<u64>(from, to, count),
            16..=32 => ends::<u128>(from, to, count),
            _ => copy_nonoverlapping(from, to, count),
        }
    }
}

/// Copies the first and the last word of `count` bytes, which overlap or touch.
#[inline(always)]
unsafe fn ends<W>(from: *const u8, to: *mut u8, count: usize) {
    let last = count - size_of::<W>();
    // SAFETY: the caller has at least a word and at most two.
    unsafe {
        let (head, tail) = (from.cast::<W>().read_unaligned(), from.add(last).cast::<W>().read_unaligned());
        to.cast::<W>().write_unaligned(head);
        to.add(last).cast::<W>().write_unaligned(tail);
    }
}

/// Whether the bytes are text.
#[inline(always)]
pub(super) fn is_utf8(bytes: &[u8]) -> bool {
    let high = match bytes.len() {
        0 => 0,
        1..4 => u128::from(bytes[0] | bytes[bytes.len() / 2] | bytes[bytes.len() - 1]),
        4..8 => both_ends(bytes, u32::from_ne_bytes).into(),
        8..16 => both_ends(bytes, u64::from_ne_bytes).into(),
        16..=32 => both_ends(bytes, u128::from_ne_bytes),
        _ => u128::MAX,
    };
    high & u128::from_ne_bytes([0x80; 16]) == 0 || str::from_utf8(bytes).is_ok()
}

#[inline(always)]
fn both_ends<const N: usize, W: std::ops::BitOr<Output = W>>(bytes: &[u8], word: fn([u8; N]) -> W) -> W {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(head), Some(tail)) => word(*head) | word(*tail),
        // The callers' lengths rule it out.
        _ => unreachable!(),
    }
}
