//! The schemas of Rust's own types: their bytes, what is refused, and that dynamic data has the same bytes.

mod features;
mod random;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use packets_core::codec::{Packed, Reader, Text, Writer};
use packets_core::schema::Type;
use packets_core::{DecodeError, EncodeError, Schema, Value, schema, value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Asserts a value's schema and bytes, and that these give the value again: whole, and by way of dynamic data.
#[track_caller]
fn assert_wire<T: Schema + PartialEq + Debug>(value: &T, ty: &str, hex: &str) {
    assert_eq!(T::TYPE.to_string(), ty);
    assert_eq!(ty.parse::<Type>().as_ref(), Ok(T::TYPE));
    let bytes = schema::encode(value).expect("the value fits its schema");
    assert_eq!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), hex);
    assert!(value.size() == bytes.len() || ty.contains("packed"), "a size of {}", value.size());
    assert_eq!(schema::decode::<T>(&bytes).as_ref(), Ok(value));
    for end in 0..bytes.len() {
        assert!(schema::decode::<T>(&bytes[..end]).is_err(), "{end} of {} bytes are enough", bytes.len());
    }
    assert_eq!(encode_value(T::TYPE, &decode_value(T::TYPE, &bytes)), bytes);
}

/// The same of a type that is by serde what its schema says.
#[track_caller]
fn assert_data<T>(value: &T, ty: &str, hex: &str)
where
    T: Schema + Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_wire(value, ty, hex);
    let bytes = schema::encode(value).expect("the value fits its schema");
    assert_eq!(encode_value(T::TYPE, &Value::of(value).expect("a value")), bytes);
    assert_eq!(decode_value(T::TYPE, &bytes).to().as_ref(), Ok(value));
}

#[track_caller]
fn encode_value(ty: &Type, value: &Value) -> Vec<u8> {
    let mut writer = Writer::default();
    value::encode(ty, value, &mut writer).expect("the value fits the schema");
    writer.finish().expect("the value fits the schema")
}

#[track_caller]
fn decode_value(ty: &Type, bytes: &[u8]) -> Value {
    value::decode(ty, &mut Reader::new(bytes)).expect("bytes of the schema")
}

#[track_caller]
fn assert_refused<T: Schema + Debug>(bytes: &[u8], error: DecodeError) {
    assert_eq!(schema::decode::<T>(bytes).expect_err("malformed bytes"), error);
}

#[test]
fn tuples_are_those_of_the_derive() {
    #[derive(Schema)]
    struct Three(u8, String, bool);
    assert_data(&(1u8,), "(uint8)", "0101");
    assert_data(&("a".to_owned(), 1u8), "(string,uint8)", "01610201");
    assert_data(&(1u8, "b".to_owned(), true), &Three::TYPE.to_string(), "0101620301");
    assert_eq!(schema::encode(&Three(1, "b".into(), true)), schema::encode(&(1u8, "b".to_owned(), true)));
    let twelve = (1u8, 2u8, 3u8, 4u8, 5u8, 6u8, 7u8, 8u8, 9u8, 10u8, 11u8, 12u8);
    let ty = format!("({})", ["uint8"; 12].join(","));
    assert_data(&twelve, &ty, "0102030405060708090a0b0c0c");
    assert_data(&((), ((), ((),))), "({},({},({})))", "020201");
    assert_refused::<(u8, u8)>(&[1, 1, 1], DecodeError::WrongCount);
    assert_refused::<(u8, u8)>(&[1, 3, 1, 1], DecodeError::WrongCount);
    assert_refused::<(u8, u8)>(&[1, 0x82, 0, 1], DecodeError::OverlongVaruint);
}

#[test]
fn arrays_have_no_count() {
    assert_data(&[1u8, 2], "[uint8;2]", "0102");
    assert_data(&[1u16, 0x203, 4], "[uint16;3]", "000102030004");
    assert_data(&[0.5f32], "[float32;1]", "3f000000");
    assert_data(&["a".to_owned(), String::new()], "[string;2]", "016100");
    assert_data(&[[true, false], [false, true]], "[[bool;2];2]", "01000001");
    assert_data(&[0u8; 0], "[uint8;0]", "");
    assert_data(&vec![[1u8, 2], [3, 4]], "[[uint8;2]]", "0201020304");
    assert_refused::<[bool; 2]>(&[1, 2], DecodeError::InvalidBool);
    assert_refused::<[u64; 1_000]>(&[0; 7_999], DecodeError::UnexpectedEnd);
    assert_eq!(schema::decode::<[(); 65_536]>(&[]), Ok([(); 65_536]));
    assert_refused::<[(); 65_537]>(&[], DecodeError::TooManyElements);
    assert_refused::<[[(); 300]; 300]>(&[], DecodeError::TooManyElements);
}

