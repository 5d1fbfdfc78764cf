//! How the vectors write JavaScript's values in JSON, and when two values are the same to JavaScript.

use packets_core::Value;
use packets_core::value::Object;
use serde_json::Value as Json;

/// The value that an entry writes in JSON.
pub(super) fn value(json: &Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => number.into(),
            (_, Some(number), _) => number.into(),
            (_, _, Some(number)) => number.into(),
            _ => return Err(format!("{number} is beyond any number")),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => Value::Array(items.iter().map(value).collect::<Result<_, _>>()?),
        Json::Object(members) => match special(json)? {
            Some(value) => value,
            None => {
                let entry = |(key, json): (&String, &Json)| Ok((key.clone(), value(json)?));
                members.iter().map(entry).collect::<Result<Object, String>>()?.into()
            }
        },
    })
}

/// The value behind a `$` key.
fn special(json: &Json) -> Result<Option<Value>, String> {
    Ok(Some(if let Some(hex) = json.get("$buf") {
        Value::Bytes(bytes(hex)?.into())
    } else if let Some(number) = json.get("$num") {
        text(number)?.parse::<f64>().map_err(|error| error.to_string())?.into()
    } else if json.get("$undefined").is_some() {
        Value::Null
    } else if let Some(milliseconds) = json.get("$date").and_then(Json::as_f64) {
        Value::Date(milliseconds)
    } else if let Some(class) = json.get("$typed") {
        Value::Extension(typed_array(text(class)?)?, bytes(&json["hex"])?.into())
    } else if let Some(tag) = json.get("$ext").and_then(Json::as_u64) {
        Value::Extension(tag as i8, bytes(&json["hex"])?.into())
    } else if let Some(units) = json.get("$utf16").and_then(Json::as_array) {
        let units: Vec<_> = units.iter().filter_map(Json::as_u64).map(|unit| unit as u16).collect();
        String::from_utf16_lossy(&units).into()
    } else if let Some(depth) = json.get("$nest").and_then(Json::as_u64) {
        let inner = value(&json["inner"])?;
        (0..depth).fold(inner, |inner, _| Value::Array(vec![inner]))
    } else {
        return Ok(None);
    }))
}

/// msgpack-lite's extension type of a class.
fn typed_array(class: &str) -> Result<i8, String> {
    Ok(match class {
        "Int8Array" => 0x11,
        "Uint8Array" => 0x12,
        "Int16Array" => 0x13,
        "Uint16Array" => 0x14,
        "Int32Array" => 0x15,
        "Uint32Array" => 0x16,
        "Float32Array" => 0x17,
        "Float64Array" => 0x18,
        "Uint8ClampedArray" => 0x19,
        "ArrayBuffer" => 0x1a,
        "DataView" => 0x1d,
        _ => return Err(format!("{class} is no typed array")),
    })
}

pub(super) fn text(json: &Json) -> Result<&str, String> {
    json.as_str().ok_or_else(|| format!("{json} is no text"))
}

/// Bytes that are written in hexadecimal.
pub(super) fn bytes(json: &Json) -> Result<Vec<u8>, String> {
    let hex = text(json)?;
    let byte = |at| u8::from_str_radix(hex.get(at..at + 2).unwrap_or_default(), 16);
    (0..hex.len())
        .step_by(2)
        .map(byte)
        .collect::<Result<_, _>>()
        .map_err(|_| format!("{hex} is not hexadecimal"))
}

/// Bytes as a failure shows them.
pub(super) fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 200;
    let shown: String = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > SHOWN { format!("{shown}… ({} bytes)", bytes.len()) } else { shown }
}

/// Whether two values are the same in JavaScript, which has one type of number and equal NaNs.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) | (Value::Date(a), Value::Date(b)) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        (Value::Float(_), Value::Integer(_)) | (Value::Integer(_), Value::Float(_)) => {
            a.as_f64() == b.as_f64()
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Whether msgpack-lite and Rust pack the value into the same bytes. msgpack-lite has floats for integers beyond
/// 32 bits and the integer for -0, and takes a longer form for 255 bytes.
pub(super) fn packs_alike(value: &Value) -> bool {
    match value {
        Value::Integer(number) => i32::try_from(*number).is_ok(),
        Value::Float(number) => f64::from(*number as i32) != *number,
        Value::Bytes(bytes) | Value::Extension(_, bytes) => bytes.len() != 255,
        Value::Array(items) => items.iter().all(packs_alike),
        Value::Object(object) => object.iter().all(|(_, value)| packs_alike(value)),
        _ => true,
    }
}
