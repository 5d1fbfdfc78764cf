//! JavaScript's string order.

use std::cmp::Ordering;

/// Compares by UTF-16 code units, as JavaScript's `<` does and as field and packet names are sorted.
///
/// It differs from Rust's order only where a character above U+FFFF meets one in U+E000 ..= U+FFFF.
pub(crate) fn utf16(a: &str, b: &str) -> Ordering {
    /// With which U+E000 begins, and nothing below it.
    const HIGH: u8 = 0xee;
    match a.bytes().zip(b.bytes()).find(|(a, b)| a != b) {
        Some((first, second)) if first.min(second) >= HIGH => a.encode_utf16().cmp(b.encode_utf16()),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn astral_characters_sort_before_the_private_use_area() {
        assert_eq!(utf16("\u{1f600}", "\u{ff21}"), Ordering::Less);
        assert_eq!("\u{1f600}".cmp("\u{ff21}"), Ordering::Greater);
        assert_eq!(utf16("a\u{1f600}", "a\u{ff21}"), Ordering::Less);
        assert_eq!(utf16("\u{e000}", "\u{10ffff}"), Ordering::Greater);
        assert_eq!(utf16("\u{d7ff}", "\u{10000}"), Ordering::Less);
        assert_eq!(utf16("\u{1f600}", "\u{1f601}"), Ordering::Less);
        assert_eq!(utf16("1", "10"), Ordering::Less);
        assert_eq!(utf16("10", "2"), Ordering::Less);
    }
}