#[test]
fn maps_ascend_by_the_bytes_of_their_keys() {
    let numbers = [(-1i8, true), (0, false), (1, true)];
    assert_data(&BTreeMap::from(numbers), "map<int8,bool>", "0300000101ff01");
    assert_data(&HashMap::from(numbers), "map<int8,bool>", "0300000101ff01");
    let words = [("aa", 1u8), ("b", 2), ("", 3)].map(|(key, value)| (key.to_owned(), value));
    assert_data(&BTreeMap::from(words.clone()), "map<string,uint8>", "03000301620202616101");
    assert_data(&HashMap::<_, _>::from(words), "map<string,uint8>", "03000301620202616101");
    assert_data(&BTreeMap::<u8, u8>::new(), "map<uint8,uint8>", "00");
    assert_data(&BTreeMap::from([('é', vec![1u8])]), "map<char,buffer>", "01e9010101");
    // No text is such a key, so that the dynamic form is a list, which serde does not write.
    assert_wire(&BTreeMap::from([((2u8, 1u8), ()), ((1, 2), ())]), "map<(uint8,uint8),{}>", "02010202020201");

    type Map = HashMap<u8, u8>;
    for bytes in [[2, 1, 0, 1, 0], [2, 2, 0, 1, 0]] {
        assert_refused::<Map>(&bytes, DecodeError::NotAscending);
        assert_refused::<BTreeMap<u8, u8>>(&bytes, DecodeError::NotAscending);
    }
    assert_refused::<Map>(&[0xff, 0xff, 0xff, 0xff, 7, 1, 1], DecodeError::UnexpectedEnd);
    assert_refused::<HashMap<(), ()>>(&[0xff, 0xff, 0xff, 0xff, 7], DecodeError::TooManyElements);
    assert_refused::<HashMap<(), ()>>(&[2], DecodeError::NotAscending);
}

#[test]
fn sets_ascend_by_the_bytes_of_their_items() {
    assert_data(&BTreeSet::from([-1i16, 1]), "set<int16>", "020001ffff");
    assert_data(&HashSet::from([300u16, 2, 0x100]), "set<uint16>", "0300020100012c");
    assert_data(&BTreeSet::from(["b".to_owned(), "aa".to_owned()]), "set<string>", "020162026161");
    assert_data(&BTreeSet::from([()]), "set<{}>", "01");
    assert_refused::<HashSet<u8>>(&[2, 1, 1], DecodeError::NotAscending);
    assert_refused::<BTreeSet<u8>>(&[2, 2, 1], DecodeError::NotAscending);
    assert_refused::<BTreeSet<()>>(&[2], DecodeError::NotAscending);
    assert_refused::<BTreeSet<u64>>(&[0xff, 0xff, 0xff, 0xff, 7], DecodeError::UnexpectedEnd);
}

