//! The same with random values, and with bytes that are none.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use packets_core::codec::{Packed, Reader, Text, Writer};
use packets_core::{Schema, schema, value};
use proptest::array::uniform2;
use proptest::collection::{btree_map, btree_set, hash_map, hash_set, vec};
use proptest::option::of;
use proptest::prelude::*;

#[derive(Schema, Clone, Debug, PartialEq)]
struct Rich {
    tuple: (u8, String, (Option<char>,)),
    array: [Vec<u16>; 2],
    names: BTreeMap<String, Option<i32>>,
    scores: HashMap<(i8, bool), Arc<str>>,
    dates: BTreeSet<(Duration, i64)>,
    marks: HashSet<[u8; 2]>,
    outcome: Result<Shape, u128>,
    shapes: VecDeque<Shape>,
    at: SystemTime,
    from: IpAddr,
    text: Text,
    extra: Option<Packed<Vec<String>>>,
    #[packet(varint)]
    small: i16,
}

#[derive(Schema, Clone, Debug, PartialEq)]
enum Shape {
    Nothing,
    Point([f32; 3]),
    Path { points: Box<[(u8, NonZero<u8>)]>, name: Cow<'static, str> },
}

fn shapes() -> impl Strategy<Value = Shape> {
    let number = any::<u8>().prop_map(|number| NonZero::new(number).unwrap_or(NonZero::<u8>::MIN));
    let points = vec((any::<u8>(), number), 0..4);
    prop_oneof![
        Just(Shape::Nothing),
        any::<[f32; 3]>().prop_map(Shape::Point),
        (points, ".{0,4}")
            .prop_map(|(points, name)| Shape::Path { points: points.into(), name: name.into() }),
    ]
}

fn rich() -> impl Strategy<Value = Rich> {
    // The year 1970 in both directions: further than every platform goes is of no interest here.
    let at = (any::<bool>(), 0..31_536_000u64, 0..10_000_000u32).prop_map(|(before, secs, tens)| {
        let distance = Duration::new(secs, tens * 100);
        if before { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
    });
    let outcome = prop_oneof![shapes().prop_map(Ok), any::<u128>().prop_map(Err)];
    let tuple = (any::<u8>(), ".{0,4}", (any::<Option<char>>(),));
    let names = btree_map(".{0,4}", any::<Option<i32>>(), 0..4);
    let scores = hash_map(any::<(i8, bool)>(), ".{0,4}".prop_map(Arc::from), 0..4);
    let dates = btree_set(any::<(Duration, i64)>(), 0..4);
    let marks = hash_set(any::<[u8; 2]>(), 0..4);
    let first = (tuple, uniform2(vec(any::<u16>(), 0..4)), names, scores);
    let second = (dates, marks, outcome, vec(shapes(), 0..4));
    let third = (at, any::<IpAddr>(), ".{0,4}", of(vec(".{0,4}", 0..4)), any::<i16>());
    (first, second, third).prop_map(
        |((tuple, array, names, scores), (dates, marks, outcome, shapes), (at, from, text, extra, small))| {
            let (shapes, text, extra) = (shapes.into(), text.into(), extra.map(Packed));
            Rich { tuple, array, names, scores, dates, marks, outcome, shapes, at, from, text, extra, small }
        },
    )
}

/// Bytes that often mean something: small counts and numbers.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![3 => 0..4u8, 1 => any::<u8>()], 0..40)
}

/// Whatever is taken for a value is the one form of that value, and dynamic data is read alike.
fn check<T: Schema + Debug>(bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut reader = Reader::new(bytes);
    if let Ok(value) = T::decode(&mut reader) {
        let read = &bytes[..bytes.len() - reader.remaining()];
        prop_assert_eq!(value.size(), read.len(), "{:?}", value);
        let encoded = schema::encode(&value);
        prop_assert_eq!(encoded.as_deref(), Ok(read), "{:?}", value);
        let dynamic = value::decode(T::TYPE, &mut Reader::new(read));
        prop_assert!(dynamic.is_ok(), "{dynamic:?} of {value:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn values_survive(rich in rich()) {
        let bytes = schema::encode(&rich).expect("the value fits its schema");
        let decoded = schema::decode::<Rich>(&bytes);
        prop_assert_eq!(decoded.as_ref(), Ok(&rich));
        for end in 0..bytes.len() {
            prop_assert!(schema::decode::<Rich>(&bytes[..end]).is_err());
        }
        let data = value::decode(Rich::TYPE, &mut Reader::new(&bytes)).expect("bytes of the schema");
        let mut writer = Writer::default();
        value::encode(Rich::TYPE, &data, &mut writer).expect("the value fits the schema");
        prop_assert_eq!(writer.finish(), Ok(bytes));
    }

    #[test]
    fn a_damaged_value_is_refused_or_another(rich in rich(), at: prop::sample::Index, byte: u8) {
        // MessagePack has more than one form for a value.
        let mut bytes = schema::encode(&Rich { extra: None, ..rich }).expect("the value fits its schema");
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(other) = schema::decode::<Rich>(&bytes)
            && other.extra.is_none()
        {
            prop_assert_eq!(schema::encode(&other), Ok(bytes));
        }
    }

    #[test]
    fn no_value_has_two_forms(bytes in bytes()) {
        check::<(char, [Option<u8>; 2], (bool,))>(&bytes)?;
        check::<HashMap<String, BTreeSet<i8>>>(&bytes)?;
        check::<BTreeMap<Vec<bool>, ()>>(&bytes)?;
        check::<HashSet<Result<u8, IpAddr>>>(&bytes)?;
        check::<BTreeSet<SocketAddrV4>>(&bytes)?;
        check::<VecDeque<HashMap<Ipv4Addr, Text>>>(&bytes)?;
        check::<Vec<([(); 3], Box<[NonZero<u16>]>)>>(&bytes)?;
        check::<Vec<Shape>>(&bytes)?;
        check::<(Duration, SystemTime)>(&bytes)?;
        // MessagePack has more than one form for a value, but nothing panics.
        let _ = schema::decode::<Rich>(&bytes);
        let _ = schema::decode::<HashMap<Packed<u64>, Packed<String>>>(&bytes);
    }
}
