//! Random schemas, and random values of them.

use packets_core::DecodeError;
use packets_core::codec::{Reader, Writer};
use packets_core::schema::{DefaultValue, Field, Type, Variant};
use packets_core::value::{self, Value};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

/// Any type that a schema's text can say, without references.
pub(crate) fn types() -> impl Strategy<Value = Type> {
    let leaf = prop::sample::select(vec![
        Type::Bool,
        Type::Int8,
        Type::Int16,
        Type::Int32,
        Type::Int64,
        Type::Int128,
        Type::Uint8,
        Type::Uint16,
        Type::Uint32,
        Type::Uint64,
        Type::Uint128,
        Type::Float32,
        Type::Float64,
        Type::Varuint,
        Type::Varint,
        Type::Char,
        Type::String,
        Type::Buffer,
        Type::UNIT,
    ]);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|item| Type::Array(item.into())),
            (inner.clone(), 0..4u32).prop_map(|(item, count)| Type::FixedArray(item.into(), count)),
            inner.clone().prop_map(|item| Type::Option(item.into())),
            inner.clone().prop_map(|item| Type::Set(item.into())),
            (inner.clone(), inner.clone()).prop_map(|(key, value)| Type::Map(key.into(), value.into())),
            // Of ASCII names, UTF-16 order is the map's.
            btree_map("[ -~]{1,3}", (inner.clone(), any::<bool>()), 0..4).prop_map(|fields| {
                let field = |(name, (ty, default))| {
                    let default = bool::then_some(default, DefaultValue::Unknown);
                    Field { name: String::into(name), ty: Type::into(ty), default }
                };
                Type::Object(fields.into_iter().map(field).collect())
            }),
            vec(inner.clone(), 1..4)
                .prop_map(|items| Type::Tuple(items.into_iter().map(Type::into).collect())),
            vec(inner.clone(), 2..4)
                .prop_map(|items| Type::OpenTuple(items.into_iter().map(Type::into).collect())),
            btree_map("[ -~]{1,3}", inner, 1..4).prop_map(|variants| {
                let variant = |(name, ty)| Variant { name: String::into(name), content: Type::into(ty) };
                Type::Enum(variants.into_iter().map(variant).collect())
            }),
        ]
    })
}

/// Any value of a type.
pub(crate) fn values(ty: &Type) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Int8 => any::<i8>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Type::Int16 => any::<i16>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Type::Int32 => any::<i32>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Type::Int64 => any::<i64>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Type::Int128 => any::<i128>().prop_map(Value::Integer).boxed(),
        Type::Uint8 => any::<u8>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Type::Uint16 => any::<u16>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Type::Uint32 => any::<u32>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Type::Uint64 => any::<u64>().prop_map(|number| Value::Integer(number.into())).boxed(),
        Type::Uint128 => any::<u128>()
            .prop_map(|number| i128::try_from(number).map_or(Value::Uint128(number), Value::Integer))
            .boxed(),
        Type::Float32 => any::<f32>().prop_map(|number| Value::Float(number.into())).boxed(),
        Type::Float64 => any::<f64>().prop_map(Value::Float).boxed(),
        Type::Varuint => (0..=i128::from(i32::MAX)).prop_map(Value::Integer).boxed(),
        Type::Varint => (-(1i128 << 30)..1 << 30).prop_map(Value::Integer).boxed(),
        Type::Char => any::<char>().prop_map(|char| Value::String(char.into())).boxed(),
        Type::String => any::<String>().prop_map(Value::String).boxed(),
        Type::Buffer => vec(any::<u8>(), 0..200).prop_map(|bytes| Value::Bytes(bytes.into())).boxed(),
        Type::Array(item) => vec(values(item.get()), 0..4).prop_map(Value::Array).boxed(),
        Type::FixedArray(item, count) => {
            vec(values(item.get()), *count as usize).prop_map(Value::Array).boxed()
        }
        Type::Option(item) => prop_oneof![Just(Value::Null), values(item.get())].boxed(),
        Type::Set(item) => {
            let ty = item.get().clone();
            let items = vec(values(item.get()), 0..4);
            items.prop_map(move |items| Value::Array(distinct(items, |item| encode(&ty, item)))).boxed()
        }
        Type::Map(key, value) => {
            let ty = key.get().clone();
            let entry = (values(key.get()), values(value.get()));
            let entry = entry.prop_map(|(key, value)| Value::object([("key", key), ("value", value)]));
            let entries = vec(entry, 0..4);
            entries
                .prop_map(move |entries| Value::Array(distinct(entries, |entry| encode(&ty, &entry["key"]))))
                .boxed()
        }
        Type::Object(fields) => {
            let names: Vec<_> = fields.iter().map(|field| field.name.clone().into_owned()).collect();
            let fields: Vec<_> = fields.iter().map(|field| values(field.ty.get())).collect();
            fields.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
        }
        Type::Tuple(items) => {
            let items: Vec<_> = items.iter().map(|item| values(item.get())).collect();
            items.prop_map(Value::Array).boxed()
        }
        Type::OpenTuple(items) => {
            let (last, fixed) = items.split_last().expect("two items at least");
            let fixed: Vec<_> = fixed.iter().map(|item| values(item.get())).collect();
            (fixed, vec(values(last.get()), 0..3))
                .prop_map(|(fixed, rest)| Value::Array(fixed.into_iter().chain(rest).collect()))
                .boxed()
        }
        Type::Enum(variants) => prop::sample::select(variants.to_vec())
            .prop_flat_map(|variant| {
                let name = variant.name.clone().into_owned();
                let content = variant.content.get();
                let unit = content.is_unit();
                values(content).prop_map(move |content| match unit {
                    true => Value::from(name.as_str()),
                    false => Value::object([(name.as_str(), content)]),
                })
            })
            .boxed(),
        _ => unreachable!("{ty} is not among the types above"),
    }
}

/// The items whose bytes differ from those of all before them.
fn distinct(mut items: Vec<Value>, encode: impl Fn(&Value) -> Vec<u8>) -> Vec<Value> {
    let mut seen = std::collections::BTreeSet::new();
    items.retain(|item| seen.insert(encode(item)));
    items
}

pub(crate) fn encode(ty: &Type, value: &Value) -> Vec<u8> {
    let mut writer = Writer::default();
    value::encode(ty, value, &mut writer).unwrap_or_else(|error| panic!("{value} as {ty}: {error}"));
    writer.finish().unwrap_or_else(|error| panic!("{value} as {ty}: {error}"))
}

pub(crate) fn decode(ty: &Type, bytes: &[u8]) -> Result<Value, DecodeError> {
    let mut reader = Reader::new(bytes);
    let value = value::decode(ty, &mut reader)?;
    reader.finish()?;
    Ok(value)
}
