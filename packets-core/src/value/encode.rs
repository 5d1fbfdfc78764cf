//! Values to bytes by a schema.

use std::borrow::Cow;

use super::scalar::scalar;
use super::scope::Scope;
use super::sorted::entries;
use super::{Value, ValueError, pack};
use crate::codec::Writer;
use crate::schema::{Field, Node, Schema, Type, Variant};

/// How deep types that contain themselves may nest: twice what decoders accept by default, and little enough
/// for any thread's stack.
const MAX_DEPTH: u16 = 64;

/// What becomes of keys that the schema does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// They are an error that names them.
    #[default]
    Refuse,
    /// They are left out, as SchemaPack does.
    Drop,
}

/// Appends the bytes of `value` as `ty` has them. A key that the schema does not have is an error.
///
/// The value needs not be as exact as the type: an integral float is an integer, as in JavaScript; an absent
/// key is an option's `None`; a map is an object or an array of `{key, value}`; an enum is what serde makes of
/// one, `"Variant"` or `{"Variant": content}`.
///
/// ```
/// use packets_core::value::{self, Value};
/// use packets_core::{codec::Writer, schema::Type};
///
/// let ty: Type = "enum{Stop,Walk:{x:int8,y:int8}}".parse()?;
/// let walk = Value::object([("Walk", Value::object([("y", 2.0), ("x", 1.0)]))]);
/// let mut writer = Writer::default();
/// value::encode(&ty, &walk, &mut writer)?;
/// value::encode(&ty, &Value::from("Stop"), &mut writer)?;
/// assert_eq!(writer.finish()?, [1, 1, 2, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ValueError`] if the value is none of this type. The writer then holds a part of it.
pub fn encode(ty: &Type, value: &Value, writer: &mut Writer) -> Result<(), ValueError> {
    encode_with(ty, value, Unknown::Refuse, writer)
}

/// As [`encode`], with a choice about keys that the schema does not have.
///
/// ```
/// use packets_core::value::{self, Unknown, Value};
/// use packets_core::{codec::Writer, schema::Type};
///
/// let ty: Type = "{x:uint8}".parse()?;
/// let value = Value::object([("x", 1), ("z", 2)]);
/// let mut writer = Writer::default();
/// value::encode_with(&ty, &value, Unknown::Drop, &mut writer)?;
/// assert_eq!(writer.finish()?, [1]);
///
/// let error = value::encode(&ty, &value, &mut Writer::default()).unwrap_err();
/// assert_eq!(error.to_string(), "z: no such field: there are x");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`encode`].
pub fn encode_with(
    ty: &Type,
    value: &Value,
    unknown: Unknown,
    writer: &mut Writer,
) -> Result<(), ValueError> {
    Encoder { unknown, depth: MAX_DEPTH }.value(ty, value, None, writer)
}

/// What encoding a part comes to.
pub(super) type Encoded = Result<(), ValueError>;

pub(super) struct Encoder {
    unknown: Unknown,
    depth: u16,
}

impl Encoder {
    pub(super) fn value(
        &mut self,
        ty: &Type,
        value: &Value,
        scope: Option<&Scope<'_>>,
        writer: &mut Writer,
    ) -> Encoded {
        let expected = || ValueError::expected(ty, value);
        match ty {
            Type::Buffer => self.buffer(ty, value, writer),
            Type::Packed => packed(value, writer),
            Type::Array(item) => {
                let items = items(value).ok_or_else(expected)?;
                writer.length(items.len());
                self.each(item.get(), &items, 0, scope, writer)
            }
            Type::FixedArray(item, count) => {
                let items =
                    items(value).filter(|items| items.len() == *count as usize).ok_or_else(expected)?;
                self.each(item.get(), &items, 0, scope, writer)
            }
            Type::Option(_) if value.is_null() => {
                writer.varuint(0);
                Ok(())
            }
            Type::Option(item) => {
                writer.varuint(1);
                self.value(item.get(), value, scope, writer)
            }
            Type::Set(item) => self.set(item.get(), &items(value).ok_or_else(expected)?, scope, writer),
            Type::Map(key, content) => {
                let entries = entries(key.get(), value).ok_or_else(expected)?;
                self.map([key.get(), content.get()], &entries, scope, writer)
            }
            Type::Object(fields) => self.object(ty, fields, value, scope, writer),
            Type::Tuple(types) => {
                let items = items(value).filter(|items| items.len() == types.len()).ok_or_else(expected)?;
                self.tuple(types, &items, scope, writer)
            }
            Type::OpenTuple(types) => {
                let items =
                    items(value).filter(|items| items.len() + 1 >= types.len()).ok_or_else(expected)?;
                self.tuple(types, &items, scope, writer)
            }
            Type::Enum(variants) => self.variant(ty, variants, value, scope, writer),
            Type::Definition(name, ty) => self.definition(&Scope::of(name, ty.get(), scope), value, writer),
            Type::Reference(name) => {
                let undefined = || ValueError::new(format!("the schema does not define its {name}"));
                self.definition(Scope::find(scope, name).ok_or_else(undefined)?, value, writer)
            }
            _ => scalar(ty, value, writer).ok_or_else(expected),
        }
    }

