//! Which schemas mean the same to a SchemaPack peer.

use super::tree::Type;

/// Why a SchemaPack peer would not read these bytes as they are meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotPortable {
    /// SchemaPack lacks the type.
    #[error("SchemaPack has no {0}")]
    Unsupported(&'static str),
    /// SchemaPack writes an array in an array's item behind the item's scalars.
    #[error("in an array's item, SchemaPack writes an array out of order unless it comes last and alone")]
    ArrayNotLast,
    /// SchemaPack sorts a tuple's items by their number as text.
    #[error("SchemaPack reorders tuples of more than 10 items")]
    LongTuple,
}

impl Type {
    /// Whether a SchemaPack peer with the same schema reads and writes the same bytes.
    ///
    /// Ours is always the obvious order; SchemaPack's differs for some arrays of objects that hold arrays.
    ///
    /// ```
    /// use packets_core::schema::Type;
    /// let portable: Type = "[{id:uint8,tags:[string]}]".parse()?;
    /// assert!(portable.is_portable());
    /// let not: Type = "[{tags:[string],zeta:uint8}]".parse()?;
    /// assert!(!not.is_portable());
    /// # Ok::<(), packets_core::schema::ParseError>(())
    /// ```
    #[must_use]
    pub fn is_portable(&self) -> bool {
        self.portability().is_ok()
    }

    /// As [`is_portable`](Self::is_portable), with the reason.
    ///
    /// # Errors
    /// [`NotPortable`], the first reason found.
    pub fn portability(&self) -> Result<(), NotPortable> {
        match self {
            Self::Int64 | Self::Int128 | Self::Uint64 | Self::Uint128 => {
                Err(NotPortable::Unsupported("64- and 128-bit integers"))
            }
            Self::Char => Err(NotPortable::Unsupported("char")),
            Self::Enum(_) => Err(NotPortable::Unsupported("enums")),
            Self::Definition(..) | Self::Reference(_) => {
                Err(NotPortable::Unsupported("types that contain themselves"))
            }
            Self::Array(item) | Self::Option(item) | Self::Set(item) => item.get().repeated(),
            Self::Map(key, value) => {
                key.get().portability()?;
                value.get().portability()?;
                arrays_last(&[key.get(), value.get()])
            }
            Self::FixedArray(item, _) => item.get().portability(),
            Self::Object(fields) => fields.iter().try_for_each(|field| field.ty.get().portability()),
            Self::Tuple(items) | Self::OpenTuple(items) => {
                if items.len() > 10 {
                    return Err(NotPortable::LongTuple);
                }
                if let [fixed @ .., last] = &**items {
                    fixed.iter().try_for_each(|item| item.get().portability())?;
                    last.get().repeated()?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The rule for an array's repeated item.
    fn repeated(&self) -> Result<(), NotPortable> {
        self.portability()?;
        arrays_last(&[self])
    }

    /// Appends whether each leaf is an array, in the order of the bytes.
    fn leaves(&self, leaves: &mut Vec<bool>) {
        match self {
            Self::Object(fields) => fields.iter().for_each(|field| field.ty.get().leaves(leaves)),
            // Two of them tell all that more would.
            Self::FixedArray(item, count) => (0..(*count).min(2)).for_each(|_| item.get().leaves(leaves)),
            Self::Tuple(items) | Self::OpenTuple(items) => {
                if let [fixed @ .., _] = &**items {
                    fixed.iter().for_each(|item| item.get().leaves(leaves));
                }
                leaves.push(true);
            }
            Self::Array(_) | Self::Option(_) | Self::Set(_) | Self::Map(..) => leaves.push(true),
            _ => leaves.push(false),
        }
    }
}

/// An array may occur only as the last leaf, and at most once.
fn arrays_last(items: &[&Type]) -> Result<(), NotPortable> {
    let mut leaves = Vec::new();
    for item in items {
        item.leaves(&mut leaves);
    }
    match leaves.iter().position(|is_array| *is_array) {
        Some(first) if first + 1 < leaves.len() => Err(NotPortable::ArrayNotLast),
        _ => Ok(()),
    }
}
