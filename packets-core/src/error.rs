//! What can go wrong between a value and its bytes. Small, and made without allocation while decoding.

/// Why bytes are not a value of the expected schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The value goes on where the bytes end; also a count or length that more bytes would be needed for.
    #[error("the bytes end within the value")]
    UnexpectedEnd,
    /// The value ends before the bytes do.
    #[error("more bytes follow the value")]
    TrailingBytes,
    /// A bool that is neither 0 nor 1.
    #[error("a bool is neither 0 nor 1")]
    InvalidBool,
    /// A string that is not UTF-8.
    #[error("a string is not UTF-8")]
    InvalidUtf8,
    /// A varuint or varint in more bytes than it needs.
    #[error("a varuint is longer than it needs to be")]
    OverlongVaruint,
    /// A varuint beyond 2³¹-1, or beyond the type it is decoded into.
    #[error("a number is out of range")]
    OutOfRange,
    /// An option with more than one item, or a tuple or array of the wrong length.
    #[error("a count is not the one its type has")]
    WrongCount,
    /// An enum index without a variant.
    #[error("an enum has no variant of this number")]
    UnknownVariant,
    /// Not a Unicode scalar value.
    #[error("a char is no Unicode scalar value")]
    InvalidChar,
    /// Map keys or set items that are not in ascending order, or that occur twice.
    #[error("a map or set is not in strictly ascending order")]
    NotAscending,
    /// Nested deeper than [`Limits::depth`](crate::codec::Limits::depth).
    #[error("nested too deeply")]
    TooDeep,
    /// More elements than [`Limits::elements`](crate::codec::Limits::elements).
    #[error("too many elements")]
    TooManyElements,
    /// A reference in the schema to a definition that is not around it. No parsed schema has one, and no packet's; a
    /// part of a recursive type has, by itself ([`Type::is_closed`](crate::schema::Type::is_closed)).
    #[error("the schema refers to a definition that it does not have")]
    UndefinedReference,
    /// A packed field that is not MessagePack, or MessagePack in a longer form than it needs.
    #[error("a packed field is not MessagePack")]
    InvalidMessagePack,
    /// A packed field with a MessagePack extension that msgpack-lite does not have.
    #[error("a packed field holds an unknown MessagePack extension")]
    UnknownExtension,
    /// MessagePack that is not what the packed field's type expects.
    #[error("a packed field is not of its type")]
    PackedMismatch,
}

/// Why a value cannot be encoded by its schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A number its wire type cannot say.
    #[error("the number {value} does not fit a {ty}, which takes {range}")]
    OutOfRange {
        /// The number.
        value: i128,
        /// The wire type.
        ty: &'static str,
        /// The numbers it takes.
        range: &'static str,
    },
    /// A string, buffer or list longer than 2³¹-1.
    #[error("a length of {0} is beyond 2147483647")]
    TooLong(usize),
    /// A [`SystemTime`](std::time::SystemTime) or the like that its wire form cannot say.
    #[error("{0}")]
    Unrepresentable(&'static str),
    /// serde could not serialize a packed field.
    #[error("cannot pack: {0}")]
    Pack(Box<str>),
    /// A bundle's item that cannot be sent on this connection.
    #[error("cannot bundle {packet}: {reason}")]
    Bundle {
        /// The item's packet.
        packet: Box<str>,
        /// Why.
        reason: Box<str>,
    },
}
