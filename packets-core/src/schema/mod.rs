//! What a type's bytes are: the [`Schema`] trait, and the schema as data ([`Type`]).

mod closed;
mod default;
mod fingerprint;
mod parse;
mod portability;
mod text;
mod tree;

pub use self::default::DefaultValue;
pub use self::fingerprint::Fingerprint;
pub use self::parse::ParseError;
pub use self::portability::NotPortable;
pub use self::tree::{Field, Node, Type, Variant};

use bytes::Bytes;

use crate::codec::kernel;
use crate::codec::run::Run;
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
///
/// # Types
/// | Rust | schema | bytes | |
/// |---|---|---|---|
/// | `bool` | `bool` | 0 or 1 | |
/// | `i8` `i16` `i32`, `u8` `u16` `u32` | `int8` …, `uint8` … | 1, 2, 4, big-endian | |
/// | `i64` `i128`, `u64` `u128` | `int64` …, `uint64` … | 8, 16 | † |
/// | `f32` `f64` | `float32` `float64` | 4, 8; every bit pattern is kept | |
/// | with `#[packet(varuint)]`, `#[packet(varint)]` | `varuint`, `varint` | 1 to 5: LEB128, zigzag | |
/// | [`NonZero`](std::num::NonZero) of an integer | the integer's | the integer's; 0 is refused | ◦ |
/// | `char` | `char` | its scalar value as a varuint | † |
/// | `String`, `Box<str>`, `Arc<str>`, `Cow<'static, str>`, [`Text`](crate::codec::Text) | `string` | the length, UTF-8 | |
/// | `Vec<u8>`, [`Bytes`] | `buffer` | the length, the bytes | |
/// | `Vec<T>`, `Box<[T]>`, `Arc<[T]>`, `Cow<'static, [T]>`, `VecDeque<T>` | `[T]` | the count, the items | |
/// | `[T; N]` | `[T;N]` | the items | ◦ |
/// | `(A, B, C)`, up to 12 items | `(A,B,C)` | A, B, the count, C | |
/// | `Option<T>` | `T?` | 0, or 1 and the value: `[T]` of one item at most | ◦ |
/// | `BTreeSet<T>`, `HashSet<T, S>` | `set<T>` | the count, the items, ascending by their bytes | ◦ |
/// | `BTreeMap<K, V>`, `HashMap<K, V, S>` | `map<K,V>` | `[{key:K,value:V}]`, ascending by the key's bytes | ◦ |
/// | `Box<T>`, `Arc<T>` | `T` | those of `T` | |
/// | `()`, `PhantomData<T>` | `{}` | none | |
/// | `Result<T, E>` | `enum{Ok:T,Err:E}` | 0 or 1, the content | † |
/// | [`Duration`](std::time::Duration) | `{nanos:uint32,secs:uint64}` | 12; from 10⁹ ns on is refused | † |
/// | [`SystemTime`](std::time::SystemTime) | `{nanos:uint32,secs:int64}` | 12: the full seconds since 1970, rounded down, and what is left | † |
/// | `Ipv4Addr`, `Ipv6Addr` | `[uint8;4]`, `[uint8;16]` | 4, 16 | ◦ |
/// | `SocketAddrV4`, `SocketAddrV6` | `([uint8;4],uint16)`, `([uint8;16],uint16)` | the address, 2, the port | ◦ |
/// | `IpAddr`, `SocketAddr` | `enum{V4:…,V6:…}` | 0 or 1, the content | † |
/// | fields in `#[packer]`, [`Packed<T>`](crate::codec::Packed) | `packed` | the length, MessagePack | ◦ |
/// | `uuid::Uuid` (feature `uuid`) | `[uint8;16]` | 16 | ◦ |
/// | `jiff::Timestamp` (feature `jiff`) | `{nanos:uint32,secs:int64}` | as `SystemTime` | † |
/// | glam's `Vec3`, `DQuat`, `IVec2` … (feature `glam`) | `{x:float32,y:float32,z:float32}` … | its components by name: `w` first | ◦ |
///
/// Without a mark SchemaPack has the type. † It is an extension that SchemaPack lacks. ◦ It is an extension
/// whose bytes SchemaPack reads and writes by a schema of its own types: an option as `["T"]`, a map as
/// `[{"key":"K","value":"V"}]`; it is for that peer to keep the order, or the bound. (What else makes a schema
/// foreign to SchemaPack, [`Type::portability`] knows.) Counts and lengths are varuints.
///
/// Every value has one form, and a decoder refuses all others, so that equal bytes mean equal values. Maps and
/// sets whose keys are different to Rust but the same on the wire (a key with skipped fields, say) cannot be
/// encoded. MessagePack is the exception: what is packed again may be packed otherwise.
///
/// `usize` and `isize` have no schema, because their size depends on the platform.
///
/// # As dynamic data
/// [`value::encode`](crate::value::encode) makes of what serde writes the same bytes, with these exceptions.
/// `SystemTime`, `jiff::Timestamp` and glam's types are objects as in the table, as in
/// `{"nanos":0,"secs":1700000000}`, although serde writes them otherwise. A map is an object if its keys are
/// text, numbers, bools or plain variants, and else the list of its `{key, value}`, which serde does not write.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema",
    label = "this type has no schema",
    note = "for a type of your own, add `#[derive(Schema)]` to it",
    note = "for a type that serde knows, name its field in `#[packer(\"field\")]` to send it as MessagePack",
    note = "for `usize` and `isize`, which differ between platforms, use a type such as `u32` or `u64`, or `#[packet(varuint)]`"
)]
pub trait Schema: Sized {
    /// The schema as data.
    const TYPE: &'static Type;

