//! How much structure a decoder accepts.

/// Bounds on decoding beside the size of the message itself.
///
/// ```
/// use packets_core::codec::Limits;
/// assert_eq!(Limits::default(), Limits { depth: 32, elements: 65_536 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deep values may nest inside MessagePack and inside types that contain themselves. Default 32.
    /// Beyond it: [`TooDeep`](crate::DecodeError::TooDeep).
    pub depth: u16,
    /// How many elements a MessagePack document may have, and how many items of no size a list. Default
    /// 65,536. Beyond it: [`TooManyElements`](crate::DecodeError::TooManyElements).
    pub elements: u32,
}

impl Limits {
    /// The default limits.
    pub const DEFAULT: Self = Self { depth: 32, elements: 65_536 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
