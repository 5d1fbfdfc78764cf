//! Why schemas, or a value of them, cannot be adapted.

use crate::error::DecodeError;

/// The first place where the schemas of two ends differ in what cannot be adapted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is {ours} here and {theirs} on the other end")]
pub struct Incompatible {
    /// The packet and the way to the place in it, as `Move.position.x`; a response is `Move -> x`.
    pub path: String,
    /// The type here.
    pub ours: String,
    /// The type there.
    pub theirs: String,
}

impl Incompatible {
    /// The same, as the other end sees it.
    #[cfg(feature = "net")]
    pub(crate) fn mirrored(&self) -> Self {
        let Self { path, ours, theirs } = self.clone();
        Self { path, ours: theirs, theirs: ours }
    }
}

/// Why one value cannot be adapted, although others of its schema can. The path names the packet and the way to
/// the place in it, as `Move.path[2].x`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdaptError {
    /// The bytes are not of the sender's schema.
    #[error("the bytes are not of their schema: {0}")]
    Malformed(DecodeError),
    /// A number is beyond the receiver's type.
    #[error("`{path}` is {number}, which {ty} cannot say")]
    OutOfRange {
        /// Where it is.
        path: String,
        /// The number.
        number: String,
        /// The receiver's type.
        ty: &'static str,
    },
    /// An enum is of a variant that the receiver does not know.
    #[error("`{path}` is `{variant}`, a variant that the receiver does not know")]
    UnknownVariant {
        /// Where the enum is.
        path: String,
        /// The variant.
        variant: Box<str>,
    },
    /// An option is absent that the receiver takes for granted.
    #[error("`{path}` is absent, but the receiver needs it")]
    Absent {
        /// Where it is.
        path: String,
    },
    /// Two items of a set, or keys of a map, are the same to the receiver.
    #[error("`{path}` has two items that are the same to the receiver")]
    Duplicate {
        /// Where the set or map is.
        path: String,
    },
    /// The adapted value takes more than 16 times the bytes of the value, and 1 MiB, because of its defaults.
    #[error("with its defaults, the packet takes too many bytes")]
    TooLarge,
}

impl AdaptError {
    fn path_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::OutOfRange { path, .. }
            | Self::UnknownVariant { path, .. }
            | Self::Absent { path }
            | Self::Duplicate { path } => Some(path),
            Self::Malformed(_) | Self::TooLarge => None,
        }
    }

    /// The same error inside something with this name: a field, a variant, a packet.
    pub(super) fn within(mut self: Box<Self>, name: &str) -> Box<Self> {
        if let Some(path) = self.path_mut() {
            let joint = if path.is_empty() || path.starts_with('[') { "" } else { joint(name) };
            path.insert_str(0, joint);
            path.insert_str(0, name);
        }
        self
    }

    /// The same error inside a list's item.
    pub(super) fn at(self: Box<Self>, index: usize) -> Box<Self> {
        self.within(&format!("[{index}]"))
    }
}

impl From<DecodeError> for Box<AdaptError> {
    fn from(error: DecodeError) -> Self {
        Self::new(AdaptError::Malformed(error))
    }
}

/// What stands between a name and that of a part: `Move.x`, but `Move -> x`.
pub(super) fn joint(name: &str) -> &'static str {
    if name.ends_with("->") { " " } else { "." }
}
