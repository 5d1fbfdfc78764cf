//! Adaptation between any two schemas, against what converting by names comes to: the value is right, or there
//! is none.

mod random;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;

use packets_core::DecodeError;
use packets_core::adapt::{AdaptError, Plan};
use packets_core::codec::Writer;
use packets_core::schema::{DefaultValue, Field, Node, Type, Variant};
use packets_core::value::{self, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRng;

use self::random::{decode, encode, types, values};

const INTEGERS: [Type; 12] = [
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
    Type::Varuint,
    Type::Varint,
];

// ---- another build's schema ----

/// The same schema after some changes.
fn changed(ty: &Type, rng: &mut TestRng) -> Type {
    match rng.random_range(0..12u8) {
        0 => return Type::Option(changed(ty, rng).into()),
        1 if let Type::Option(item) = ty => return changed(item.get(), rng),
        _ => {}
    }
    match ty {
        ty if INTEGERS.contains(ty) && rng.random_bool(0.3) => {
            return INTEGERS[rng.random_range(0..12)].clone();
        }
        Type::Float32 if rng.random_bool(0.5) => return Type::Float64,
        Type::Float64 if rng.random_bool(0.1) => return Type::Float32,
        Type::Bool if rng.random_bool(0.1) => return Type::String,
        Type::Object(fields) => return object(fields, rng),
        Type::Enum(variants) => return enumeration(variants, rng),
        _ => {}
    }
    let mut node = |node: &Node| Node::from(changed(node.get(), rng));
    match ty {
        Type::Array(item) => Type::Array(node(item)),
        Type::FixedArray(item, count) => Type::FixedArray(node(item), *count),
        Type::Option(item) => Type::Option(node(item)),
        Type::Set(item) => Type::Set(node(item)),
        Type::Map(key, value) => Type::Map(node(key), node(value)),
        Type::Tuple(items) => Type::Tuple(items.iter().map(node).collect()),
        Type::Definition(_, ty) => Type::Definition("Renamed".into(), node(ty)),
        Type::Reference(_) => Type::Reference("Renamed".into()),
        ty => ty.clone(),
    }
}

fn object(fields: &[Field], rng: &mut TestRng) -> Type {
    let mut others: Vec<Field> = Vec::new();
    for field in fields {
        if rng.random_bool(0.9) {
            others.push(Field { ty: changed(field.ty.get(), rng).into(), ..field.clone() });
        }
    }
    while rng.random_bool(0.3) {
        let name: Cow<'static, str> = format!("new{}", rng.random_range(0..1_000u16)).into();
        if others.iter().any(|field| field.name == name) {
            continue;
        }
        let known = |ty: &Type, value: Value| Some(DefaultValue::Encoded(encode(ty, &value).into()));
        let (ty, default) = match rng.random_range(0..20u8) {
            0 => (Type::String, None),
            1 => (Type::String, Some(DefaultValue::Unknown)),
            2..=5 => (Type::Option(Type::Uint8.into()), None),
            6..=7 => (Type::UNIT, None),
            8..=11 => (Type::String, known(&Type::String, "new".into())),
            _ => (Type::Varuint, known(&Type::Varuint, 300.into())),
        };
        others.push(Field { name, ty: ty.into(), default });
    }
    others.sort_by(|a, b| a.name.encode_utf16().cmp(b.name.encode_utf16()));
    Type::Object(others.into())
}

fn enumeration(variants: &[Variant], rng: &mut TestRng) -> Type {
    let mut others: Vec<Variant> = Vec::new();
    for variant in variants {
        if rng.random_bool(0.9) {
            let content = changed(variant.content.get(), rng).into();
            let place = if rng.random_bool(0.7) { others.len() } else { rng.random_range(0..=others.len()) };
            others.insert(place, Variant { name: variant.name.clone(), content });
        }
    }
    if rng.random_bool(0.3) || others.is_empty() {
        let place = rng.random_range(0..=others.len());
        others.insert(place, Variant { name: "Brand new".into(), content: Type::UNIT.into() });
    }
    Type::Enum(others.into())
}

// ---- what converting by names comes to ----

/// What a reference stands for, on either side: these schemas have one definition at most.
struct Names<'a> {
    from: &'a Type,
    to: &'a Type,
    /// The types that references stand for and that have been compared.
    compared: RefCell<HashSet<[*const Type; 2]>>,
}

