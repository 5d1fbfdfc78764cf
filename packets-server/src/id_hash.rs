//! Hashing ids that are random already.

use std::hash::{BuildHasherDefault, Hasher};

/// For tables of [`SessionId`](packets_core::SessionId)s: the server draws them at random, so their bytes are
/// a hash as they are. With the standard hash, emitting to a union of 500 members takes twice as long.
pub(crate) type IdHash = BuildHasherDefault<IdHasher>;

#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for bytes in bytes.as_chunks().0 {
            self.0 ^= u64::from_ne_bytes(*bytes);
        }
    }
}
