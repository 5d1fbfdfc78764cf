//! Text, which is mostly short.

use super::numbers;

/// A copy of the text, if it is UTF-8.
#[inline(always)]
pub(crate) fn string(bytes: &[u8]) -> Option<String> {
    if !is_short_ascii(bytes) && str::from_utf8(bytes).is_err() {
        return None;
    }
    // SAFETY: the bytes are UTF-8, as was checked: ASCII is.
    Some(unsafe { String::from_utf8_unchecked(numbers(bytes)) })
}

#[inline(always)]
fn is_short_ascii(bytes: &[u8]) -> bool {
    short_bits(bytes).is_some_and(|bits| bits & u128::from_ne_bytes([0x80; 16]) == 0)
}

/// The bits that are set in any of the bytes, up to 16 bytes together, if those are few.
#[inline(always)]
pub(super) fn short_bits(bytes: &[u8]) -> Option<u128> {
    match bytes.len() {
        0 => Some(0),
        1..4 => Some((bytes[0] | bytes[bytes.len() / 2] | bytes[bytes.len() - 1]).into()),
        4..8 => ends(bytes, u32::from_ne_bytes).map(u128::from),
        8..16 => ends(bytes, u64::from_ne_bytes).map(u128::from),
        16..=32 => ends(bytes, u128::from_ne_bytes),
        _ => None,
    }
}

/// The bits of the first and of the last N bytes.
#[inline(always)]
fn ends<const N: usize, W: std::ops::BitOr<Output = W>>(bytes: &[u8], word: fn([u8; N]) -> W) -> Option<W> {
    Some(word(*bytes.first_chunk()?) | word(*bytes.last_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