    fn definition(&mut self, definition: &Scope<'_>, value: &Value, writer: &mut Writer) -> Encoded {
        self.depth = self.depth.checked_sub(1).ok_or_else(|| ValueError::new("nested too deeply"))?;
        self.value(definition.ty, value, Some(definition), writer)?;
        self.depth += 1;
        Ok(())
    }

    /// Appends the items from `first` on.
    fn each(
        &mut self,
        ty: &Type,
        items: &[Value],
        first: usize,
        scope: Option<&Scope<'_>>,
        writer: &mut Writer,
    ) -> Encoded {
        items.iter().enumerate().skip(first).try_for_each(|(index, item)| {
            self.value(ty, item, scope, writer).map_err(|error| error.at(index))
        })
    }

    fn buffer(&mut self, ty: &Type, value: &Value, writer: &mut Writer) -> Encoded {
        match value {
            Value::Bytes(bytes) => bytes.encode(writer),
            Value::Array(items) => {
                writer.length(items.len());
                self.each(&Type::Uint8, items, 0, None, writer)?;
            }
            _ => return Err(ValueError::expected(ty, value)),
        }
        Ok(())
    }

    fn tuple(
        &mut self,
        types: &[Node],
        items: &[Value],
        scope: Option<&Scope<'_>>,
        writer: &mut Writer,
    ) -> Encoded {
        let fixed = types.len().saturating_sub(1);
        for (index, (ty, item)) in types.iter().zip(items).take(fixed).enumerate() {
            self.value(ty.get(), item, scope, writer).map_err(|error| error.at(index))?;
        }
        writer.length(items.len());
        types.last().map_or(Ok(()), |last| self.each(last.get(), items, fixed, scope, writer))
    }

    fn object(
        &mut self,
        ty: &Type,
        fields: &[Field],
        value: &Value,
        scope: Option<&Scope<'_>>,
        writer: &mut Writer,
    ) -> Encoded {
        let object = match value {
            Value::Object(object) => object,
            Value::Null if fields.is_empty() => return Ok(()),
            _ => return Err(ValueError::expected(ty, value)),
        };
        if self.unknown == Unknown::Refuse {
            let is_unknown = |key: &str| !fields.iter().any(|field| field.name == key);
            if let Some((key, _)) = object.iter().find(|(key, _)| is_unknown(key)) {
                return Err(ValueError::unknown("field", fields.iter().map(|field| &*field.name)).within(key));
            }
        }
        fields.iter().try_for_each(|field| {
            let ty = field.ty.get();
            let encoded = match object.get(&field.name) {
                Some(value) => self.value(ty, value, scope, writer),
                None if matches!(ty, Type::Option(_)) || ty.is_unit() => {
                    self.value(ty, &Value::Null, scope, writer)
                }
                None => Err(ValueError::missing(ty)),
            };
            encoded.map_err(|error| error.within(&field.name))
        })
    }

    fn variant(
        &mut self,
        ty: &Type,
        variants: &[Variant],
        value: &Value,
        scope: Option<&Scope<'_>>,
        writer: &mut Writer,
    ) -> Encoded {
        let tagged = match value {
            Value::String(name) => Some((name.as_str(), &Value::Null)),
            Value::Object(object) if object.len() == 1 => object.iter().next(),
            _ => None,
        };
        let (name, content) = tagged.ok_or_else(|| ValueError::expected(ty, value))?;
        let Some(index) = variants.iter().position(|variant| variant.name == name) else {
            let names = variants.iter().map(|variant| &*variant.name);
            return Err(ValueError::unknown("variant", names).within(name));
        };
        writer.length(index);
        let ty = variants[index].content.get();
        self.value(ty, content, scope, writer).map_err(|error| error.within(name))
    }
}

/// The items of a list; those of bytes are numbers.
pub(super) fn items(value: &Value) -> Option<Cow<'_, [Value]>> {
    match value {
        Value::Array(items) => Some(Cow::Borrowed(items)),
        Value::Bytes(bytes) => Some(bytes.iter().map(|byte| Value::from(*byte)).collect()),
        _ => None,
    }
}

fn packed(value: &Value, writer: &mut Writer) -> Encoded {
    let mut packed = Ok(());
    writer.prefixed(|writer| packed = pack(value, writer));
    packed
}
