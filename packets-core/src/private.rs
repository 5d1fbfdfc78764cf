//! What generated code names. No part of the public interface: it may change in any release.

pub use std::borrow::Cow;
use std::marker::PhantomData;

pub use inventory;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use crate::codec::run::{Run, runs};
pub use crate::codec::tuple::exact_count;
pub use crate::codec::{AsPacked, AsVarint, AsVaruint, Reader, Writer, varuint_size};
pub use crate::error::DecodeError;
pub use crate::overflow::Overflow;
pub use crate::packet::{Descriptor, Gathered, Origin, Packet};
pub use crate::policy::Policy;
pub use crate::rate::Rate;
pub use crate::schema::{Field, Node, Schema, Type, Variant};
#[cfg(feature = "typescript")]
pub use crate::typescript::Description;

pub use crate::__describe as describe;

/// Hands a type's name and doc comments to the program that writes a TypeScript module, if it is one.
#[cfg(feature = "typescript")]
#[doc(hidden)]
#[macro_export]
macro_rules! __describe {
    ($ty:ident, $name:literal, $doc:literal, $response:literal, [$($member:expr),*]) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Description {
                type_name: ::core::concat!(::core::module_path!(), "::", $name),
                doc: $doc,
                response: $response,
                members: &[$($member),*],
                ty: || <$ty as $crate::Schema>::TYPE,
            }
        }
    };
}

/// Elsewhere they are left out.
#[cfg(not(feature = "typescript"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __describe {
    ($($description:tt)*) => {};
}

/// A type that contains itself: its schema is a [`Type::Definition`] of this name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to contain itself",
    label = "its schema cannot be referred to",
    note = "add `#[packet(recursive)]` to `{Self}`"
)]
pub trait Recursive {
    const NAME: &'static str;
}

/// Stands for `T` inside `T`'s own [`Schema::TYPE`], which would otherwise need itself. No values of it
/// are sent; it compares like `T` so that it can be a set's item or a map's key where `T` can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference<T>(PhantomData<T>);

/// So that a type can hold itself in a [`Packed`](crate::codec::Packed).
impl<T> Serialize for Reference<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de, T> Deserialize<'de> for Reference<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Self(PhantomData))
    }
}

impl<T: Recursive> Schema for Reference<T> {
    const TYPE: &'static Type = &Type::Reference(Cow::Borrowed(T::NAME));

    fn size(&self) -> usize {
        0
    }

    fn encode(&self, _: &mut Writer) {}

    fn decode(_: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(PhantomData))
    }
}

/// Whether what travels for a packet says all about itself.
#[must_use]
pub const fn is_closed<P: Packet>() -> bool {
    P::TYPE.is_closed() && P::Response::TYPE.is_closed()
}

/// The size of a struct of these fields, if all have one; else 0.
#[must_use]
pub const fn fixed_size(fields: &[usize]) -> usize {
    let (mut i, mut sum) = (0, 0);
    while i < fields.len() {
        if fields[i] == 0 {
            return 0;
        }
        sum += fields[i];
        i += 1;
    }
    sum
}
