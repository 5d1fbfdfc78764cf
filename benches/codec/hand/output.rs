//! A buffer of a size that is known beforehand.

use std::hint::cold_path;

use super::short;

pub(super) struct Output {
    bytes: Vec<u8>,
    at: *mut u8,
}

impl Output {
    #[inline(always)]
    pub(super) fn with_size(size: usize) -> Self {
        let mut bytes = Vec::with_capacity(size);
        let at = bytes.as_mut_ptr();
        Self { bytes, at }
    }

    /// # Safety
    /// For all that write: together they stay within the size.
    #[inline(always)]
    pub(super) unsafe fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        // SAFETY: within the size.
        unsafe {
            self.at.cast::<[u8; N]>().write_unaligned(bytes);
            self.at = self.at.add(N);
        }
    }

    #[inline(always)]
    pub(super) unsafe fn varuint(&mut self, mut value: u32) {
        // SAFETY: within the size.
        unsafe {
            if value < 0x80 {
                return self.put([value as u8]);
            }
            while value >= 0x4000 {
                cold_path();
                self.put([value as u8 | 0x80]);
                value >>= 7;
            }
            self.put([value as u8 | 0x80, (value >> 7) as u8]);
        }
    }

    #[inline(always)]
    pub(super) unsafe fn bytes(&mut self, bytes: &[u8]) {
        // SAFETY: within the size.
        unsafe {
            self.varuint(bytes.len() as u32);
            short::copy(bytes.as_ptr(), self.at, bytes.len());
            self.at = self.at.add(bytes.len());
        }
    }

    /// Numbers of `N` bytes as they lie in memory, each turned around.
    #[inline(always)]
    pub(super) unsafe fn swapped<T, const N: usize>(&mut self, items: &[T]) {
        const { assert!(size_of::<T>().is_multiple_of(N)) };
        // SAFETY: within the size.
        unsafe {
            swap::<N>(items.as_ptr().cast(), self.at, size_of_val(items));
            self.at = self.at.add(size_of_val(items));
        }
    }

    /// # Safety
    /// What was written is the whole of the size.
    #[inline(always)]
    pub(super) unsafe fn finish(mut self) -> Vec<u8> {
        // SAFETY: the bytes up to `at` are written.
        unsafe {
            let size = self.at.offset_from_unsigned(self.bytes.as_ptr());
            debug_assert_eq!(size, self.bytes.capacity());
            self.bytes.set_len(size);
        }
        self.bytes
    }
}

/// Copies `size` bytes of numbers of `N` bytes, each turned around: few as two words that overlap or touch, many with
/// the widest instructions there are.
///
/// # Safety
/// Both places have that many bytes; `N` divides them.
#[inline(always)]
pub(super) unsafe fn swap<const N: usize>(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: the caller's; AVX2 is there.
    unsafe {
        if size == 0 {
            return;
        }
        match N {
            1 => return short::copy(from, to, size),
            2 if size < 4 => return swap_ends::<N, 2>(from, to, size),
            2 | 4 if size < 8 => return swap_ends::<N, 4>(from, to, size),
            2 | 4 | 8 if size < 16 => return swap_ends::<N, 8>(from, to, size),
            2 | 4 | 8 if size <= 32 => return swap_ends::<N, 16>(from, to, size),
            _ => {}
        }
        #[cfg(target_arch = "x86_64")]
        if size >= 256 && is_x86_feature_detected!("avx2") {
            return swap_with_avx2::<N>(from, to, size);
        }
        swap_each::<N>(from, to, size);
    }
}

/// # Safety
/// As [`swap`]'s, with a word of `W` bytes at least and two at most.
#[inline(always)]
unsafe fn swap_ends<const N: usize, const W: usize>(from: *const u8, to: *mut u8, size: usize) {
    for at in [0, size - W] {
        // SAFETY: the caller's.
        unsafe {
            let mut word = from.add(at).cast::<[u8; W]>().read();
            word.as_chunks_mut::<N>().0.iter_mut().for_each(|number| number.reverse());
            to.add(at).cast::<[u8; W]>().write(word);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn swap_with_avx2<const N: usize>(from: *const u8, to: *mut u8, size: usize) {
    // SAFETY: the caller's.
    unsafe { swap_each::<N>(from, to, size) }
}

#[inline(always)]
unsafe fn swap_each<const N: usize>(from: *const u8, to: *mut u8, size: usize) {
    for index in 0..size / N {
        // SAFETY: below the size.
        unsafe {
            let mut number = from.cast::<[u8; N]>().add(index).read();
            number.reverse();
            to.cast::<[u8; N]>().add(index).write(number);
        }
    }
}

#[inline(always)]
pub(super) fn varuint_size(value: usize) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        // Nine groups of seven bits are 64 ninths.
        _ => (value.ilog2() as usize * 9 + 73) / 64,
    }
}
