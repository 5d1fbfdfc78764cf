//! Dynamic values: by a schema to bytes and back, and through serde.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use bytes::Bytes;
use packets_core::codec::{AsPacked, Limits, Reader, Writer};
use packets_core::schema::Type;
use packets_core::value::{self, Unknown, Value};
use packets_core::{DecodeError, schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

type Checked = Result<(), Box<dyn Error>>;

fn encode(ty: &str, value: &Value) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut writer = Writer::default();
    value::encode(&ty.parse()?, value, &mut writer)?;
    Ok(writer.finish()?)
}

fn decode(ty: &str, bytes: &[u8]) -> Result<Value, Box<dyn Error>> {
    let mut reader = Reader::new(bytes);
    let value = value::decode(&ty.parse()?, &mut reader)?;
    reader.finish()?;
    Ok(value)
}

fn refused(ty: &str, value: &serde_json::Value) -> String {
    let value = Value::of(value).expect("JSON is a value");
    encode(ty, &value).expect_err("does not fit").to_string()
}

fn malformed(ty: &str, bytes: &[u8]) -> DecodeError {
    *decode(ty, bytes).expect_err("malformed").downcast().expect("a decode error")
}

#[test]
fn every_type_goes_both_ways() -> Checked {
    let uint128 = Value::from(u128::MAX);
    let date = Value::object([("at", Value::Date(5_000.0))]);
    let rows: &[(&str, Value, &[u8])] = &[
        ("bool", true.into(), &[1]),
        ("int16", (-2).into(), &[0xff, 0xfe]),
        ("uint64", u64::MAX.into(), &[0xff; 8]),
        ("int128", (-1).into(), &[0xff; 16]),
        ("uint128", uint128, &[0xff; 16]),
        ("varint", (-3).into(), &[5]),
        ("float32", 1.5.into(), &[0x3f, 0xc0, 0, 0]),
        ("char", "é".into(), &[0xe9, 0x01]),
        ("buffer", Bytes::from_static(&[1, 2]).into(), &[2, 1, 2]),
        ("packed", date, &[10, 0x81, 0xa2, b'a', b't', 0xc7, 3, 0x0d, 0xcd, 0x13, 0x88]),
        ("[bool]", Value::array([true, false]), &[2, 1, 0]),
        ("[uint8;2]", Value::array([1, 2]), &[1, 2]),
        ("bool?", Value::Null, &[0]),
        ("bool?", true.into(), &[1, 1]),
        ("set<int8>", Value::array([0, 1, -1]), &[3, 0, 1, 0xff]),
        ("map<string,bool>", Value::object([("a", true), ("b", false)]), &[2, 1, b'a', 1, 1, b'b', 0]),
        ("map<int8,bool>", Value::object([("-1", true)]), &[1, 0xff, 1]),
        (
            "map<[bool],bool>",
            Value::array([Value::object([("key", Value::array([true])), ("value", true.into())])]),
            &[1, 1, 1, 1],
        ),
        ("(string,uint8)", Value::array([Value::from("a"), 7.into()]), &[1, b'a', 2, 7]),
        ("[string,uint8]", Value::array([Value::from("a")]), &[1, b'a', 1]),
        ("enum{A,B:bool}", "A".into(), &[0]),
        ("enum{A,B:bool}", Value::object([("B", true)]), &[1, 1]),
        ("{a:{},b:uint8}", Value::object([("b", 1.into()), ("a", Value::object([("", 0); 0]))]), &[1]),
    ];
    for (ty, value, bytes) in rows {
        assert_eq!(encode(ty, value)?, *bytes, "{ty} {value}");
        assert_eq!(decode(ty, bytes)?, *value, "{ty} {value}");
    }
    Ok(())
}

#[test]
fn types_that_contain_themselves_know_their_definitions() -> Checked {
    let ty = "@A<{b:@B<{a:[@A],b:[@B]}>?,v:uint8}>";
    let leaf = json!({"b": null, "v": 1});
    let tree = Value::of(&json!({"b": {"a": [leaf], "b": [{"a": [], "b": []}]}, "v": 2}))?;
    let bytes = encode(ty, &tree)?;
    assert_eq!(bytes, [1, 1, 0, 1, 1, 0, 0, 2]);
    assert_eq!(decode(ty, &bytes)?, tree);

    let mut deep = Value::array([(); 0]);
    for _ in 0..63 {
        deep = Value::array([deep]);
    }
    let bytes = encode("@N<[@N]>", &deep)?;
    assert!(encode("@N<[@N]>", &Value::array([deep.clone()])).is_err());
    assert_eq!(malformed("@N<[@N]>", &bytes), DecodeError::TooDeep);
    let mut reader = Reader::with_limits(&bytes, Limits { depth: 64, ..Limits::DEFAULT });
    assert_eq!(value::decode(&"@N<[@N]>".parse()?, &mut reader)?, deep);
    assert_eq!(malformed("@N<@N>", &[]), DecodeError::TooDeep);
    Ok(())
}

