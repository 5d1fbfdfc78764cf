//! What a type's bytes are: the [`Schema`] trait, and the schema as data ([`Type`]).

mod fingerprint;
mod parse;
mod portability;
mod text;
mod tree;

pub use self::fingerprint::Fingerprint;
pub use self::parse::ParseError;
pub use self::portability::NotPortable;
pub use self::tree::{Field, Node, Type, Variant};

use crate::codec::{Reader, Writer};
use crate::error::{DecodeError, EncodeError};

/// A type with a schema: it can be a field of a packet, or a packet's response.
///
/// Implemented for Rust's own types here, and by `#[derive(Schema)]` (or `#[derive(Packet)]`, which
/// includes it) for yours. The bytes are SchemaPack's: fields one after the other in the order of their
/// names, without tags or names; `PROTOCOL.md` has the whole format.
///
/// ```
/// use packets_core::{Schema, schema};
///
/// #[derive(Schema, Debug, PartialEq)]
/// struct Position {
///     x: f32,
///     y: f32,
/// }
///
/// assert_eq!(Position::TYPE.to_string(), "{x:float32,y:float32}");
/// let bytes = schema::encode(&Position { x: 1.0, y: -1.0 })?;
/// assert_eq!(bytes, [0x3f, 0x80, 0, 0, 0xbf, 0x80, 0, 0]);
/// assert_eq!(schema::decode::<Position>(&bytes)?, Position { x: 1.0, y: -1.0 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema",
    label = "this type has no schema",
    note = "for a type of your own, add `#[derive(Schema)]` to it",
    note = "for a type that serde knows, name its field in `#[packer(\"field\")]` to send it as MessagePack"
)]
pub trait Schema: Sized {
    /// The schema as data.
    const TYPE: &'static Type;

    /// The type of a list of these. Bytes differ from everything else: a list of `u8` is a `buffer`.
    #[doc(hidden)]
    const LIST: &'static Type = &Type::Array(Node::Static(Self::TYPE));

    /// How many bytes [`encode`](Self::encode) will write. Exact, except that a packed field counts as
    /// one byte.
    fn size(&self) -> usize;

    /// Appends the value's bytes.
    fn encode(&self, writer: &mut Writer);

    /// Reads one value and leaves the reader behind it.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are not this type's. No input makes it panic.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// The sizes of the items together.
    #[doc(hidden)]
    #[inline]
    fn size_list(items: &[Self]) -> usize {
        match const { Self::TYPE.fixed_size() } {
            Some(size) => size * items.len(),
            None => items.iter().map(Self::size).sum(),
        }
    }

    /// Appends the items.
    #[doc(hidden)]
    #[inline]
    fn encode_list(items: &[Self], writer: &mut Writer) {
        for item in items {
            item.encode(writer);
        }
    }

    /// Reads `count` items. The caller has checked that so many can be there.
    #[doc(hidden)]
    #[inline]
    fn decode_list(count: usize, reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let mut items = Vec::with_capacity(reader.room::<Self>(count));
        for _ in 0..count {
            items.push(Self::decode(reader)?);
        }
        Ok(items)
    }
}

/// Encodes one value into a buffer of its exact size.
///
/// # Errors
/// [`EncodeError`] if the value lies outside what its schema can say (a varuint of 2³¹, say).
///
/// ```
/// assert_eq!(packets_core::schema::encode(&vec!["a".to_owned()])?, [1, 1, b'a']);
/// # Ok::<(), packets_core::EncodeError>(())
/// ```
pub fn encode<T: Schema>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer::with_capacity(value.size());
    value.encode(&mut writer);
    writer.finish()
}

/// Decodes one value that fills the whole of `bytes`, under the default [limits](crate::codec::Limits).
///
/// # Errors
/// [`DecodeError`] if the bytes are not this type's, or more of them follow.
///
/// ```
/// use packets_core::{DecodeError, schema};
/// assert_eq!(schema::decode::<bool>(&[1]), Ok(true));
/// assert_eq!(schema::decode::<bool>(&[2]), Err(DecodeError::InvalidBool));
/// assert_eq!(schema::decode::<bool>(&[1, 0]), Err(DecodeError::TrailingBytes));
/// ```
pub fn decode<T: Schema>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(value)
}
