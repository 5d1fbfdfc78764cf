//! The head of a WebSocket frame.

/// What stands before a frame's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Whether it is the last frame of its message, what is reserved, and the kind.
    first: u8,
    pub(super) mask: Option<[u8; 4]>,
    /// Its own bytes.
    pub(super) size: usize,
    /// The content's.
    pub(super) content: u64,
}

const FINAL: u8 = 0x80;
const RESERVED: u8 = 0x70;
const KIND: u8 = 0x0f;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const MASKED: u8 = 0x80;

impl Head {
    /// The head that these bytes begin with, if they are enough for one.
    #[inline(always)]
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let &[first, second, ref rest @ ..] = bytes else { return None };
        let (content, rest, size) = match second & !MASKED {
            126 => {
                let (content, rest) = rest.split_first_chunk()?;
                (u16::from_be_bytes(*content).into(), rest, 4)
            }
            127 => {
                let (content, rest) = rest.split_first_chunk()?;
                (u64::from_be_bytes(*content), rest, 10)
            }
            content => (content.into(), rest, 2),
        };
        if second & MASKED == 0 {
            return Some(Self { first, mask: None, size, content });
        }
        let mask = Some(*rest.first_chunk()?);
        Some(Self { first, mask, size: size + 4, content })
    }

    /// Whether the frame is a whole binary message.
    pub(super) const fn is_whole(&self) -> bool {
        self.first == FINAL | BINARY
    }

    /// Whether frames of the same message are still to come behind it; none if that does not change by it.
    pub(super) const fn leaves_unfinished(&self) -> Option<bool> {
        if self.is_control() { None } else { Some(self.first & FINAL == 0) }
    }

    const fn is_control(&self) -> bool {
        self.first & KIND >= CLOSE
    }

    /// Whether nothing is to be expected behind it, or nothing of sense.
    pub(super) const fn is_last(&self) -> bool {
        let kind = self.first & KIND;
        self.first & RESERVED != 0 || kind == CLOSE || (kind > BINARY && kind < CLOSE) || kind > CLOSE + 2
    }

    /// Appends the head of a whole binary message without a mask.
    #[inline]
    pub(super) fn put(out: &mut Vec<u8>, content: usize) {
        match content {
            0..126 => out.extend_from_slice(&[FINAL | BINARY, content as u8]),
            126..=0xffff => {
                out.extend_from_slice(&[FINAL | BINARY, 126]);
                out.extend_from_slice(&(content as u16).to_be_bytes());
            }
            _ => {
                out.extend_from_slice(&[FINAL | BINARY, 127]);
                out.extend_from_slice(&(content as u64).to_be_bytes());
            }
        }
    }
}

/// Takes the mask off, or puts it on.
#[inline]
pub(super) fn mask(content: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let eight = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = content.as_chunks_mut();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ eight).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip([a, b, c, d, a, b, c]) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_as_the_rfc_says() {
        for (bytes, expected) in [
            (&[0x82, 5][..], Some((None, 2, 5))),
            (&[0x82, 0x85, 1, 2, 3, 4], Some((Some([1, 2, 3, 4]), 6, 5))),
            (&[0x82, 126, 1, 0], Some((None, 4, 256))),
            (&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0], Some((None, 10, 65_536))),
            (&[0x82, 0xfe, 0, 126, 9, 8, 7, 6], Some((Some([9, 8, 7, 6]), 8, 126))),
            (&[], None),
            (&[0x82], None),
            (&[0x82, 126, 1], None),
            (&[0x82, 127, 0, 0, 0, 0, 0, 1, 0], None),
            (&[0x82, 0x85, 1, 2, 3], None),
        ] {
            let head = Head::parse(bytes).map(|head| (head.mask, head.size, head.content));
            assert_eq!(head, expected, "{bytes:02x?}");
        }
    }

    #[test]
    fn what_is_put_is_parsed() {
        for content in [0, 1, 125, 126, 127, 0xffff, 0x1_0000] {
            let mut out = Vec::new();
            Head::put(&mut out, content);
            let head = Head::parse(&out).expect("a head");
            assert!(head.is_whole());
            assert_eq!((head.mask, head.size, head.content), (None, out.len(), content as u64));
        }
    }

    #[test]
    fn a_mask_is_its_own_opposite() {
        for size in 0..40 {
            let content: Vec<u8> = (0..size).collect();
            let mut masked = content.clone();
            mask(&mut masked, [1, 2, 4, 8]);
            let expected = content.iter().enumerate().map(|(place, byte)| byte ^ [1, 2, 4, 8][place % 4]);
            assert_eq!(masked, expected.collect::<Vec<_>>());
            mask(&mut masked, [1, 2, 4, 8]);
            assert_eq!(masked, content);
        }
    }
}
