//! Why a value and a type do not fit, and where.

use std::fmt::{self, Display};

use super::Value;
use crate::schema::Type;

/// How many characters of a text or of a type an error shows.
const SHOWN: usize = 40;

/// Why a value cannot be what it should be, with the place inside it.
///
/// ```
/// use packets_core::value::{self, Value};
/// use packets_core::{codec::Writer, schema::Type};
///
/// let ty: Type = "{id:varuint,position:{x:float32,y:float32}}".parse()?;
/// let position = Value::object([("x", Value::from("a")), ("y", Value::from(1))]);
/// let value = Value::object([("id", Value::from(7)), ("position", position)]);
///
/// let error = value::encode(&ty, &value, &mut Writer::default()).unwrap_err();
/// assert_eq!(error.path(), "position.x");
/// assert_eq!(error.within("Move").to_string(), r#"Move.position.x: expected float32, found string "a""#);
/// # Ok::<(), packets_core::schema::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    path: String,
    problem: String,
}

impl ValueError {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self { path: String::new(), problem: problem.into() }
    }

    pub(super) fn expected(ty: &Type, found: &Value) -> Self {
        let range = match found {
            Value::Integer(_) | Value::Uint128(_) | Value::Float(_) => range(ty),
            _ => None,
        };
        let range = range.map(|range| format!(" ({range})")).unwrap_or_default();
        Self::new(format!("expected {}{range}, found {}", cut(&ty.to_string()), Found(found)))
    }

    pub(super) fn missing(ty: &Type) -> Self {
        Self::new(format!("missing, expected {}", cut(&ty.to_string())))
    }

    /// `kind` is what there is no such of; `names` are those there are.
    pub(super) fn unknown<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<_> = names.collect();
        if names.is_empty() {
            return Self::new(format!("no such {kind}: there are none"));
        }
        Self::new(format!("no such {kind}: there are {}", cut(&names.join(", "))))
    }

    /// The same error inside something with this name: a field, a variant, a packet.
    ///
    /// ```
    /// use packets_core::Value;
    /// let error = Value::from("a").to::<u8>().unwrap_err();
    /// assert_eq!(error.within("x").within("Move").path(), "Move.x");
    /// ```
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path.insert_str(0, dot);
        self.path.insert_str(0, name);
        self
    }

    /// The same error inside a list's item.
    pub(super) fn at(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }

    /// Where the problem is: empty if it is with the value as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The problem without its place.
    ///
    /// ```
    /// use packets_core::value::{self, Value};
    /// use packets_core::{codec::Writer, schema::Type};
    /// let error = value::encode(&Type::Uint8, &Value::from(256), &mut Writer::default()).unwrap_err();
    /// assert_eq!(error.problem(), "expected uint8 (0 to 255), found 256");
    /// ```
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for ValueError {}

impl serde::ser::Error for ValueError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

impl serde::de::Error for ValueError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

/// A value in a few words.
struct Found<'a>(&'a Value);

impl Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) => write!(f, "string {}", Value::from(cut(text))),
            Value::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Value::Array(items) => write!(f, "an array of {}", items.len()),
            Value::Object(object) => {
                write!(
                    f,
                    "an object with {}",
                    cut(&object.iter().map(|(key, _)| key).collect::<Vec<_>>().join(", "))
                )
            }
            Value::Extension(tag, _) => write!(f, "the MessagePack extension {tag}"),
            scalar => scalar.fmt(f),
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The numbers that an integer type takes, where its name does not make them plain.
const fn range(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Int8 => "-128 to 127",
        Type::Int16 => "-32768 to 32767",
        Type::Int32 => "-2147483648 to 2147483647",
        Type::Uint8 => "0 to 255",
        Type::Uint16 => "0 to 65535",
        Type::Uint32 => "0 to 4294967295",
        Type::Varuint => "0 to 2147483647",
        Type::Varint => "-1073741824 to 1073741823",
        _ => return None,
    })
}
