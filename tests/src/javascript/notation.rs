//! Values in JSON, so exactly that two of them can be compared: numbers as text.

use packets_core::Value;
use serde_json::{Map, Value as Json, json};

/// The value in JSON: integers as their digits, floats as `f:` and their bits, texts as `s:` and the text, bytes as
/// `b:` and hexadecimal digits.
#[must_use]
pub fn notation(value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::Integer(number) => json!(number.to_string()),
        Value::Uint128(number) => json!(number.to_string()),
        Value::Float(number) if number.is_nan() => json!("f:nan"),
        Value::Float(number) => json!(format!("f:{:016x}", number.to_bits())),
        Value::String(text) => json!(format!("s:{text}")),
        Value::Bytes(bytes) => {
            json!(bytes.iter().fold("b:".to_owned(), |text, byte| format!("{text}{byte:02x}")))
        }
        Value::Array(items) => items.iter().map(notation).collect(),
        Value::Object(object) => {
            object.iter().map(|(key, value)| (key.to_owned(), notation(value))).collect::<Map<_, _>>().into()
        }
        _ => Json::Null,
    }
}