    /// The type of a list of these. Bytes differ from everything else: a list of `u8` is a `buffer`.
    #[doc(hidden)]
    const LIST: &'static Type = &Type::Array(Node::Static(Self::TYPE));

    /// The number of bytes of every value, where [`encode_fixed`](Self::encode_fixed) and
    /// [`decode_fixed`](Self::decode_fixed) may take the place of the general way; else 0.
    #[doc(hidden)]
    const FIXED_SIZE: usize = 0;

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

    /// Fills `out`, which has [`FIXED_SIZE`](Self::FIXED_SIZE) bytes.
    #[doc(hidden)]
    fn encode_fixed(&self, out: &mut [u8]) {
        let _ = out;
    }

    /// Reads a value from its [`FIXED_SIZE`](Self::FIXED_SIZE) bytes. A bool that is neither 0 nor 1 makes `valid`
    /// false: so there are no branches, and the compiler reads several values at a time.
    #[doc(hidden)]
    fn decode_fixed(bytes: &[u8], valid: &mut bool) -> Self {
        let _ = (bytes, valid);
        unreachable!("a type of fixed size has its own")
    }

    /// Fills the first of `out` with a value of fixed size, and leaves the others.
    #[doc(hidden)]
    #[inline(always)]
    fn encode_next(&self, out: &mut &mut [u8]) {
        let (first, rest) = std::mem::take(out).split_at_mut(Self::FIXED_SIZE);
        self.encode_fixed(first);
        *out = rest;
    }

    /// Reads a value of fixed size from the first of `bytes`, and leaves the others.
    #[doc(hidden)]
    #[inline(always)]
    fn decode_next(bytes: &mut &[u8], valid: &mut bool) -> Self {
        let (first, rest) = bytes.split_at(Self::FIXED_SIZE);
        *bytes = rest;
        Self::decode_fixed(first, valid)
    }

    /// Appends the value's bytes, as a field among others.
    #[doc(hidden)]
    #[inline(always)]
    fn encode_field(&self, run: Run, writer: &mut Writer) {
        if Self::FIXED_SIZE > 0 {
            self.encode_fixed(writer.in_run(run, Self::FIXED_SIZE));
        } else {
            self.encode(writer);
        }
    }

    /// Reads one value, as a field among others.
    #[doc(hidden)]
    #[inline(always)]
    fn decode_field(run: Run, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if Self::FIXED_SIZE > 0 {
            let mut valid = true;
            let value = Self::decode_fixed(reader.in_run(run, Self::FIXED_SIZE)?, &mut valid);
            if valid { Ok(value) } else { Err(DecodeError::InvalidBool) }
        } else {
            Self::decode(reader)
        }
    }

    /// The sizes of the items together.
    #[doc(hidden)]
    #[inline]
    fn size_list(items: &[Self]) -> usize {
        match const { Self::TYPE.fixed_size() } {
            Some(size) => size * items.len(),
            None => items.iter().map(Self::size).sum(),
        }
    }

    /// Appends the count of the items, then the items.
    #[doc(hidden)]
    #[inline(always)]
    fn encode_counted(items: &[Self], writer: &mut Writer) {
        writer.length(items.len());
        Self::encode_list(items, writer);
    }

    /// Appends the items.
    #[doc(hidden)]
    #[inline]
    fn encode_list(items: &[Self], writer: &mut Writer) {
        if Self::FIXED_SIZE > 0 {
            writer.fixed_list(items);
        } else {
            items.iter().for_each(|item| item.encode(writer));
        }
    }

    /// Reads `count` items. The caller has checked that so many can be there, unless their size is fixed.
    #[doc(hidden)]
    #[inline]
    fn decode_list(count: usize, reader: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        if const { Reader::has_room::<Self>(Self::FIXED_SIZE) } {
            kernel::fixed_list(reader.take(Self::FIXED_SIZE.saturating_mul(count))?)
        } else {
            kernel::list(count, reader.room::<Self>(count), || Self::decode(reader))
        }
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
#[inline]
pub fn encode<T: Schema>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer::with_capacity(value.size());
    value.encode(&mut writer);
    writer.finish()
}

/// Appends a value to a buffer that is used again and again.
///
/// ```
/// let mut buffer = Vec::new();
/// for number in [1u8, 2, 3] {
///     packets_core::schema::encode_into(&number, &mut buffer)?;
/// }
/// assert_eq!(buffer, [1, 2, 3]);
/// # Ok::<(), packets_core::EncodeError>(())
/// ```
///
/// # Errors
/// As [`encode`]; the buffer then is as it was.
pub fn encode_into<T: Schema>(value: &T, buffer: &mut Vec<u8>) -> Result<(), EncodeError> {
    let length = buffer.len();
    let mut writer = Writer::from(std::mem::take(buffer));
    writer.reserve(value.size());
    value.encode(&mut writer);
    let (out, error) = writer.into_parts();
    *buffer = out;
    match error {
        None => Ok(()),
        Some(error) => {
            buffer.truncate(length);
            Err(error)
        }
    }
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
#[inline]
pub fn decode<T: Schema>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// Decodes one value that fills the whole of `message`, whose buffer it may share: a `Text` or `Bytes` in it
/// is a slice of the message, and keeps that alive.
///
/// # Errors
/// [`DecodeError`] as in [`decode`].
///
/// ```
/// use bytes::Bytes;
/// use packets_core::schema;
/// let message = Bytes::from_static(b"\x02hi");
/// let shared: Bytes = schema::decode_shared(&message)?;
/// assert_eq!(shared.as_ptr(), message[1..].as_ptr());
/// # Ok::<(), packets_core::DecodeError>(())
/// ```
#[inline]
pub fn decode_shared<T: Schema>(message: &Bytes) -> Result<T, DecodeError> {
    let mut reader = Reader::over(message);
    let value = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(value)
}
