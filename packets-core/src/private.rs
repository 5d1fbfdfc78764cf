//! What generated code names. No part of the public interface: it may change in any release.

pub use std::borrow::Cow;
use std::marker::PhantomData;

pub use inventory;

pub use crate::codec::{AsPacked, AsVarint, AsVaruint, Reader, Writer, varuint_size};
pub use crate::error::DecodeError;
pub use crate::packet::{Descriptor, Gathered, Origin, Packet};
pub use crate::schema::{Field, Node, Schema, Type, Variant};

/// A type that contains itself: its schema is a [`Type::Definition`] of this name.
pub trait Recursive {
    const NAME: &'static str;
}

/// Stands for `T` inside `T`'s own [`Schema::TYPE`], which would otherwise need itself. No values of it
/// are sent; it compares like `T` so that it can be a set's item or a map's key where `T` can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference<T>(PhantomData<T>);

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

/// Reads a tuple's number of items.
///
/// # Errors
/// [`WrongCount`](DecodeError::WrongCount) if it is not `count`, and what reading it gives.
#[inline]
pub fn exact_count(count: u32, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    if reader.varuint()? == count { Ok(()) } else { Err(DecodeError::WrongCount) }
}
