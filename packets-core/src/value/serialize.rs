//! Values to whatever serde writes.

use serde::ser::{Error as _, Serialize, SerializeTuple, Serializer};

use super::Value;
use crate::codec::message_pack::DATE;
use crate::codec::{Writer, packed};
use crate::error::EncodeError;

/// The newtype's name by which rmp-serde recognises an extension.
pub(super) const EXTENSION: &str = "_ExtStruct";

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => {
                if let Ok(value) = u64::try_from(*value) {
                    serializer.serialize_u64(value)
                } else if let Ok(value) = i64::try_from(*value) {
                    serializer.serialize_i64(value)
                } else {
                    serializer.serialize_i128(*value)
                }
            }
            Self::Uint128(value) => serializer.serialize_u128(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::String(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(object) => serializer.collect_map(object.iter()),
            Self::Date(milliseconds) if serializer.is_human_readable() => {
                serializer.serialize_f64(*milliseconds)
            }
            Self::Date(milliseconds) => {
                let content = date(*milliseconds).map_err(S::Error::custom)?;
                serializer.serialize_newtype_struct(EXTENSION, &Extension(DATE, &content))
            }
            Self::Extension(_, content) if serializer.is_human_readable() => {
                serializer.serialize_bytes(content)
            }
            Self::Extension(tag, content) => {
                serializer.serialize_newtype_struct(EXTENSION, &Extension(*tag, content))
            }
        }
    }
}

/// A date's milliseconds as msgpack-lite writes a number: an integer of up to 32 bits, else a float.
fn date(milliseconds: f64) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer::default();
    let integer = milliseconds as i32;
    if f64::from(integer) == milliseconds {
        packed::pack(&integer, &mut writer)?;
    } else {
        packed::pack(&milliseconds, &mut writer)?;
    }
    writer.finish()
}

struct Extension<'a>(i8, &'a [u8]);

impl Serialize for Extension<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&self.0)?;
        tuple.serialize_element(&Content(self.1))?;
        tuple.end()
    }
}

struct Content<'a>(&'a [u8]);

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}
