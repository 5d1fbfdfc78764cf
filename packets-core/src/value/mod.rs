//! Data without a Rust type: what dehydrated packets hold, and what inspectors show.
//!
//! A [`Value`] comes from anything that serde can write ([`Value::of`]) and becomes anything that serde can
//! read ([`Value::to`]). With a schema at hand it becomes the same bytes as the Rust type with that schema
//! ([`encode`]), and is read from them ([`decode`]).
//!
//! ```
//! use packets_core::codec::{Reader, Writer};
//! use packets_core::schema::Type;
//! use packets_core::value::{self, Value};
//!
//! let ty: Type = "{id:varuint,name:string}".parse()?;
//! let value = Value::object([("name", Value::from("joe")), ("id", Value::from(300))]);
//!
//! let mut writer = Writer::default();
//! value::encode(&ty, &value, &mut writer)?;
//! let bytes = writer.finish()?;
//! assert_eq!(bytes, [0xac, 0x02, 3, b'j', b'o', b'e']);
//! assert_eq!(value::decode(&ty, &mut Reader::new(&bytes))?, value);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod decode;
mod deserialize;
mod deserializer;
mod display;
mod encode;
mod error;
mod message_pack;
mod object;
mod scalar;
mod scope;
mod serialize;
mod serializer;
mod sorted;

use bytes::Bytes;

pub use self::decode::decode;
pub use self::encode::{Unknown, encode, encode_with};
pub use self::error::ValueError;
pub use self::message_pack::{pack, unpack};
pub use self::object::Object;

/// Any data that a packet can hold.
///
/// ```
/// use packets_core::Value;
/// let value = Value::object([("want", Value::from(42)), ("tags", Value::array(["a", "b"]))]);
/// assert_eq!(value["want"].as_i64(), Some(42));
/// assert_eq!(value["tags"][1].as_str(), Some("b"));
/// assert_eq!(value.to_string(), r#"{"want":42,"tags":["a","b"]}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing: serde's `None` and `()`, JavaScript's `null` and `undefined`.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(i128),
    /// An integer beyond [`i128::MAX`]; any other one is an [`Integer`](Self::Integer).
    Uint128(u128),
    /// A number that was given as a float, be it integral or not.
    Float(f64),
    /// Text.
    String(String),
    /// Bytes.
    Bytes(Bytes),
    /// A list.
    Array(Vec<Self>),
    /// Keys with their values.
    Object(Object),
    /// A JavaScript `Date`: milliseconds since 1970, UTC. Only MessagePack has it.
    Date(f64),
    /// One of msgpack-lite's other extensions, such as its typed arrays (0x14 is a `Uint16Array`): the
    /// extension's type and its content. Only MessagePack has it.
    Extension(i8, Bytes),
}
