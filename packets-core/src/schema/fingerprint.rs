//! The const hash by which two builds recognise the same schema.

use std::fmt;

use super::text::Text;
use super::tree::Type;

/// 64-bit FNV-1a over a schema's canonical text: equal text, equal fingerprint, on every build and platform.
///
/// It tells honest builds apart; it does not resist forgery, and need not: decoding is safe whatever the
/// peer claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// The hash of nothing.
    pub(crate) const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    pub(crate) const fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3))
    }

    pub(crate) const fn bytes(mut self, bytes: &[u8]) -> Self {
        let mut i = 0;
        while i < bytes.len() {
            self = self.byte(bytes[i]);
            i += 1;
        }
        self
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Type {
    /// The fingerprint of the canonical text.
    ///
    /// ```
    /// use packets_core::{Schema, schema::{Fingerprint, Type}};
    /// const OF_U32: Fingerprint = u32::TYPE.fingerprint();
    /// assert_eq!(OF_U32, Type::Uint32.fingerprint());
    /// assert_ne!(OF_U32, i32::TYPE.fingerprint());
    /// ```
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        let mut text = Text::hash();
        text.write(self);
        text.fingerprint()
    }
}
