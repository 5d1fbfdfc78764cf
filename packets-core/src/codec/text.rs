//! A string that shares the received message.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::reader::Reader;
use super::varint::varuint_size;
use super::writer::Writer;
use crate::error::DecodeError;
use crate::schema::{Schema, Type};

/// A string that is not copied out of the message it came in: a `string` on the wire, like `String`.
///
/// Decoding one allocates nothing and checks its UTF-8 once; a clone costs as little. In return it keeps the
/// whole message in memory for as long as it lives, so take a `String` for what is kept.
///
/// ```
/// use bytes::Bytes;
/// use packets_core::Schema;
/// use packets_core::codec::{Reader, Text};
///
/// let message = Bytes::from_static(b"\x05hello");
/// let text = Text::decode(&mut Reader::over(&message))?;
/// assert_eq!(text, "hello");
/// assert_eq!(text.as_ptr(), message[1..].as_ptr());
/// # Ok::<(), packets_core::DecodeError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(ByteString);

impl Text {
    /// A text of the program's own, which is not copied either.
    ///
    /// ```
    /// use packets_core::codec::Text;
    /// const GREETING: Text = Text::from_static("hello");
    /// assert_eq!(GREETING.len(), 5);
    /// ```
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(ByteString::from_static(text))
    }

    /// The text itself.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes, as shared as the text.
    ///
    /// ```
    /// use packets_core::codec::Text;
    /// assert_eq!(&Text::from("é").into_bytes()[..], [0xc3, 0xa9]);
    /// ```
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0.into_bytes()
    }
}

impl Schema for Text {
    const TYPE: &'static Type = &Type::String;

    #[inline]
    fn size(&self) -> usize {
        varuint_size(self.len()) + self.len()
    }

    #[inline]
    fn encode(&self, writer: &mut Writer) {
        writer.buffer(self.as_bytes());
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bytes = reader.buffer()?;
        ByteString::try_from(reader.share(bytes)).map(Self).map_err(|_| DecodeError::InvalidUtf8)
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

/// So that a map with such keys is asked with a `&str`.
impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::from_static(text)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Into::into)
    }
}
