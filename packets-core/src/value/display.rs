//! Values as text, for logs and error messages.

use std::fmt::{self, Write};

use super::Value;

/// How many bytes are shown at most.
const SHOWN_BYTES: usize = 32;

/// As compact JSON, which the values that JSON lacks depart from: bytes are `0x00ff` (cut after 32), dates
/// `Date(0)`, extensions `Extension(20, 0x0100)`, and floats may be `NaN` or `inf`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Uint128(value) => value.fmt(f),
            // Unlike Display, Debug tells 1.0 from 1 and writes large ones short.
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::String(value) => quoted(value, f),
            Self::Bytes(value) => hex(value, f),
            Self::Array(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    comma(index, f)?;
                    item.fmt(f)?;
                }
                f.write_char(']')
            }
            Self::Object(object) => {
                f.write_char('{')?;
                for (index, (key, value)) in object.iter().enumerate() {
                    comma(index, f)?;
                    quoted(key, f)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
            Self::Date(milliseconds) => write!(f, "Date({milliseconds})"),
            Self::Extension(tag, content) => {
                write!(f, "Extension({tag}, ")?;
                hex(content, f)?;
                f.write_char(')')
            }
        }
    }
}

fn comma(index: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if index > 0 { f.write_char(',') } else { Ok(()) }
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for char in text.chars() {
        match char {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            // Also keeps a peer's text from moving the cursor of the terminal that shows the log.
            _ if char.is_control() => write!(f, "\\u{:04x}", u32::from(char))?,
            _ => f.write_char(char)?,
        }
    }
    f.write_char('"')
}

fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("0x")?;
    for byte in bytes.iter().take(SHOWN_BYTES) {
        write!(f, "{byte:02x}")?;
    }
    if bytes.len() > SHOWN_BYTES { write!(f, "… ({} bytes)", bytes.len()) } else { Ok(()) }
}