fn body<'a>(ty: &'a Type, definition: &'a Type) -> &'a Type {
    match ty {
        Type::Definition(_, ty) => ty.get(),
        Type::Reference(_) => definition,
        ty => ty,
    }
}

/// The body of a schema's definition, if it has one.
fn definition(ty: &Type) -> &Type {
    match ty {
        Type::Option(item) => definition(item.get()),
        Type::Definition(_, ty) => ty.get(),
        ty => ty,
    }
}

fn missing(field: &Field) -> Option<Value> {
    match (&field.default, field.ty.get()) {
        (Some(DefaultValue::Encoded(bytes)), ty) => Some(decode(ty, bytes).expect("a default")),
        (_, Type::Option(_)) => Some(Value::Null),
        // Of a type that takes no bytes there is one value.
        (_, ty) => decode(ty, &[]).ok(),
    }
}

/// Whether there has to be a plan.
fn is_adaptable(from: &Type, to: &Type, names: &Names<'_>) -> bool {
    let is_reference = matches!(from, Type::Reference(_)) || matches!(to, Type::Reference(_));
    let (from, to) = (body(from, names.from), body(to, names.to));
    if is_reference && !names.compared.borrow_mut().insert([from, to].map(std::ptr::from_ref)) {
        return true;
    }
    let node = |a: &Node, b: &Node| is_adaptable(a.get(), b.get(), names);
    if from == to || INTEGERS.contains(from) && INTEGERS.contains(to) {
        return true;
    }
    match (from, to) {
        (Type::Float32, Type::Float64) => true,
        (Type::Option(a), Type::Option(b)) => node(a, b),
        (Type::Option(a), _) => is_adaptable(a.get(), to, names),
        (_, Type::Option(b)) => is_adaptable(from, b.get(), names),
        (Type::Array(a), Type::Array(b)) | (Type::Set(a), Type::Set(b)) => node(a, b),
        (Type::FixedArray(a, count), Type::FixedArray(b, same)) => count == same && node(a, b),
        (Type::Map(a, b), Type::Map(c, d)) => node(a, c) && node(b, d),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| node(a, b))
        }
        (Type::Object(ours), Type::Object(theirs)) => {
            theirs.iter().all(|field| match ours.iter().find(|other| other.name == field.name) {
                Some(other) => node(&other.ty, &field.ty),
                None => missing(field).is_some(),
            })
        }
        (Type::Enum(ours), Type::Enum(theirs)) => ours.iter().all(|variant| {
            let same = theirs.iter().find(|other| other.name == variant.name);
            same.is_none_or(|other| node(&variant.content, &other.content))
        }),
        _ => false,
    }
}

