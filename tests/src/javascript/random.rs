//! Random values of the rich packet.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::time::{Duration, SystemTime};

use packets_core::codec::Packed;

use super::protocol::{Chain, Direction, Position, Rich, Shape, Tree, address};

/// So many values, the same ones each time.
pub fn rich(count: usize) -> impl Iterator<Item = Rich> {
    let mut runner = TestRunner::deterministic();
    let strategy = strategy();
    (0..count).map(move |_| strategy.new_tree(&mut runner).expect("a value").current())
}

fn strategy() -> impl Strategy<Value = Rich> {
    let numbers = (any::<i64>(), any::<(u128, i128)>(), any::<(i8, u8, i16, u16, i32, u32)>(), 0..1u32 << 31);
    let more = (number32s(), float64(), -(1 << 30)..1i32 << 30, any::<bool>(), any::<char>());
    let options = (of(".{0,20}"), any::<Option<Option<bool>>>(), bytes(), any::<[u8; 16]>());
    let lists = (vec(position(), 0..4), vec(shape(), 0..4), direction(), btree_set(".{0,6}", 0..5));
    let maps = (
        btree_map(".{0,6}", any::<Option<i32>>(), 0..5),
        btree_map(any::<(i8, u8)>(), vec(any::<u16>(), 0..4), 0..5),
        prop_oneof![any::<u64>().prop_map(Ok), ".{0,6}".prop_map(Err)],
    );
    let types = (tree(), vec(any::<u8>(), 1..8), duration(), time(), any::<u32>());
    let packed = (vec(vec(".{0,6}", 0..3), 0..3), document(), any::<u8>());
    (numbers, more, options, lists, maps, types, packed).prop_map(
        |(numbers, more, options, lists, maps, types, packed)| {
            let (big, bigger, small, count) = numbers;
            let (floats, double, offset, flag, letter) = more;
            let (name, nested, bytes, key) = options;
            let (positions, shapes, direction, tags) = lists;
            let (scores, grid, outcome) = maps;
            let (tree, links, length, at, from) = types;
            let (extra, document, quoted) = packed;
            Rich {
                big,
                bigger,
                flag,
                small,
                floats,
                double,
                count,
                offset,
                letter,
                name,
                nested,
                bytes: bytes.into(),
                key,
                positions,
                shapes,
                direction,
                tags,
                scores,
                grid,
                outcome,
                tree,
                chain: chain(&links),
                length,
                at,
                from: address(from),
                nothing: (),
                extra: extra.into_iter().map(Packed).collect(),
                document,
                quoted,
            }
        },
    )
}

/// JavaScript has one NaN.
fn float32() -> impl Strategy<Value = f32> {
    any::<f32>().prop_map(|float| if float.is_nan() { f32::NAN } else { float })
}

fn number32s() -> impl Strategy<Value = [f32; 3]> {
    (float32(), float32(), prop_oneof![Just(f32::INFINITY), Just(-0.0), Just(f32::NAN)])
        .prop_map(|(a, b, c)| [a, b, c])
}

fn float64() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{INFINITE, NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO | INFINITE
}

/// Lengths of one byte, and of two.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    (any::<u8>(), prop_oneof![0..20usize, 127..130usize]).prop_map(|(byte, length)| vec![byte; length])
}

fn position() -> impl Strategy<Value = Position> {
    (float32(), float32()).prop_map(|(x, y)| Position { x, y })
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Nothing),
        float32().prop_map(Shape::Circle),
        (position(), position()).prop_map(|(from, to)| Shape::Line(from, to)),
        (vec(any::<(u8, u8)>(), 0..4), any::<bool>())
            .prop_map(|(points, closed)| Shape::Path { points, closed }),
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![Direction::North, Direction::South, Direction::East, Direction::West])
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = any::<u8>().prop_map(|value| Tree { value, children: Vec::new() });
    leaf.prop_recursive(4, 12, 3, |inner| {
        (any::<u8>(), vec(inner, 0..3)).prop_map(|(value, children)| Tree { value, children })
    })
}

fn chain(links: &[u8]) -> Chain {
    let next = if links.len() > 1 { Some(Box::new(chain(&links[1..]))) } else { None };
    Chain { value: links[0], next }
}

fn duration() -> impl Strategy<Value = Duration> {
    (any::<u64>(), 0..1_000_000_000u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos))
}

fn time() -> impl Strategy<Value = SystemTime> {
    (any::<bool>(), 0..1u64 << 33, 0..1_000_000_000u32).prop_map(|(before, secs, nanos)| {
        let distance = Duration::new(secs, nanos);
        if before { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
    })
}

/// Data that has one form in MessagePack: JavaScript writes an integral float as an integer.
fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<i16>().prop_map(Into::into),
        any::<i32>().prop_map(|number| (f64::from(number) + 0.5).into()),
        (any::<char>(), 0..40usize).prop_map(|(char, count)| char.to_string().repeat(count).into()),
        (0..20usize).prop_map(|count| vec![serde_json::Value::from(count); count].into()),
    ];
    leaf.prop_recursive(3, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Into::into),
            // Text that is no number: JavaScript has those first.
            btree_map("[a-z]{1,6}", inner, 0..3)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}
