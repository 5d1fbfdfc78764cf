//! Where encoders put their bytes.

use std::ops::Range;

use super::kernel::{self, Number};
use super::run::Run;
use crate::error::EncodeError;
use crate::schema::Schema;

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
    /// Boxed to keep the writer, and what returns it, small.
    error: Option<Box<EncodeError>>,
}

// Encoding is a few instructions a field if the compiler keeps the buffer's pointer, length and capacity in
// registers. It does where no reference to the writer leaves the function, not even on a path that is never
// taken. So what is short is inlined, and what is long (growing, remembering an error, long lists) takes what it
// needs in pieces and gives it back; and it does not unwind, because cleaning up would take a reference as well.

impl Writer {
    /// The largest varuint, and the largest length.
    pub const MAX_VARUINT: u32 = 0x7fff_ffff;

    /// An empty writer with room for `capacity` bytes.
    #[inline]
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity), error: None }
    }

    /// A writer that appends to these bytes.
    #[cfg(feature = "net")]
    #[inline]
    #[must_use]
    pub(crate) const fn behind(out: Vec<u8>) -> Self {
        Self { out, error: None }
    }

    /// Appends bytes.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        self.append(bytes);
    }

    /// [`put`](Self::put), inline even where that makes the stack frame of a debug build large.
    #[inline(always)]
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        kernel::append(&mut self.out, bytes);
    }

    /// Appends the length of `bytes` as a varuint, then the bytes.
    #[inline(always)]
    pub fn buffer(&mut self, bytes: &[u8]) {
        self.number_list(bytes);
    }

    /// Appends the count of numbers, then the numbers.
    #[inline(always)]
    pub(crate) fn number_list<T: Number>(&mut self, numbers: &[T]) {
        if numbers.len() < 0x80 {
            kernel::append_list(&mut self.out, numbers.len() as u8, numbers);
        } else {
            self.length(numbers.len());
            self.numbers(numbers);
        }
    }

    /// Appends `value`, which is at most [`MAX_VARUINT`](Self::MAX_VARUINT), as a varuint. A larger one
    /// is remembered as an error.
    #[inline(always)]
    pub fn varuint(&mut self, value: u32) {
        let range = "0 to 2147483647";
        let error = || EncodeError::OutOfRange { value: value.into(), ty: "varuint", range };
        self.varuint_or(value as usize, error);
    }

    /// Appends a length or count as a varuint. One beyond [`MAX_VARUINT`](Self::MAX_VARUINT) is remembered as
    /// an error.
    #[inline(always)]
    pub fn length(&mut self, length: usize) {
        self.varuint_or(length, || EncodeError::TooLong(length));
    }

    /// Appends a varuint, or remembers what is wrong with one that is too large.
    #[inline(always)]
    pub(crate) fn varuint_or(&mut self, value: usize, error: impl FnOnce() -> EncodeError) {
        if value < 0x80 {
            return self.append(&[value as u8]);
        }
        if value < 0x4000 {
            return self.append(&[value as u8 | 0x80, (value >> 7) as u8]);
        }
        let LongVaruint { bytes, count } = long_varuint(value);
        match bytes.get(..count) {
            Some(bytes) => self.append(bytes),
            None => self.remember(error()),
        }
    }

    /// Appends values of [fixed size](Schema::FIXED_SIZE).
    #[inline(always)]
    pub(crate) fn fixed_list<T: Schema>(&mut self, values: &[T]) {
        kernel::append_fixed(&mut self.out, values);
    }

    /// Appends numbers.
    #[inline(always)]
    pub(crate) fn numbers<T: Number>(&mut self, values: &[T]) {
        kernel::append_numbers(&mut self.out, values);
    }

    /// Remembers that a value cannot be encoded. The first error counts.
    #[inline]
    pub fn fail(&mut self, error: EncodeError) {
        self.remember(error);
    }

    #[inline(always)]
    fn remember(&mut self, error: EncodeError) {
        self.error = Some(first_error(self.error.take(), error));
    }

    /// How many bytes have been written.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing has been written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// The bytes, and the first error that was met.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Option<EncodeError>) {
        (self.out, self.error.map(|error| *error))
    }

    /// The bytes.
    ///
    /// # Errors
    /// The first [`EncodeError`] that was met.
    #[inline]
    pub fn finish(self) -> Result<Vec<u8>, EncodeError> {
        match self.error {
            None => Ok(self.out),
            Some(error) => Err(*error),
        }
    }

    /// Lets `write` append content of unknown length, and puts the length in front of it as a varuint.
    pub fn prefixed(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        // Most lengths take one byte; for a longer one the content moves up.
        self.put(&[0]);
        write(self);
        self.set_prefix(start);
    }

    /// Apart, to keep the stack frames of content within content small.
    #[inline(never)]
    fn set_prefix(&mut self, start: usize) {
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
        if !self.sort(first, spans) {
            let error = "two keys of a map or items of a set have the same bytes";
            self.fail(EncodeError::Unrepresentable(error));
        }
    }

    /// Puts the entries that fill everything from `first` on in the order of their keys' bytes. Each has the span
    /// of its key and that of the whole. False if two keys are the same: then nothing is moved.
    pub(crate) fn sort(&mut self, first: usize, mut entries: Vec<(Range<usize>, Range<usize>)>) -> bool {
        let out = &self.out;
        if entries.is_sorted_by(|(a, _), (b, _)| out[a.clone()] < out[b.clone()]) {
            return true;
        }
        entries.sort_unstable_by(|(a, _), (b, _)| out[a.clone()].cmp(&out[b.clone()]));
        if entries.windows(2).any(|pair| out[pair[0].0.clone()] == out[pair[1].0.clone()]) {
            return false;
        }
        let mut sorted = Vec::with_capacity(out.len() - first);
        for (_, entry) in entries {
            sorted.extend_from_slice(&out[entry]);
        }
        self.out[first..].copy_from_slice(&sorted);
        true
    }

    /// Overwrites four bytes that have been written at `at`.
    pub(crate) fn patch(&mut self, at: usize, bytes: [u8; 4]) {
        self.out[at..at + 4].copy_from_slice(&bytes);
    }

    /// Where the field of a run goes.
    #[inline(always)]
    pub(crate) fn in_run(&mut self, run: Run, size: usize) -> &mut [u8] {
        if run.begins {
            kernel::append_zeros(&mut self.out, run.left);
        }
        let at = self.out.len() - run.left;
        &mut self.out[at..][..size]
    }

    #[inline(always)]
    pub(crate) fn reserve(&mut self, additional: usize) {
        kernel::reserve(&mut self.out, additional);
    }
}

/// Appends to bytes that are there already, whose buffer is used again.
impl From<Vec<u8>> for Writer {
    #[inline]
    fn from(out: Vec<u8>) -> Self {
        Self { out, error: None }
    }
}

/// The bytes of a varuint, of which it has `count`: more than there are if it is too large for one.
#[repr(C)]
struct LongVaruint {
    bytes: [u8; 8],
    count: usize,
}

#[cold]
#[inline(never)]
extern "C" fn long_varuint(value: usize) -> LongVaruint {
    if value > Writer::MAX_VARUINT as usize {
        return LongVaruint { bytes: [0; 8], count: usize::MAX };
    }
    let (mut bytes, mut rest, mut count) = ([0; 8], value, 0);
    for byte in &mut bytes {
        count += 1;
        *byte = rest as u8 & 0x7f;
        rest >>= 7;
        if rest == 0 {
            break;
        }
        *byte |= 0x80;
    }
    LongVaruint { bytes, count }
}

#[cold]
#[inline(never)]
#[expect(improper_ctypes_definitions, reason = "it is not for C")]
extern "C" fn first_error(first: Option<Box<EncodeError>>, error: EncodeError) -> Box<EncodeError> {
    first.unwrap_or_else(|| Box::new(error))
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
