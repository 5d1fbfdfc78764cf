//! The standard library's enums of two variants: results, and addresses of either version.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::reader::Reader;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type, Variant};

macro_rules! eithers {
    ($([$($generics:tt)*] $either:ty { $first:ident($A:ty), $second:ident($B:ty) })*) => {$(
        impl<$($generics)*> Schema for $either {
            const TYPE: &'static Type = &Type::Enum(Cow::Borrowed(&[
                Variant::new(stringify!($first), <$A>::TYPE),
                Variant::new(stringify!($second), <$B>::TYPE),
            ]));

            #[inline]
            fn size(&self) -> usize {
                1 + match self {
                    Self::$first(content) => content.size(),
                    Self::$second(content) => content.size(),
                }
            }

            #[inline]
            fn encode(&self, writer: &mut Writer) {
                match self {
                    Self::$first(content) => {
                        writer.varuint(0);
                        content.encode(writer);
                    }
                    Self::$second(content) => {
                        writer.varuint(1);
                        content.encode(writer);
                    }
                }
            }

            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                match reader.varuint()? {
                    0 => <$A>::decode(reader).map(Self::$first),
                    1 => <$B>::decode(reader).map(Self::$second),
                    _ => Err(DecodeError::UnknownVariant),
                }
            }
        }
    )*};
}

eithers! {
    [T: Schema, E: Schema] Result<T, E> { Ok(T), Err(E) }
    [] IpAddr { V4(Ipv4Addr), V6(Ipv6Addr) }
    [] SocketAddr { V4(SocketAddrV4), V6(SocketAddrV6) }
}