#[test]
fn a_value_may_be_less_exact_than_its_type() -> Checked {
    assert_eq!(encode("uint8", &7.0.into())?, [7]);
    assert_eq!(encode("float64", &1.into())?, 1f64.to_be_bytes());
    assert_eq!(encode("buffer", &Value::array([1, 2]))?, [2, 1, 2]);
    assert_eq!(encode("[uint8]", &Bytes::from_static(&[1, 2]).into())?, [2, 1, 2]);
    assert_eq!(encode("{a:bool?,b:{}}", &Value::object([("", 0); 0]))?, [0]);
    assert!(encode("{}", &Value::Null)?.is_empty());
    assert_eq!(encode("set<int8>", &Value::array([-1, 1, 0]))?, [3, 0, 1, 0xff]);
    assert_eq!(encode("float32", &f64::INFINITY.into())?, f32::INFINITY.to_be_bytes());
    Ok(())
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let rows = [
        ("{p:{x:float32}}", json!({"p": {"x": "a"}}), r#"p.x: expected float32, found string "a""#),
        ("{x:uint8,y:uint8}", json!({"x": 1}), "y: missing, expected uint8"),
        ("{p:{x:uint8}}", json!({"p": {"x": 1, "z": 2}}), "p.z: no such field: there are x"),
        ("{}", json!({"x": 1}), "x: no such field: there are none"),
        ("[uint8]", json!([1, 256]), "[1]: expected uint8 (0 to 255), found 256"),
        ("uint8", json!(1.5), "expected uint8 (0 to 255), found 1.5"),
        ("varuint", json!(2_147_483_648_u32), "expected varuint (0 to 2147483647), found 2147483648"),
        ("varint", json!(1 << 30), "expected varint (-1073741824 to 1073741823), found 1073741824"),
        ("int64", json!(1e18), "expected int64, found 1e18"),
        ("float32", json!(3.4028235e38), "expected float32, found 3.4028235e38"),
        ("[[bool]]", json!([[true], [1]]), "[1][0]: expected bool, found 1"),
        ("char", json!("ab"), r#"expected char, found string "ab""#),
        ("[bool;2]", json!([true]), "expected [bool;2], found an array of 1"),
        ("(bool,bool)", json!([true]), "expected (bool,bool), found an array of 1"),
        ("[bool,bool,bool]", json!([true]), "expected [bool,bool,bool], found an array of 1"),
        ("enum{A,B:bool}", json!("C"), "C: no such variant: there are A, B"),
        ("enum{A,B:bool}", json!("B"), "B: expected bool, found null"),
        ("set<int8>", json!([1, 2, 1]), "[2]: the same as item 0"),
        ("map<uint8,bool>", json!({"1": true, "01": true}), "1: this key is there twice"),
        ("map<uint8,bool>", json!({"a": true}), r#"a: expected uint8, found string "a""#),
        ("map<string,bool>", json!({"a": 5}), "a: expected bool, found 5"),
        ("bool", json!({"a": 1, "b": 2}), "expected bool, found an object with a, b"),
    ];
    for (ty, value, error) in rows {
        assert_eq!(refused(ty, &value), error, "{ty}");
    }
}

#[test]
fn unknown_keys_can_be_left_out() -> Checked {
    let ty: Type = "{p:{x:uint8}}".parse()?;
    let value = Value::of(&json!({"p": {"x": 1, "z": 2}, "q": 3}))?;
    let mut writer = Writer::default();
    value::encode_with(&ty, &value, Unknown::Drop, &mut writer)?;
    assert_eq!(writer.finish()?, [1]);
    Ok(())
}

#[test]
fn malformed_bytes_are_refused() {
    let rows: &[(&str, &[u8], DecodeError)] = &[
        ("bool", &[2], DecodeError::InvalidBool),
        ("bool?", &[2, 1, 1], DecodeError::WrongCount),
        ("(bool,bool)", &[1, 3, 1, 1], DecodeError::WrongCount),
        ("[bool,bool,bool]", &[1, 1, 1, 1], DecodeError::WrongCount),
        ("enum{A}", &[1], DecodeError::UnknownVariant),
        ("char", &[0x80, 0xb0, 0x03], DecodeError::InvalidChar),
        ("set<uint8>", &[2, 1, 1], DecodeError::NotAscending),
        ("map<uint8,bool>", &[2, 2, 1, 1, 1], DecodeError::NotAscending),
        ("string", &[1, 0xff], DecodeError::InvalidUtf8),
        ("[uint16]", &[0xff, 0xff, 0xff, 0xff, 7], DecodeError::UnexpectedEnd),
        ("[{}]", &[0xff, 0xff, 0xff, 0xff, 7], DecodeError::TooManyElements),
        ("[{};4294967295]", &[], DecodeError::TooManyElements),
        ("[[{};65536];65536]", &[], DecodeError::TooManyElements),
        ("[{a:{},b:{}};40000]", &[], DecodeError::TooManyElements),
        ("packed", &[2, 0xd4, 0x55], DecodeError::UnknownExtension),
        ("packed", &[2, 0xcc, 0x05], DecodeError::InvalidMessagePack),
        ("packed", &[5, 0xdd, 0xff, 0xff, 0xff, 0xff], DecodeError::UnexpectedEnd),
        ("packed", &[2, 0xc0, 0xc0], DecodeError::TrailingBytes),
    ];
    for (ty, bytes, error) in rows {
        assert_eq!(malformed(ty, bytes), *error, "{ty} {bytes:?}");
    }
    let bomb = [[0xe8, 0x07].as_slice(), &[0x91; 1_000]].concat();
    assert_eq!(malformed("packed", &bomb), DecodeError::TooDeep);
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
enum Shape {
    Dot,
    Circle(f32),
    Line(u8, u8),
    Box { width: u8, height: Option<u8> },
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Everything {
    unit: (),
    shapes: Vec<Shape>,
    by_number: BTreeMap<u8, i64>,
    by_shape: HashMap<bool, char>,
    big: u128,
    bytes: [u8; 2],
    name: String,
}

#[test]
fn serde_types_survive_the_way_through_a_value() -> Checked {
    let everything = Everything {
        unit: (),
        shapes: vec![
            Shape::Dot,
            Shape::Circle(1.5),
            Shape::Line(1, 2),
            Shape::Box { width: 1, height: None },
            Shape::Box { width: 1, height: Some(2) },
        ],
        by_number: BTreeMap::from([(1, -1), (2, i64::MIN)]),
        by_shape: HashMap::from([(true, 'x')]),
        big: u128::MAX,
        bytes: [1, 2],
        name: "n".to_owned(),
    };
    let value = Value::of(&everything)?;
    assert_eq!(value["shapes"][3].to_string(), r#"{"Box":{"width":1,"height":null}}"#);
    assert_eq!(value.to::<Everything>()?, everything);
    assert_eq!(Value::of(&value)?, value);

    let bytes = Value::object([("bytes", Bytes::from_static(&[1, 2]))]);
    assert_eq!(bytes.to::<HashMap<String, Vec<u8>>>()?["bytes"], [1, 2]);
    assert_eq!(Value::Date(5.0).to::<u64>()?, 5);
    assert_eq!(Value::from("Dot").to::<Shape>()?, Shape::Dot);
    assert_eq!(Value::from(3.0).to::<u8>()?, 3);
    assert!(Value::from(3.5).to::<u8>().is_err());
    Ok(())
}

#[test]
fn a_serde_error_names_the_place() {
    let value =
        Value::object([("shapes", Value::array([Value::object([("Line", Value::array([1, 300]))])]))]);
    let error = value.to::<HashMap<String, Vec<Shape>>>().expect_err("300 is no u8");
    assert_eq!(error.path(), "shapes[0].Line[1]");
    assert!(Value::of(&HashMap::from([([1u8], 1)])).is_err());
}

/// A packed field of Rust's and a value read and write the same.
#[test]
fn a_packed_value_keeps_dates_and_typed_arrays() -> Checked {
    let value = Value::object([
        ("date", Value::Date(1_500_000_000_123.0)),
        ("typed", Value::Extension(0x14, Bytes::from_static(&[1, 0, 2, 1]))),
        ("bytes", Bytes::from_static(&[9]).into()),
        ("negative", (-1).into()),
        ("large", u64::MAX.into()),
    ]);
    let mut writer = Writer::default();
    value::pack(&value, &mut writer)?;
    let bytes = writer.finish()?;
    assert_eq!(value::unpack(&mut Reader::new(&bytes))?, value);

    let mut writer = Writer::default();
    AsPacked::encode(&value, &mut writer);
    let field = writer.finish()?;
    assert_eq!(field, encode("packed", &value)?);
    assert_eq!(<Value as AsPacked>::decode(&mut Reader::new(&field))?, value);

    assert_eq!(serde_json::to_string(&Value::Date(5.0))?, "5.0");
    assert_eq!(serde_json::from_value::<Value>(json!({"a": [1, null]}))?.to_string(), r#"{"a":[1,null]}"#);
    Ok(())
}

#[test]
fn buffers_share_the_message() -> Checked {
    let message = Bytes::from_static(&[3, 1, 2, 3, 5, 0xc4, 3, 7, 8, 9]);
    let value = value::decode(&"{a:buffer,b:packed}".parse()?, &mut Reader::over(&message))?;
    for (key, at) in [("a", 1), ("b", 7)] {
        assert_eq!(value[key].as_bytes().map(|bytes| bytes.as_ptr()), Some(message[at..].as_ptr()));
    }
    Ok(())
}

#[test]
fn the_bytes_are_those_of_the_rust_type() -> Checked {
    let typed = Some(vec!["a".to_owned(), String::new()]);
    let bytes = schema::encode(&typed)?;
    assert_eq!(encode("[string]?", &Value::of(&typed)?)?, bytes);
    assert_eq!(decode("[string]?", &bytes)?.to::<Option<Vec<String>>>()?, typed);
    Ok(())
}
