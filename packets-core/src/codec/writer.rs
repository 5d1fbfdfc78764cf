//! Where encoders put their bytes.

use crate::error::EncodeError;

/// A growing buffer of encoded bytes.
///
/// Writing never fails on the spot: the first value that cannot be encoded is remembered, and
/// [`finish`](Self::finish) gives its error instead of the bytes. So encoders stay free of branches.
///
/// ```
/// use packets_core::codec::Writer;
/// let mut writer = Writer::with_capacity(3);
/// writer.varuint(300);
/// writer.put(b"!");
/// assert_eq!(writer.finish()?, [0xac, 0x02, b'!']);
/// # Ok::<(), packets_core::EncodeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    error: Option<EncodeError>,
}

impl Writer {
    /// The largest varuint, and the largest length.
    pub const MAX_VARUINT: u32 = 0x7fff_ffff;

    /// An empty writer with room for `capacity` bytes.
    #[inline]
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity), error: None }
    }

    /// Appends bytes.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends `value`, which is at most [`MAX_VARUINT`](Self::MAX_VARUINT), as a varuint. A larger one
    /// is remembered as an error.
    #[inline]
    pub fn varuint(&mut self, value: u32) {
        if value < 0x80 {
            self.out.push(value as u8);
        } else {
            self.long_varuint(value);
        }
    }

    #[cold]
    fn long_varuint(&mut self, value: u32) {
        if value > Self::MAX_VARUINT {
            self.fail(EncodeError::OutOfRange {
                value: value.into(),
                ty: "varuint",
                range: "0 to 2147483647",
            });
            return;
        }
        let mut rest = value;
        while rest >= 0x80 {
            self.out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.out.push(rest as u8);
    }

    /// Appends a length or count as a varuint.
    #[inline]
    pub fn length(&mut self, length: usize) {
        match u32::try_from(length) {
            Ok(value) if value <= Self::MAX_VARUINT => self.varuint(value),
            _ => self.fail(EncodeError::TooLong(length)),
        }
    }

    /// Remembers that a value cannot be encoded. The first error counts.
    #[cold]
    pub fn fail(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }

    /// How many bytes have been written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing has been written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// The bytes.
    ///
    /// # Errors
    /// The first [`EncodeError`] that was met.
    #[inline]
    pub fn finish(self) -> Result<Vec<u8>, EncodeError> {
        match self.error {
            None => Ok(self.out),
            Some(error) => Err(error),
        }
    }

    /// Lets `write` append content of unknown length, and puts the length in front of it as a varuint.
    pub fn prefixed(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        // Most lengths take one byte; for a longer one the content moves up.
        self.out.push(0);
        write(self);
        let length = self.out.len() - start - 1;
        if length < 0x80 {
            self.out[start] = length as u8;
            return;
        }
        let mut prefix = Self::default();
        prefix.length(length);
        match prefix.finish() {
            Ok(prefix) => {
                self.out.splice(start..=start, prefix);
            }
            Err(error) => self.fail(error),
        }
    }

    /// Appends the entries of a map or set behind their count, ascending by the bytes of their keys. `encode`
    /// appends one entry and returns where its key ends.
    pub(crate) fn sorted<E>(
        &mut self,
        entries: impl ExactSizeIterator<Item = E>,
        mut encode: impl FnMut(E, &mut Self) -> usize,
    ) {
        self.length(entries.len());
        let first = self.out.len();
        let mut spans = Vec::with_capacity(entries.len());
        for entry in entries {
            let start = self.out.len();
            let end_of_key = encode(entry, self);
            spans.push((start..end_of_key, start..self.out.len()));
        }
        let out = &self.out;
        if spans.is_sorted_by(|(a, _), (b, _)| out[a.clone()] < out[b.clone()]) {
            return;
        }
        spans.sort_unstable_by(|(a, _), (b, _)| out[a.clone()].cmp(&out[b.clone()]));
        if spans.windows(2).any(|pair| out[pair[0].0.clone()] == out[pair[1].0.clone()]) {
            self.fail(EncodeError::Unrepresentable(
                "two keys of a map or items of a set have the same bytes",
            ));
            return;
        }
        let mut sorted = Vec::with_capacity(out.len() - first);
        for (_, entry) in spans {
            sorted.extend_from_slice(&out[entry]);
        }
        self.out[first..].copy_from_slice(&sorted);
    }

    /// Overwrites four bytes that have been written at `at`.
    pub(crate) fn patch(&mut self, at: usize, bytes: [u8; 4]) {
        self.out[at..at + 4].copy_from_slice(&bytes);
    }
}

impl std::io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
