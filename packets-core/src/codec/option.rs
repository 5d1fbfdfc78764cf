//! What may be absent, and what is not there at all: `Option`, `()`, `PhantomData`.

use std::marker::PhantomData;

use super::reader::Reader;
use super::run::Run;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Node, Schema, Type};

impl<T: Schema> Schema for Option<T> {
    const TYPE: &'static Type = &Type::Option(Node::Static(T::TYPE));

    #[inline]
    fn size(&self) -> usize {
        1 + self.as_ref().map_or(0, T::size)
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        match self {
            None => writer.append(&[0]),
            Some(value) if T::FIXED_SIZE > 0 => {
                let run = Run { begins: true, left: 1 + T::FIXED_SIZE };
                let (present, out) = writer.in_run(run, run.left).split_at_mut(1);
                present[0] = 1;
                value.encode_fixed(out);
            }
            Some(value) => {
                writer.append(&[1]);
                value.encode(writer);
            }
        }
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.array()? {
            [0] => Ok(None),
            [1] => T::decode(reader).map(Some),
            _ => Err(DecodeError::WrongCount),
        }
    }
}

macro_rules! units {
    ($([$($generics:tt)*] $unit:ty = $value:expr),*) => {$(
        impl<$($generics)*> Schema for $unit {
            const TYPE: &'static Type = &Type::UNIT;

            #[inline]
            fn size(&self) -> usize {
                0
            }

            #[inline]
            fn encode(&self, _: &mut Writer) {}

            #[inline]
            fn decode(_: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok($value)
            }
        }
    )*};
}

units! { [] () = (), [T: ?Sized] PhantomData<T> = PhantomData }
