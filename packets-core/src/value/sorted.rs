//! Sets and maps, whose items are in the order of their bytes.

use std::borrow::Cow;

use super::encode::{Encoded, Encoder};
use super::scope::Scope;
use super::{Value, ValueError};
use crate::codec::Writer;
use crate::schema::Type;

impl Encoder {
    pub(super) fn set(
        &mut self,
        ty: &Type,
        items: &[Value],
        scope: Option<&Scope<'_>>,
        writer: &mut Writer,
    ) -> Encoded {
        let mut encoded = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            encoded.push((self.apart(ty, item, scope).map_err(|error| error.at(index))?, index));
        }
        encoded.sort();
        if let Some(pair) = encoded.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(ValueError::new(format!("the same as item {}", pair[0].1)).at(pair[1].1));
        }
        writer.length(encoded.len());
        encoded.iter().for_each(|(bytes, _)| writer.put(bytes));
        Ok(())
    }

    pub(super) fn map(
        &mut self,
        [key_ty, ty]: [&Type; 2],
        entries: &[Entry<'_>],
        scope: Option<&Scope<'_>>,
        writer: &mut Writer,
    ) -> Encoded {
        let mut encoded = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let bytes = match self.apart(key_ty, key, scope) {
                Ok(key) => self.apart(ty, value, scope).map(|value| (key, value)),
                Err(error) => Err(error),
            };
            encoded.push((bytes.map_err(|error| error.within(&name(key)))?, key));
        }
        encoded.sort_by(|((a, _), _), ((b, _), _)| a.cmp(b));
        if let Some(pair) = encoded.windows(2).find(|pair| pair[0].0.0 == pair[1].0.0) {
            return Err(ValueError::new("this key is there twice").within(&name(pair[1].1)));
        }
        writer.length(encoded.len());
        for ((key, value), _) in &encoded {
            writer.put(key);
            writer.put(value);
        }
        Ok(())
    }

    /// The bytes of one value, to be put in order with others.
    fn apart(&mut self, ty: &Type, value: &Value, scope: Option<&Scope<'_>>) -> Result<Vec<u8>, ValueError> {
        let mut writer = Writer::default();
        self.value(ty, value, scope, &mut writer)?;
        writer.finish().map_err(|error| ValueError::new(error.to_string()))
    }
}

/// A map's key with its value.
type Entry<'a> = (Cow<'a, Value>, &'a Value);

/// The entries of a map: an object, whose keys are text for whatever the key's type is, or an array of
/// `{key, value}`.
pub(super) fn entries<'a>(key: &Type, value: &'a Value) -> Option<Vec<Entry<'a>>> {
    match value {
        Value::Object(object) => {
            Some(object.iter().map(|(text, value)| (Cow::Owned(key_from_text(key, text)), value)).collect())
        }
        Value::Array(items) => {
            items.iter().map(|item| Some((Cow::Borrowed(item.get("key")?), item.get("value")?))).collect()
        }
        _ => None,
    }
}

/// A text that is no such key stays one, and is refused when it is encoded.
fn key_from_text(ty: &Type, text: &str) -> Value {
    let parsed = match ty {
        Type::Bool => text.parse().ok().map(Value::Bool),
        Type::String | Type::Char | Type::Enum(_) => None,
        _ => text.parse::<i128>().map(Value::from).or_else(|_| text.parse::<u128>().map(Value::from)).ok(),
    };
    parsed.unwrap_or_else(|| text.into())
}

/// The key as a part of a path.
fn name(key: &Value) -> Cow<'_, str> {
    key.as_str().map_or_else(|| key.to_string().into(), Into::into)
}
