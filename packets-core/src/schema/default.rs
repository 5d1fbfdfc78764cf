//! What stands in for a field that a peer of another build lacks.

use std::fmt;

use super::tree::Type;
use crate::codec::Writer;

/// The default of a [field](super::Field): the bytes that are written in place of it when its sender lacks it.
///
/// It is no part of the schema's text, and so of no fingerprint: a server tells its defaults in its manifest.
#[derive(Clone)]
#[non_exhaustive]
pub enum DefaultValue {
    /// There is one, but nobody told what it is: the schema was read from its text alone.
    Unknown,
    /// Appends the bytes of the Rust type's own [`Default`], as `#[packet(default)]` has it.
    Derived(fn(&mut Writer)),
    /// The bytes.
    Encoded(Box<[u8]>),
}

impl DefaultValue {
    /// The bytes, if they are known and the schema can say them.
    #[must_use]
    pub fn bytes(&self) -> Option<Box<[u8]>> {
        match self {
            Self::Unknown => None,
            Self::Derived(encode) => {
                let mut writer = Writer::default();
                encode(&mut writer);
                writer.finish().ok().map(Vec::into_boxed_slice)
            }
            Self::Encoded(bytes) => Some(bytes.clone()),
        }
    }
}

impl fmt::Debug for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("Unknown"),
            Self::Derived(_) => f.write_str("Derived"),
            Self::Encoded(bytes) => f.debug_tuple("Encoded").field(bytes).finish(),
        }
    }
}

impl Type {
    /// Appends the default of every field that has one, in the order of the schema's text.
    #[cfg(feature = "net")]
    pub(crate) fn defaults<'a>(&'a self, defaults: &mut Vec<&'a DefaultValue>) {
        match self {
            Self::Array(item) | Self::FixedArray(item, _) | Self::Option(item) | Self::Set(item) => {
                item.get().defaults(defaults);
            }
            Self::Map(key, value) => {
                key.get().defaults(defaults);
                value.get().defaults(defaults);
            }
            Self::Object(fields) => fields.iter().for_each(|field| {
                defaults.extend(&field.default);
                field.ty.get().defaults(defaults);
            }),
            Self::Tuple(items) | Self::OpenTuple(items) => {
                items.iter().for_each(|item| item.get().defaults(defaults));
            }
            Self::Enum(variants) => {
                variants.iter().for_each(|variant| variant.content.get().defaults(defaults));
            }
            Self::Definition(_, ty) => ty.get().defaults(defaults),
            _ => {}
        }
    }
}