#[test]
fn keys_are_distinct_to_rust_and_on_the_wire() {
    #[derive(Schema, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Partly(u8, #[packet(skip)] u8);
    #[derive(Schema, Debug, Eq, PartialOrd, Ord)]
    struct Loose(u8);
    impl PartialEq for Loose {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl std::hash::Hash for Loose {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
    }
    let same = BTreeSet::from([Partly(1, 1), Partly(1, 2)]);
    assert!(matches!(schema::encode(&same), Err(EncodeError::Unrepresentable(_))));
    assert_refused::<HashSet<Loose>>(&[2, 1, 2], DecodeError::NotAscending);
    assert_refused::<HashMap<Loose, ()>>(&[2, 1, 2], DecodeError::NotAscending);
}

#[test]
fn lists_and_pointers_are_what_they_hold() {
    assert_data(&Box::new(1u8), "uint8", "01");
    assert_data(&vec![Box::new(1u8)], "buffer", "0101");
    assert_wire(&Arc::new(1u16), "uint16", "0001");
    assert_data::<Box<str>>(&"a".into(), "string", "0161");
    assert_wire::<Arc<str>>(&"a".into(), "string", "0161");
    assert_data::<Cow<'static, str>>(&Cow::Borrowed("a"), "string", "0161");
    assert_data::<Box<[u8]>>(&[1, 2].into(), "buffer", "020102");
    assert_wire::<Arc<[u16]>>(&[1, 2].into(), "[uint16]", "0200010002");
    assert_data::<Cow<'static, [bool]>>(&Cow::Borrowed(&[true]), "[bool]", "0101");
    let mut deque = VecDeque::from([2u8, 3]);
    deque.push_front(1);
    assert_data(&deque, "buffer", "03010203");
    assert_refused::<Arc<str>>(&[1, 0xff], DecodeError::InvalidUtf8);
    assert_refused::<Box<[()]>>(&[0x81, 0x80, 0x04], DecodeError::TooManyElements);
}

#[test]
fn room_is_made_in_proportion_to_the_message() {
    type Large = [u128; 4_096];
    assert_eq!(Reader::new(&[0; 10]).room::<Large>(10), 1);
    assert_eq!(Reader::new(&[0; 10]).room::<[u128; 8_192]>(10), 0);
    assert_eq!(Reader::new(&[0; 8_192]).room::<Large>(8_192), 2);
    assert_eq!(Reader::new(&[0; 8_192]).room::<u128>(8_192), 8_192);
    assert_eq!(Reader::new(&[]).room::<()>(65_536), 65_536);

    #[derive(Schema, Debug)]
    #[expect(clippy::large_enum_variant, reason = "a small item on the wire that is a large one in memory")]
    enum Wide {
        Nothing,
        Everything(Box<Large>, [u64; 40]),
    }
    let mut bytes = vec![0x80, 0x80, 0x04];
    bytes.resize(3 + 0x1_0000, 0);
    let list: Vec<Wide> = schema::decode(&bytes).expect("a list of nothing");
    assert!(list.len() == 0x1_0000 && list.iter().all(|wide| matches!(wide, Wide::Nothing)));
}

#[test]
fn scalars_have_their_bounds() {
    assert_data(&'a', "char", "61");
    assert_data(&'\u{10ffff}', "char", "ffff43");
    assert_refused::<char>(&[0x80, 0xb0, 0x03], DecodeError::InvalidChar);
    assert_refused::<char>(&[0x80, 0x80, 0x44], DecodeError::InvalidChar);
    assert_data(&NonZero::new(1u32), "uint32?", "0100000001");
    assert_data(&vec![NonZero::<i64>::MIN], "[int64]", "018000000000000000");
    assert_data(&vec![NonZero::<u8>::MAX], "buffer", "01ff");
    assert_refused::<NonZero<u8>>(&[0], DecodeError::OutOfRange);
    assert_refused::<NonZero<i128>>(&[0; 16], DecodeError::OutOfRange);
    assert_data(&PhantomData::<usize>, "{}", "");
}

#[test]
fn results_are_enums() {
    assert_data(&Ok::<u8, String>(1), "enum{Ok:uint8,Err:string}", "0001");
    assert_data(&Err::<u8, _>("a".to_owned()), "enum{Ok:uint8,Err:string}", "010161");
    assert_data(&Ok::<(), String>(()), "enum{Ok,Err:string}", "00");
    assert_refused::<Result<(), ()>>(&[2], DecodeError::UnknownVariant);
}

#[test]
fn times_have_one_form() {
    let ty = "{nanos:uint32,secs:uint64}";
    assert_data(&Duration::new(1, 2), ty, "000000020000000000000001");
    assert_data(&Duration::MAX, ty, "3b9ac9ffffffffffffffffff");
    assert_refused::<Duration>(&[0x3b, 0x9a, 0xca, 0, 0, 0, 0, 0, 0, 0, 0, 0], DecodeError::OutOfRange);

    let ty = "{nanos:uint32,secs:int64}";
    let half = Duration::from_millis(500);
    assert_wire(&SystemTime::UNIX_EPOCH, ty, "000000000000000000000000");
    assert_wire(&(SystemTime::UNIX_EPOCH + half), ty, "1dcd65000000000000000000");
    assert_wire(&(SystemTime::UNIX_EPOCH - half), ty, "1dcd6500ffffffffffffffff");
    assert_wire(&(SystemTime::UNIX_EPOCH - 4 * half), ty, "00000000fffffffffffffffe");
    assert_refused::<SystemTime>(&[0x3b, 0x9a, 0xca, 0, 0, 0, 0, 0, 0, 0, 0, 0], DecodeError::OutOfRange);
    let data = Value::object([("secs", 1), ("nanos", 0)]);
    let second = SystemTime::UNIX_EPOCH + 2 * half;
    assert_eq!(Ok(encode_value(SystemTime::TYPE, &data)), schema::encode(&second));
}

#[test]
fn addresses_are_their_bytes() {
    let (v4, v6) = (Ipv4Addr::new(127, 0, 0, 1), Ipv6Addr::LOCALHOST);
    let v6_hex = "00000000000000000000000000000001";
    assert_data(&v4, "[uint8;4]", "7f000001");
    assert_data(&v6, "[uint8;16]", v6_hex);
    assert_data(&IpAddr::V4(v4), "enum{V4:[uint8;4],V6:[uint8;16]}", "007f000001");
    assert_data(&IpAddr::V6(v6), "enum{V4:[uint8;4],V6:[uint8;16]}", &format!("01{v6_hex}"));
    let (v4, v6) = (SocketAddrV4::new(v4, 80), SocketAddrV6::new(v6, 80, 0, 0));
    assert_data(&v4, "([uint8;4],uint16)", "7f000001020050");
    assert_data(&v6, "([uint8;16],uint16)", &format!("{v6_hex}020050"));
    let ty = "enum{V4:([uint8;4],uint16),V6:([uint8;16],uint16)}";
    assert_data(&SocketAddr::V4(v4), ty, "007f000001020050");
    assert_data(&SocketAddr::V6(v6), ty, &format!("01{v6_hex}020050"));
    let scoped = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 1, 2);
    assert_eq!(schema::encode(&scoped), schema::encode(&v6));
}

