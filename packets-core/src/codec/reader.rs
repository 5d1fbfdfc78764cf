//! Where decoders take their bytes from.

use bytes::Bytes;

use super::limits::Limits;
use super::run::Run;
use crate::error::DecodeError;

/// A bounded cursor over encoded bytes.
///
/// It never reads past the end, never trusts a count before it has compared it with the bytes that are
/// left, and keeps the depth and element budget of the value being decoded.
///
/// ```
/// use packets_core::codec::Reader;
/// let mut reader = Reader::new(&[0xac, 0x02, b'!']);
/// assert_eq!(reader.varuint()?, 300);
/// assert_eq!(reader.take(1)?, b"!");
/// reader.finish()?;
/// # Ok::<(), packets_core::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    message: Option<&'a Bytes>,
    limits: Limits,
}

impl<'a> Reader<'a> {
    const LEAST_ROOM: usize = 64 << 10;
    const ROOM_PER_BYTE: usize = 16;

    /// A reader over `bytes` under the default limits.
    #[inline]
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self::with_limits(bytes, Limits::DEFAULT)
    }

    /// A reader over `bytes` under limits of your own.
    #[inline]
    #[must_use]
    pub const fn with_limits(bytes: &'a [u8], limits: Limits) -> Self {
        Self { rest: bytes, message: None, limits }
    }

    /// A reader over a message whose parts may be shared instead of copied (see [`share`](Self::share)).
    #[inline]
    #[must_use]
    pub fn over(message: &'a Bytes) -> Self {
        Self { rest: message, message: Some(message), limits: Limits::DEFAULT }
    }

    /// A reader over `part`, which was taken from this one, under what is still allowed here.
    pub(crate) fn part(&self, part: &'a [u8]) -> Self {
        Self { rest: part, ..self.clone() }
    }

    /// How many bytes are left.
    #[inline]
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// What is still allowed.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes the field of a run.
    #[inline(always)]
    pub(crate) fn in_run(&mut self, run: Run, size: usize) -> Result<&'a [u8], DecodeError> {
        if run.begins && self.rest.len() < run.left {
            return Err(DecodeError::UnexpectedEnd);
        }
        self.take(size)
    }

    /// Takes the next `count` bytes.
    ///
    /// # Errors
    /// [`UnexpectedEnd`](DecodeError::UnexpectedEnd) if fewer are left.
    #[inline(always)]
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::UnexpectedEnd)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Takes the next `N` bytes.
    ///
    /// # Errors
    /// [`UnexpectedEnd`](DecodeError::UnexpectedEnd) if fewer are left.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(DecodeError::UnexpectedEnd)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Takes a varuint: at most 2³¹-1, in no more bytes than it needs.
    ///
    /// # Errors
    /// [`UnexpectedEnd`](DecodeError::UnexpectedEnd), [`OverlongVaruint`](DecodeError::OverlongVaruint) or
    /// [`OutOfRange`](DecodeError::OutOfRange).
    #[inline(always)]
    pub fn varuint(&mut self) -> Result<u32, DecodeError> {
        match self.short_varuint() {
            Some(value) => Ok(value),
            None => self.long_varuint(),
        }
    }

    /// A varuint of one byte or two.
    // An option because the compiler keeps that in two registers, and a result of these types packed in one.
    #[inline(always)]
    fn short_varuint(&mut self) -> Option<u32> {
        let (value, rest) = match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => ((*byte).into(), rest),
            [low, high @ 1..0x80, rest @ ..] => (u32::from(*low & 0x7f) | u32::from(*high) << 7, rest),
            _ => return None,
        };
        self.rest = rest;
        Some(value)
    }

    #[inline(always)]
    fn long_varuint(&mut self) -> Result<u32, DecodeError> {
        let (value, rest) = long_varuint(self.rest)?;
        self.rest = rest;
        Ok(value)
    }

    /// Takes a varuint length and that many bytes.
    ///
    /// # Errors
    /// As [`varuint`](Self::varuint) and [`take`](Self::take).
    #[inline(always)]
    pub fn buffer(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = match self.short_varuint() {
            Some(length) => length,
            None => self.long_varuint()?,
        };
        self.take(length as usize)
    }

    /// Takes the count of a list whose items take at least `min_size` bytes each.
    ///
    /// # Errors
    /// [`UnexpectedEnd`](DecodeError::UnexpectedEnd) if so many items cannot be left,
    /// [`TooManyElements`](DecodeError::TooManyElements) for items of no size beyond the limit.
    #[inline(always)]
    pub fn count(&mut self, min_size: usize) -> Result<usize, DecodeError> {
        let count = match self.short_varuint() {
            Some(count) => count,
            None => self.long_varuint()?,
        };
        self.charge_items(count, min_size)?;
        Ok(count as usize)
    }

    /// Checks that `count` more items of at least `min_size` bytes each can be there.
    ///
    /// # Errors
    /// As [`count`](Self::count).
    #[inline(always)]
    pub fn charge_items(&mut self, count: u32, min_size: usize) -> Result<(), DecodeError> {
        if min_size == 0 {
            self.charge(count)
        } else if count as usize > self.rest.len() / min_size {
            Err(DecodeError::UnexpectedEnd)
        } else {
            Ok(())
        }
    }

    /// For how many of `count` items of type `T` a decoder makes room at once; for more of them while they
    /// come: for as many as fit in 64 KiB, or in sixteen times the bytes that are left if that is more.
    ///
    /// So a count that the items do not live up to costs little. Items that are there take the memory they
    /// take: box what is rare and large, such as the largest variant of an enum.
    #[inline(always)]
    #[must_use]
    pub const fn room<T>(&self, count: usize) -> usize {
        let bytes = self.rest.len().saturating_mul(Self::ROOM_PER_BYTE);
        let bytes = if bytes < Self::LEAST_ROOM { Self::LEAST_ROOM } else { bytes };
        match bytes.checked_div(size_of::<T>()) {
            Some(room) if room < count => room,
            _ => count,
        }
    }

    /// Whether there is [room](Self::room) for all items of this size, because their bytes are left.
    pub(crate) const fn has_room<T>(size: usize) -> bool {
        size > 0 && size_of::<T>() <= size.saturating_mul(Self::ROOM_PER_BYTE)
    }

    /// Takes `elements` from the budget.
    ///
    /// # Errors
    /// [`TooManyElements`](DecodeError::TooManyElements) when it is used up.
    pub fn charge(&mut self, elements: u32) -> Result<(), DecodeError> {
        self.limits.elements =
            self.limits.elements.checked_sub(elements).ok_or(DecodeError::TooManyElements)?;
        Ok(())
    }

    /// Decodes something one level deeper.
    ///
    /// # Errors
    /// [`TooDeep`](DecodeError::TooDeep) at the limit, and what `decode` returns.
    pub fn nested<T>(
        &mut self,
        decode: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.limits.depth = self.limits.depth.checked_sub(1).ok_or(DecodeError::TooDeep)?;
        let value = decode(self)?;
        self.limits.depth += 1;
        Ok(value)
    }

    /// `part`, which was taken from this reader, as shared bytes: without copying if the reader is
    /// [over](Self::over) a message.
    #[must_use]
    pub fn share(&self, part: &'a [u8]) -> Bytes {
        match self.message {
            Some(message) => message.slice_ref(part),
            None => Bytes::copy_from_slice(part),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`TrailingBytes`](DecodeError::TrailingBytes) if bytes are left.
    #[inline]
    pub const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }
}

/// A varuint of more than two bytes or none, and what follows it. No reference to the reader gets here, so that
/// the compiler keeps it in registers.
#[cold]
#[inline(never)]
fn long_varuint(bytes: &[u8]) -> Result<(u32, &[u8]), DecodeError> {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if index == 4 && *byte > 0x07 {
            // A sixth byte, or bits beyond the 31st: too much either way.
            return Err(DecodeError::OutOfRange);
        }
        value |= u32::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            if *byte == 0 {
                return Err(DecodeError::OverlongVaruint);
            }
            return Ok((value, &bytes[index + 1..]));
        }
    }
    Err(DecodeError::UnexpectedEnd)
}
