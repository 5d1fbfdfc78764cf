//! Making values and looking into them.

use std::ops::Index;

use bytes::Bytes;

use super::{Object, Value};

/// The integer that a float is. None beyond 2⁵³: there not every integer is a float, so another one may have
/// been meant.
pub(super) fn integral(float: f64) -> Option<i128> {
    (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0).then_some(float as i128)
}

impl Value {
    /// A list.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::array([1, 2]).to_string(), "[1,2]");
    /// ```
    #[must_use]
    pub fn array<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }

    /// An object with these keys, in this order.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::object([("x", 1), ("y", 2)]).to_string(), r#"{"x":1,"y":2}"#);
    /// ```
    #[must_use]
    pub fn object<K: Into<String>, T: Into<Self>>(entries: impl IntoIterator<Item = (K, T)>) -> Self {
        Self::Object(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// Whether it is [`Null`](Self::Null).
    ///
    /// ```
    /// use packets_core::Value;
    /// assert!(Value::from(None::<i32>).is_null());
    /// ```
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The bool, if it is one.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::from(true).as_bool(), Some(true));
    /// assert_eq!(Value::from(1).as_bool(), None);
    /// ```
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number as an `i64`, if it is an integer that fits. An integral float of up to ±2⁵³ counts as an
    /// integer: JavaScript has no other numbers.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::from(2_147_483_648.0).as_i64(), Some(1 << 31));
    /// assert_eq!(Value::from(0.5).as_i64(), None);
    /// ```
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_integer()
    }

    /// The number as a `u64`, as [`as_i64`](Self::as_i64).
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::from(u64::MAX).as_u64(), Some(u64::MAX));
    /// assert_eq!(Value::from(-1).as_u64(), None);
    /// ```
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_integer()
    }

    /// The number as an integer of any type.
    pub(super) fn as_integer<N: TryFrom<i128> + TryFrom<u128>>(&self) -> Option<N> {
        match self {
            Self::Integer(value) => N::try_from(*value).ok(),
            Self::Uint128(value) => N::try_from(*value).ok(),
            Self::Float(value) => N::try_from(integral(*value)?).ok(),
            _ => None,
        }
    }

    /// The number, be it an integer or a float; the nearest one if it is a large integer.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::from(1).as_f64(), Some(1.0));
    /// ```
    #[must_use]
    pub const fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Uint128(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is some.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::from("a").as_str(), Some("a"));
    /// ```
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(value) => Some(value),
            _ => None,
        }
    }

    /// The bytes, if they are some.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::from(bytes::Bytes::from_static(&[1])).as_bytes().map(|bytes| bytes[0]), Some(1));
    /// ```
    #[must_use]
    pub const fn as_bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(value) => Some(value),
            _ => None,
        }
    }

    /// The items, if it is a list.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::array([1, 2]).as_array().map(<[_]>::len), Some(2));
    /// ```
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The keys and values, if it is an object.
    ///
    /// ```
    /// use packets_core::Value;
    /// assert_eq!(Value::object([("x", 1)]).as_object().map(|object| object.len()), Some(1));
    /// ```
    #[must_use]
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value of an object's key.
    ///
    /// ```
    /// use packets_core::Value;
    /// let value = Value::object([("x", 1)]);
    /// assert_eq!(value.get("x"), Some(&Value::from(1)));
    /// assert_eq!(value.get("y"), None);
    /// ```
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }
}

/// The value of an object's key; `Null` where there is none.
impl Index<&str> for Value {
    type Output = Self;

    fn index(&self, key: &str) -> &Self {
        self.get(key).unwrap_or(&Self::Null)
    }
}

/// A list's item; `Null` where there is none.
impl Index<usize> for Value {
    type Output = Self;

    fn index(&self, index: usize) -> &Self {
        self.as_array().and_then(|items| items.get(index)).unwrap_or(&Self::Null)
    }
}

macro_rules! from {
    ($($from:ty => |$value:ident| $into:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $into
            }
        }
    )*};
}

from! {
    bool => |value| Self::Bool(value);
    i8 => |value| Self::Integer(value.into());
    i16 => |value| Self::Integer(value.into());
    i32 => |value| Self::Integer(value.into());
    i64 => |value| Self::Integer(value.into());
    isize => |value| Self::Integer(value as i128);
    i128 => |value| Self::Integer(value);
    u8 => |value| Self::Integer(value.into());
    u16 => |value| Self::Integer(value.into());
    u32 => |value| Self::Integer(value.into());
    u64 => |value| Self::Integer(value.into());
    usize => |value| Self::Integer(value as i128);
    u128 => |value| i128::try_from(value).map_or(Self::Uint128(value), Self::Integer);
    f32 => |value| Self::Float(value.into());
    f64 => |value| Self::Float(value);
    char => |value| Self::String(value.into());
    &str => |value| Self::String(value.to_owned());
    String => |value| Self::String(value);
    Bytes => |value| Self::Bytes(value);
    Vec<Self> => |value| Self::Array(value);
    Object => |value| Self::Object(value);
    () => |_value| Self::Null;
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl FromIterator<Self> for Value {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        Self::Array(items.into_iter().collect())
    }
}
