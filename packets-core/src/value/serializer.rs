//! What serde can write, as values.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::decode::key_text;
use super::message_pack::extension;
use super::serialize::EXTENSION;
use super::{Object, Value, ValueError};

impl Value {
    /// Anything that serde can write: JSON, a map, a struct.
    ///
    /// ```
    /// use packets_core::Value;
    /// let json = serde_json::json!({ "id": 1, "document": { "want": 42 } });
    /// let value = Value::of(&json)?;
    /// assert_eq!(value["document"]["want"].as_i64(), Some(42));
    /// # Ok::<(), packets_core::value::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// [`ValueError`] if a map has keys that are neither text nor integers nor bools, or if the type itself
    /// fails.
    pub fn of<T: Serialize + ?Sized>(data: &T) -> Result<Self, ValueError> {
        data.serialize(ToValue)
    }
}

/// The serializer whose output is a value.
struct ToValue;

/// A list in the making, of a variant if it is one's content.
struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

/// An object in the making, likewise.
struct Entries {
    variant: Option<&'static str>,
    key: String,
    object: Object,
}

fn content(variant: Option<&'static str>, content: Value) -> Value {
    match variant {
        Some(variant) => Value::object([(variant, content)]),
        None => content,
    }
}

macro_rules! into {
    ($($method:ident: $ty:ty),*) => {$(
        fn $method(self, value: $ty) -> Result<Value, ValueError> {
            Ok(value.into())
        }
    )*};
}

impl Serializer for ToValue {
    type Ok = Value;
    type Error = ValueError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    into! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_f32: f32, serialize_f64: f64, serialize_char: char, serialize_str: &str
    }

    /// As in packed fields: what is written differently for people is written for programs.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, ValueError> {
        Ok(Value::Bytes(bytes.to_vec().into()))
    }

    fn serialize_none(self) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, ValueError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, ValueError> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, ValueError> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, ValueError> {
        let value = value.serialize(self)?;
        Ok(if name == EXTENSION { extension(&value).unwrap_or(value) } else { value })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, ValueError> {
        let value = value.serialize(self).map_err(|error| error.within(variant))?;
        Ok(content(Some(variant), value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, ValueError> {
        Ok(Items { variant: None, items: Vec::with_capacity(length.unwrap_or(0)) })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, ValueError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, ValueError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Items, ValueError> {
        Ok(Items { variant: Some(variant), items: Vec::with_capacity(length) })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, ValueError> {
        Ok(Entries { variant: None, key: String::new(), object: Object::new() })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Entries, ValueError> {
        self.serialize_map(Some(length))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries, ValueError> {
        Ok(Entries { variant: Some(variant), key: String::new(), object: Object::new() })
    }
}

macro_rules! items {
    ($($builder:ident: $add:ident),*) => {$(
        impl $builder for Items {
            type Ok = Value;
            type Error = ValueError;

            fn $add<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), ValueError> {
                self.items.push(item.serialize(ToValue).map_err(|error| error.at(self.items.len()))?);
                Ok(())
            }

            fn end(self) -> Result<Value, ValueError> {
                Ok(content(self.variant, self.items.into()))
            }
        }
    )*};
}

items! {
    SerializeSeq: serialize_element, SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field
}

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = ValueError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        let key = key.serialize(ToValue)?;
        self.key = key_text(&key).ok_or_else(|| ValueError::custom(format_args!("{key} cannot be a key")))?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        let key = std::mem::take(&mut self.key);
        let value = value.serialize(ToValue).map_err(|error| error.within(&key))?;
        self.object.push(key, value);
        Ok(())
    }

    fn end(self) -> Result<Value, ValueError> {
        Ok(content(self.variant, self.object.into()))
    }
}

macro_rules! fields {
    ($($builder:ident),*) => {$(
        impl $builder for Entries {
            type Ok = Value;
            type Error = ValueError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), ValueError> {
                let value = value.serialize(ToValue).map_err(|error| error.within(name))?;
                self.object.push(name.to_owned(), value);
                Ok(())
            }

            fn end(self) -> Result<Value, ValueError> {
                SerializeMap::end(self)
            }
        }
    )*};
}

fields! { SerializeStruct, SerializeStructVariant }