/// The value as the other schema has it; none if it has not. Whether a number fits, encoding it tells.
fn converted(value: &Value, from: &Type, to: &Type, names: &Names<'_>) -> Option<Value> {
    let (from, to) = (body(from, names.from), body(to, names.to));
    let inner = |value: &Value, a: &Node, b: &Node| converted(value, a.get(), b.get(), names);
    let items = |a: &Node, b: &Node| {
        value.as_array()?.iter().map(|item| inner(item, a, b)).collect::<Option<Vec<_>>>().map(Value::Array)
    };
    match (from, to) {
        (Type::Option(_), Type::Option(_)) if value.is_null() => Some(Value::Null),
        (Type::Option(a), Type::Option(b)) => inner(value, a, b),
        (Type::Option(_), _) if value.is_null() => None,
        (Type::Option(a), _) => converted(value, a.get(), to, names),
        (_, Type::Option(b)) => converted(value, from, b.get(), names),
        (Type::Array(a), Type::Array(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::FixedArray(a, _), Type::FixedArray(b, _)) => items(a, b),
        (Type::Map(a, b), Type::Map(c, d)) => {
            let entries = entries(value, a.get()).into_iter().map(|(key, value)| {
                Some(Value::object([("key", inner(&key, a, c)?), ("value", inner(&value, b, d)?)]))
            });
            entries.collect::<Option<Vec<_>>>().map(Value::Array)
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            let items = value.as_array()?.iter().zip(a.iter().zip(b.iter()));
            items.map(|(item, (a, b))| inner(item, a, b)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        (Type::Object(ours), Type::Object(theirs)) => {
            let fields = theirs.iter().map(|field| {
                let value = match ours.iter().find(|other| other.name == field.name) {
                    Some(other) => inner(value.get(&field.name)?, &other.ty, &field.ty),
                    None => missing(field),
                };
                Some((field.name.clone().into_owned(), value?))
            });
            fields.collect::<Option<Vec<_>>>().map(Value::object)
        }
        (Type::Enum(ours), Type::Enum(theirs)) => {
            let unit = Value::object::<&str, Value>([]);
            let (name, content) = match value {
                Value::String(name) => (name.as_str(), &unit),
                Value::Object(object) => object.iter().next()?,
                _ => return None,
            };
            let ours = ours.iter().find(|variant| variant.name == name)?;
            let theirs = theirs.iter().find(|variant| variant.name == name)?;
            Some(Value::object([(name, inner(content, &ours.content, &theirs.content)?)]))
        }
        _ => Some(value.clone()),
    }
}

/// A map's entries, with keys of their own type.
fn entries(value: &Value, key: &Type) -> Vec<(Value, Value)> {
    let typed = |text: &str| match key {
        Type::Bool => Value::Bool(text == "true"),
        ty if INTEGERS.contains(ty) => match text.parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Uint128(text.parse().expect("a number")),
        },
        _ => text.into(),
    };
    match value {
        Value::Object(object) => object.iter().map(|(key, value)| (typed(key), value.clone())).collect(),
        value => {
            let items = value.as_array().expect("entries").iter();
            items.map(|entry| (entry["key"].clone(), entry["value"].clone())).collect()
        }
    }
}

/// The plan does what converting by names does.
fn check(from: &Type, to: &Type, bytes: &[u8], value: &Value) -> Result<(), TestCaseError> {
    let names = &Names { from: definition(from), to: definition(to), compared: RefCell::default() };
    let plan = Plan::new("Packet", from, to);
    prop_assert_eq!(plan.is_ok(), is_adaptable(from, to, names), "{} to {}: {:?}", from, to, plan);
    let Ok(plan) = plan else { return Ok(()) };
    // Dynamic data has one null: it cannot tell an option that is absent from one of an absent one.
    if [from, to].iter().any(|ty| ["??", "?>?"].iter().any(|nested| ty.to_string().contains(nested))) {
        let _ = plan.adapt(bytes);
        return Ok(());
    }
    let expected = converted(value, from, to, names).and_then(|value| {
        let mut writer = Writer::default();
        value::encode(to, &value, &mut writer).ok()?;
        writer.finish().ok()
    });
    match (plan.adapt(bytes), expected) {
        (Ok(adapted), Some(expected)) => {
            prop_assert_eq!(&adapted, &expected, "{} from {} to {}", value, from, to);
            prop_assert!(decode(to, &adapted).is_ok());
            if plan.is_identity() {
                prop_assert_eq!(adapted, bytes);
            }
        }
        (Err(AdaptError::Malformed(error)), _) => prop_assert!(false, "{value} as {from} to {to}: {error}"),
        (Err(error), None) => prop_assert!(error.to_string().starts_with("`Packet"), "{error}"),
        (adapted, expected) => {
            prop_assert!(false, "{value} from {from} to {to} is {adapted:?} and not {expected:?}");
        }
    }
    Ok(())
}

/// A schema, the same after some changes, and values of the first.
fn pairs() -> impl Strategy<Value = (Type, Type, Value)> {
    types().prop_perturb(|ty, mut rng| (changed(&ty, &mut rng), ty)).prop_flat_map(|(other, ty)| {
        let values = values(&ty);
        (Just(ty), Just(other), values)
    })
}

/// The same for types that contain themselves.
fn tree_pairs() -> impl Strategy<Value = (Type, Type, Value)> {
    let trees = types().prop_map(|leaf| {
        let reference = || Node::from(Type::Reference("Tree".into()));
        let field = |name: &'static str, ty: Type| Field { name: name.into(), ty: ty.into(), default: None };
        let fields = [
            field("children", Type::Array(reference())),
            field("leaf", leaf.clone()),
            field("next", Type::Option(reference())),
        ];
        (Type::Definition("Tree".into(), Type::Object(fields.into_iter().collect()).into()), leaf)
    });
    let pairs = trees.prop_perturb(|(tree, leaf), mut rng| (changed(&tree, &mut rng), tree, leaf));
    pairs.prop_flat_map(|(other, tree, leaf)| {
        let tip = values(&leaf).prop_map(|leaf| (leaf, vec![], Value::Null)).prop_map(node_of);
        let values = tip.prop_recursive(4, 12, 3, move |inner| {
            let next = prop_oneof![Just(Value::Null), inner.clone()];
            (values(&leaf), vec(inner, 0..3), next).prop_map(node_of)
        });
        (Just(tree), Just(other), values)
    })
}

fn node_of((leaf, children, next): (Value, Vec<Value>, Value)) -> Value {
    Value::object([("children", Value::Array(children)), ("leaf", leaf), ("next", next)])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn an_adapted_value_is_the_same_value((from, to, value) in pairs()) {
        let bytes = encode(&from, &value);
        check(&from, &to, &bytes, &decode(&from, &bytes)?)?;
    }

    #[test]
    fn an_adapted_tree_is_the_same_tree((from, to, value) in tree_pairs()) {
        let bytes = encode(&from, &value);
        check(&from, &to, &bytes, &decode(&from, &bytes)?)?;
    }

    #[test]
    fn any_two_schemas_adapt_what_they_can((from, _, value) in pairs(), to in types()) {
        let bytes = encode(&from, &value);
        check(&from, &to, &bytes, &decode(&from, &bytes)?)?;
    }

    #[test]
    fn bytes_of_a_peer_are_a_value_or_an_error((from, to, _) in pairs(), bytes in vec(0..4u8, 0..24)) {
        match decode(&from, &bytes) {
            Ok(value) => check(&from, &to, &bytes, &value)?,
            // What is copied or left out is not looked into, and then the receiver finds out, or does not care.
            Err(_) => {
                let _ = Plan::new("Packet", &from, &to).map(|plan| plan.adapt(&bytes));
            }
        }
    }

    #[test]
    fn no_beginning_of_a_value_is_taken_for_one((from, to, value) in pairs()) {
        let bytes = encode(&from, &value);
        let Ok(plan) = Plan::new("Packet", &from, &to) else { return Ok(()) };
        if plan.adapt(&bytes).is_err() {
            return Ok(());
        }
        for length in 0..bytes.len() {
            prop_assert!(plan.adapt(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
        }
        let more = [&bytes[..], &[0]].concat();
        let error = AdaptError::Malformed(DecodeError::TrailingBytes);
        prop_assert_eq!(plan.adapt(&more), Err(error));
    }
}

// ---- by hand ----

fn ty(text: &str) -> Type {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn incompatible(from: &str, to: &str) -> String {
    match Plan::new("P", &ty(from), &ty(to)) {
        Ok(plan) => panic!("{from} to {to} is {plan:?}"),
        Err(incompatible) => incompatible.to_string(),
    }
}

#[test]
fn what_cannot_be_adapted_is_named_with_both_types() {
    for (from, to, path, ours, theirs) in [
        ("uint8", "string", "P", "uint8", "string"),
        ("{a:{b:[float64]}}", "{a:{b:[float32]}}", "P.a.b[]", "float64", "float32"),
        ("{a:uint8}", "{a:uint8,b:string}", "P.b", "not there", "string"),
        ("{}", "{b?:string}", "P.b", "not there", "string"),
        ("{a:string}", "{a:uint8?}", "P.a", "string", "uint8?"),
        ("{a:{b:bool}}", "{a:{b:char}?}", "P.a.b", "bool", "char"),
        ("map<string,bool>", "map<char,bool>", "P[].key", "string", "char"),
        ("map<string,bool>", "map<string,char>", "P[].value", "bool", "char"),
        ("(uint8,bool)", "(uint16,char)", "P.1", "bool", "char"),
        ("(uint8,bool)", "(uint8,bool,bool)", "P", "(uint8,bool)", "(uint8,bool,bool)"),
        ("[uint8;3]", "[uint16;4]", "P", "[uint8;3]", "[uint16;4]"),
        ("set<uint8>", "[uint16]", "P", "set<uint8>", "[uint16]"),
        ("enum{A,B:{c:bool}}", "enum{B:{c:char}}", "P.B.c", "bool", "char"),
        ("@T<{n:[@T],v:bool}>", "@U<{n:[@U],v:char}>", "P.v", "bool", "char"),
        ("[uint8,bool]", "[uint16,bool]", "P", "[uint8,bool]", "[uint16,bool]"),
    ] {
        let expected = format!("`{path}` is {ours} here and {theirs} on the other end");
        assert_eq!(incompatible(from, to), expected, "{from} to {to}");
    }
}

#[test]
fn a_value_that_cannot_be_adapted_is_named() {
    for (from, to, bytes, expected) in [
        ("{a:[uint16]}", "{a:[uint8]}", &b"\x02\0\x01\x01\0"[..], "`P.a[1]` is 256, which uint8 cannot say"),
        (
            "uint128",
            "int128",
            &[0xff; 16],
            "`P` is 340282366920938463463374607431768211455, which int128 cannot say",
        ),
        ("int64", "varuint", &[0xff; 8], "`P` is -1, which varuint cannot say"),
        ("uint32", "varint", &[0x40, 0, 0, 0], "`P` is 1073741824, which varint cannot say"),
        ("{a:enum{A,B}}", "{a:enum{A}}", &[1], "`P.a` is `B`, a variant that the receiver does not know"),
        ("enum{A:{x:int16}}", "enum{B,A:{x:int8}}", &[0, 1, 0], "`P.A.x` is 256, which int8 cannot say"),
        ("(bool,[bool?])", "(bool,[bool])", &[0, 2, 1, 0], "`P.1[0]` is absent, but the receiver needs it"),
        (
            "set<{a:uint8,b:uint8}>",
            "set<{a:uint8}>",
            &[2, 1, 1, 1, 2],
            "`P` has two items that are the same to the receiver",
        ),
        ("map<uint8,uint16>", "map<uint8,uint8>", &[1, 7, 1, 0], "`P[0]` is 256, which uint8 cannot say"),
    ] {
        let plan = Plan::new("P", &ty(from), &ty(to)).unwrap_or_else(|error| panic!("{error}"));
        let error = plan.adapt(bytes).expect_err("no such value");
        assert_eq!(error.to_string(), expected, "{from} to {to}");
    }
}

#[test]
fn types_that_contain_themselves_are_paired_by_what_they_are() {
    // A list of lists of lists for a list of lists: they meet at every sixth level.
    let plan = Plan::new("P", &ty("{a:@T<[[@T]]>,b:uint8}"), &ty("{a:@T<[[[@T]]]>,b:uint8}"));
    assert_eq!(
        plan.expect("the same values").adapt(&[1, 1, 1, 1, 2, 0, 0, 7]),
        Ok(vec![1, 1, 1, 1, 2, 0, 0, 7])
    );
    // Nothing is of such a type, and nobody looks for it for ever.
    let plan = Plan::new("P", &ty("@T<@T>"), &ty("@T<{a:@T}>")).expect("a plan");
    assert_eq!(plan.adapt(&[]), Err(AdaptError::Malformed(DecodeError::TooDeep)));
    // The same text, but the reference leads elsewhere.
    let plan = Plan::new("P", &ty("@T<{l:[@T],v:uint8}>"), &ty("@T<{l:[@T],v:uint16}>")).expect("a plan");
    assert_eq!(plan.adapt(&[1, 0, 2, 1]), Ok(vec![1, 0, 0, 2, 0, 1]));
}

/// A type in lists in lists.
fn in_lists(count: usize, ty: &str) -> String {
    format!("{}{ty}{}", "[".repeat(count), "]".repeat(count))
}

#[test]
fn values_of_any_depth_do_not_exhaust_the_stack() {
    let tree = |leaf: &str| format!("@T<{{a:{},b:{leaf}}}>", in_lists(58, "@T"));
    let (skipped, adapted) = (format!("{{a:uint8,b:{}}}", tree("uint8")), tree("uint16"));
    let bytes = [1; 4_000];
    let skip = Plan::new("P", &ty(&skipped), &ty("{a:uint8}")).expect("a plan");
    assert_eq!(skip.adapt(&bytes), Err(AdaptError::Malformed(DecodeError::TooDeep)));
    let adapt = Plan::new("P", &ty(&tree("uint8")), &ty(&adapted)).expect("a plan");
    assert_eq!(adapt.adapt(&bytes), Err(AdaptError::Malformed(DecodeError::TooDeep)));
    // Two periods without a common part make as many pairs as their product, on one way down.
    let [from, to] = [3, 61].map(|count| format!("{{a:@T<{}>,b:int8}}", in_lists(count, "@T")));
    assert!(Plan::new("P", &ty(&from), &ty(&to)).is_err());
}

#[test]
fn wide_schemas_take_little_time() {
    let names = || (100_000..200_000).map(|number| format!("n{number}"));
    let fields = |ty: &str| names().map(|name| format!("{name}:{ty}")).collect::<Vec<_>>().join(",");
    let units = ty(&format!("[{{{},z:uint8}}]", fields("{}")));
    let plan = Plan::new("P", &units, &ty("[{z:uint16}]")).expect("a plan");
    assert_eq!(plan.adapt(&[3, 1, 2, 3]), Ok(vec![3, 0, 1, 0, 2, 0, 3]));
    let wide = ty(&format!("{{a:uint8,{}}}", fields("@T<bool>")));
    assert_eq!(Plan::new("P", &wide, &ty("{a:uint8}")).map(|plan| plan.is_identity()), Ok(false));
    let variants = ty(&format!("enum{{{}}}", names().collect::<Vec<_>>().join(",")));
    let plan = Plan::new("P", &variants, &ty("enum{other,n100003}")).expect("a plan");
    assert_eq!(plan.adapt(&[3]), Ok(vec![1]));
    assert!(Plan::new("P", &ty("enum{other,n100003}"), &variants).is_ok());
}

#[test]
fn defaults_do_not_make_much_of_little() {
    let name = "n".to_owned().into();
    let default =
        Some(DefaultValue::Encoded(encode(&Type::Buffer, &Value::Bytes(vec![7; 1_000].into())).into()));
    let field = Field { name, ty: Type::Buffer.into(), default };
    let to = Type::Array(Type::Object(vec![field].into()).into());
    let plan = Plan::new("P", &ty("[{}]"), &to).expect("a plan");
    let count = |count: u32| {
        let mut writer = Writer::default();
        writer.varuint(count);
        writer.finish().expect("in range")
    };
    let adapted = plan.adapt(&count(1_000)).expect("a megabyte");
    assert_eq!(decode(&to, &adapted).expect("a value").as_array().map(<[Value]>::len), Some(1_000));
    assert_eq!(plan.adapt(&count(1_100)), Err(AdaptError::TooLarge));
    assert_eq!(plan.adapt(&count(65_537)), Err(AdaptError::Malformed(DecodeError::TooManyElements)));
}
