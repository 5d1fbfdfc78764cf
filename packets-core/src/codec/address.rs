//! Internet addresses. Those that may be of either version are in [`either`](super::either).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use super::reader::Reader;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

macro_rules! addresses {
    ($($(#[$doc:meta])* $address:ty as $parts:ty = $take:expr => $make:expr;)*) => {$(
        $(#[$doc])*
        impl Schema for $address {
            const TYPE: &'static Type = <$parts>::TYPE;

            #[inline]
            fn size(&self) -> usize {
                $take(self).size()
            }

            #[inline]
            fn encode(&self, writer: &mut Writer) {
                $take(self).encode(writer);
            }

            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                <$parts>::decode(reader).map($make)
            }
        }
    )*};
}

addresses! {
    Ipv4Addr as [u8; 4] = Self::octets => Self::from;
    Ipv6Addr as [u8; 16] = Self::octets => Self::from;
    SocketAddrV4 as (Ipv4Addr, u16) = |address: &Self| (*address.ip(), address.port())
        => |(ip, port)| Self::new(ip, port);
    /// The flow information and the scope mean something to one host only: they are not sent, and 0 when
    /// decoded. (serde does the same.)
    SocketAddrV6 as (Ipv6Addr, u16) = |address: &Self| (*address.ip(), address.port())
        => |(ip, port)| Self::new(ip, port, 0, 0);
}
