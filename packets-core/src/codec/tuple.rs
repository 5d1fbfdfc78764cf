//! Tuples of one to twelve items.

use std::borrow::Cow;

use super::reader::Reader;
use super::varint::varuint_size;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Node, Schema, Type};

/// Reads a tuple's number of items.
///
/// # Errors
/// [`WrongCount`](DecodeError::WrongCount) if it is not `count`, and what reading it gives.
#[inline]
pub fn exact_count(count: u32, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    if reader.varuint()? == count { Ok(()) } else { Err(DecodeError::WrongCount) }
}

/// The last item apart from the others, because the count stands before it.
macro_rules! tuples {
    ($($count:literal: $($item:ident $index:tt)* | $last:tt;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($item: Schema,)* Last: Schema> Schema for ($($item,)* Last,) {
            const TYPE: &'static Type =
                &Type::Tuple(Cow::Borrowed(&[$(Node::Static($item::TYPE),)* Node::Static(Last::TYPE)]));

            #[inline]
            fn size(&self) -> usize {
                varuint_size($count) $(+ self.$index.size())* + self.$last.size()
            }

            #[inline]
            fn encode(&self, writer: &mut Writer) {
                $(self.$index.encode(writer);)*
                writer.varuint($count);
                self.$last.encode(writer);
            }

            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(($($item::decode(reader)?,)* {
                    exact_count($count, reader)?;
                    Last::decode(reader)?
                },))
            }
        }
    )*};
}

tuples! {
    1: | 0;
    2: A 0 | 1;
    3: A 0 B 1 | 2;
    4: A 0 B 1 C 2 | 3;
    5: A 0 B 1 C 2 D 3 | 4;
    6: A 0 B 1 C 2 D 3 E 4 | 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 | 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 | 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 | 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 | 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 | 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 | 11;
}
