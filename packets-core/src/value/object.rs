//! Keys and values in their order.

use super::Value;

/// The entries of an object in the order in which they were added, which MessagePack keeps.
///
/// Two objects are equal if they have the same entries, in whatever order.
///
/// ```
/// use packets_core::value::{Object, Value};
/// let mut object = Object::new();
/// object.insert("zeta", 1);
/// object.insert("alpha", 2);
/// object.insert("zeta", 3);
/// assert_eq!(Value::from(object).to_string(), r#"{"zeta":3,"alpha":2}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// One without entries.
    ///
    /// ```
    /// use packets_core::value::Object;
    /// let object = Object::new();
    /// assert!(object.is_empty());
    /// assert_eq!(object.len(), 0);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key: the last one if the data had the key twice.
    ///
    /// ```
    /// use packets_core::value::{self, Value};
    /// use packets_core::codec::Reader;
    /// let value = value::unpack(&mut Reader::new(b"\x82\xa1a\x01\xa1a\x02"))?;
    /// assert_eq!(value.get("a"), Some(&Value::from(2)));
    /// # Ok::<(), packets_core::DecodeError>(())
    /// ```
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// Sets the value of a key: in its place if the object has it, else behind the others.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().rev().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.push(key, value),
        }
    }

    /// Adds an entry without looking whether its key is there, which takes the time of all entries.
    pub(super) fn push(&mut self, key: String, value: Value) {
        self.0.push((key, value));
    }

    /// The entries in their order.
    ///
    /// ```
    /// use packets_core::Value;
    /// let value = Value::object([("zeta", 1), ("alpha", 2)]);
    /// let keys = value.as_object().into_iter().flat_map(|object| object.iter()).map(|(key, _)| key);
    /// assert_eq!(keys.collect::<Vec<_>>(), ["zeta", "alpha"]);
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> + DoubleEndedIterator {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl FromIterator<(String, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
