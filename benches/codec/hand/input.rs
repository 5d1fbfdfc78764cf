//! A cursor whose checks can be made for several fields at once.

use std::marker::PhantomData;
use std::slice;

use super::output::swap;
use super::short;

pub(super) struct Input<'a> {
    at: *const u8,
    end: *const u8,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> Input<'a> {
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let range = bytes.as_ptr_range();
        Self { at: range.start, end: range.end, bytes: PhantomData }
    }

    /// Whether `count` bytes are left.
    #[inline(always)]
    pub(super) fn need(&self, count: usize) -> Option<()> {
        (self.left() >= count).then_some(())
    }

    #[inline(always)]
    fn left(&self) -> usize {
        // SAFETY: both point into the same bytes, in this order.
        unsafe { self.end.offset_from_unsigned(self.at) }
    }

    /// # Safety
    /// So many bytes are [needed](Self::need).
    #[inline(always)]
    pub(super) unsafe fn get<const N: usize>(&mut self) -> [u8; N] {
        // SAFETY: the caller's.
        unsafe {
            let bytes = self.at.cast::<[u8; N]>().read();
            self.at = self.at.add(N);
            bytes
        }
    }

    #[inline(always)]
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.need(N)?;
        // SAFETY: checked.
        Some(unsafe { self.get() })
    }

    #[inline(always)]
    pub(super) fn bool(&mut self) -> Option<bool> {
        bool_of(self.take()?)
    }

    #[inline(always)]
    pub(super) fn varuint(&mut self) -> Option<u32> {
        let [byte] = self.take()?;
        if byte < 0x80 { Some(byte.into()) } else { self.long_varuint(byte) }
    }

    #[inline(always)]
    fn long_varuint(&mut self, first: u8) -> Option<u32> {
        let mut value = u32::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let [byte] = self.take()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return (byte != 0 && (shift < 28 || byte < 8)).then_some(value);
            }
        }
        None
    }

    #[inline(always)]
    fn slice(&mut self) -> Option<&'a [u8]> {
        let count = self.varuint()? as usize;
        self.need(count)?;
        // SAFETY: checked.
        unsafe {
            let bytes = slice::from_raw_parts(self.at, count);
            self.at = self.at.add(count);
            Some(bytes)
        }
    }

    #[inline(always)]
    pub(super) fn bytes(&mut self) -> Option<Vec<u8>> {
        self.slice().map(copied)
    }

    #[inline(always)]
    pub(super) fn string(&mut self) -> Option<String> {
        let bytes = self.slice()?;
        if !short::is_utf8(bytes) {
            return None;
        }
        // SAFETY: checked.
        Some(unsafe { String::from_utf8_unchecked(copied(bytes)) })
    }

    /// A list of items of at least `least` bytes each.
    #[inline(always)]
    pub(super) fn list<T>(
        &mut self,
        least: usize,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.varuint()? as usize;
        if count > self.left() / least {
            return None;
        }
        let mut items = Vec::<T>::with_capacity(count);
        for index in 0..count {
            let item = item(self)?;
            // SAFETY: there is room for `count`.
            unsafe {
                items.as_mut_ptr().add(index).write(item);
                items.set_len(index + 1);
            }
        }
        Some(items)
    }

    /// A list of items that are made of numbers of `N` bytes, each turned around.
    ///
    /// # Safety
    /// The items are valid whatever their bytes, and without padding.
    #[inline(always)]
    pub(super) unsafe fn swapped<T, const N: usize>(&mut self) -> Option<Vec<T>> {
        const { assert!(size_of::<T>().is_multiple_of(N)) };
        let count = self.varuint()? as usize;
        let size = count * size_of::<T>();
        self.need(size)?;
        let mut items = Vec::<T>::with_capacity(count);
        // SAFETY: checked, and there is room.
        unsafe {
            swap::<N>(self.at, items.as_mut_ptr().cast(), size);
            items.set_len(count);
            self.at = self.at.add(size);
        }
        Some(items)
    }

    #[inline(always)]
    pub(super) fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.take()? {
            [0] => Some(None),
            [1] => value(self).map(Some),
            _ => None,
        }
    }

    #[inline(always)]
    pub(super) fn finish<T>(self, value: T) -> Option<T> {
        (self.left() == 0).then_some(value)
    }
}

#[inline(always)]
pub(super) fn bool_of([byte]: [u8; 1]) -> Option<bool> {
    (byte < 2).then_some(byte == 1)
}

#[inline(always)]
fn copied(bytes: &[u8]) -> Vec<u8> {
    let mut copy = Vec::with_capacity(bytes.len());
    // SAFETY: there is room.
    unsafe {
        short::copy(bytes.as_ptr(), copy.as_mut_ptr(), bytes.len());
        copy.set_len(bytes.len());
    }
    copy
}