#[test]
fn a_text_shares_the_message() {
    assert_data(&Text::from("é"), "string", "02c3a9");
    assert_refused::<Text>(&[1, 0xff], DecodeError::InvalidUtf8);
    let message = Bytes::from_static(b"\x02\x01a\x02bc");
    let texts = Vec::<Text>::decode(&mut Reader::over(&message)).expect("two texts");
    assert_eq!(texts, ["a", "bc"]);
    assert_eq!(texts[1].as_ptr(), message[4..].as_ptr());
    assert_eq!(format!("{} {:?}", texts[0], texts[1]), "a \"bc\"");
    assert_eq!(HashSet::from([Text::from("a".to_owned())]).get("a"), Some(&texts[0]));
    assert!(texts[0] < texts[1]);
}

#[test]
fn a_packed_value_stands_anywhere() {
    #[derive(Serialize, Deserialize, Schema, Debug, PartialEq)]
    struct Tree {
        #[serde(default)]
        branches: Packed<Vec<Self>>,
    }
    assert_data(&Packed('a'), "packed", "02a161");
    assert_data(&vec![Some(Packed(1u8))], "[packed?]", "01010101");
    assert_data(&BTreeMap::from([(1u8, Packed(json!({})))]), "map<uint8,packed>", "01010180");
    assert_data(&Ok::<_, ()>(Packed((1u8, true))), "enum{Ok:packed,Err}", "00039201c3");
    let leaf = || Tree { branches: Packed(vec![]) };
    assert_wire(
        &Tree { branches: vec![leaf()].into() },
        "@Tree<{branches:packed}>",
        "0c9181a86272616e6368657390",
    );
    assert_refused::<Packed<u8>>(&[2, 0xa1, b'a'], DecodeError::PackedMismatch);
    let mut packed = Packed(vec![1]);
    packed.push(2);
    assert_eq!(packed.0.len(), packed.len());
}

#[test]
fn types_contain_themselves_in_any_of_them() {
    #[derive(Schema, Debug, PartialEq, Eq, Hash, Clone, PartialOrd, Ord)]
    struct All {
        a: Box<[Self]>,
        b: Cow<'static, [Self]>,
        c: BTreeMap<u8, Self>,
        d: BTreeSet<Self>,
        e: Option<Arc<(Self, [Self; 1])>>,
        f: Result<PhantomData<Self>, Box<Self>>,
    }
    #[derive(Schema, Debug, PartialEq)]
    struct Generic<T: Clone> {
        slice: Box<[T]>,
        array: [T; 2],
    }
    let all = || All {
        a: [].into(),
        b: [].as_slice().into(),
        c: BTreeMap::new(),
        d: BTreeSet::new(),
        e: None,
        f: Ok(PhantomData),
    };
    let mut outer = all();
    outer.c.insert(1, all());
    outer.d.insert(all());
    outer.e = Some(Arc::new((all(), [all()])));
    let ty =
        "@All<{a:[@All],b:[@All],c:map<uint8,@All>,d:set<@All>,e:(@All,[@All;1])?,f:enum{Ok:@All,Err:@All}}>";
    let ty = ty.replace("Ok:@All", "Ok");
    let none = "000000000000";
    assert_wire(&outer, &ty, &format!("00000101{none}01{none}01{none}02{none}00"));
    assert_refused::<All>(&[0xff; 100], DecodeError::OutOfRange);
    assert_wire(
        &Generic { slice: [1u16].into(), array: [2, 3] },
        "{array:[uint16;2],slice:[uint16]}",
        "00020003010001",
    );
}
