//! No bytes make a decoder take much more memory than they are long.

use std::path::Path;

use packets_core::codec::{Reader, Text};
use packets_core::schema::Type;
use packets_core::value::{self, Value};
use packets_core::{Bundle, Schema, schema};
use packets_tests::vectors;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What decoding may take: room for what the bytes could be, and some to begin with.
fn allowed(bytes: &[u8]) -> usize {
    bytes.len() * 24 + (160 << 10)
}

/// The most memory that `decode` had at any time.
fn peak<T>(decode: impl FnOnce() -> T) -> usize {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    drop(decode());
    MEMORY.peak_usage().saturating_sub(before)
}

#[track_caller]
fn check<T: Schema>(bytes: &[u8]) {
    let peak = peak(|| schema::decode::<T>(bytes));
    assert!(peak <= allowed(bytes), "{peak} bytes for {} of {}", bytes.len(), T::TYPE);
}

fn check_dynamic(ty: &Type, bytes: &[u8]) {
    let peak = peak(|| value::decode(ty, &mut Reader::new(bytes)));
    assert!(peak <= allowed(bytes), "{peak} bytes for {} of {ty}", bytes.len());
}

#[derive(Schema)]
struct Large {
    maybe: Option<[u64; 64]>,
}

#[derive(Schema)]
struct Tree {
    children: Vec<Self>,
}

#[derive(Schema, serde::Serialize, serde::Deserialize)]
#[packer]
struct Document(Vec<Vec<Option<[u64; 16]>>>);

/// One test, as the peak is that of the whole program.
#[test]
fn bombs_stay_small() {
    const MOST: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x07];
    // Counts and lengths of 2³¹-1, with nothing behind them.
    check::<Vec<()>>(&MOST);
    check::<Vec<u64>>(&MOST);
    check::<Vec<String>>(&MOST);
    check::<Vec<Large>>(&MOST);
    check::<String>(&MOST);
    check::<Text>(&MOST);
    check::<Vec<u8>>(&MOST);
    check::<Vec<Vec<Vec<u8>>>>(&MOST.repeat(100));
    check::<std::collections::HashMap<u32, Large>>(&MOST);
    check::<std::collections::BTreeSet<String>>(&MOST);
    check::<Bundle>(&MOST);
    for text in
        ["[{}]", "[[{}]]", "[{a:{},b:[{}]}]", "map<{},{}>", "set<{}>", "[packed]", "[({},{})]", "[{};70000]"]
    {
        check_dynamic(&text.parse().expect("a schema"), &MOST);
        check_dynamic(&text.parse().expect("a schema"), &MOST.repeat(1_000));
    }
    // Items that are there take the memory they take (a list that grows holds up to three times that for a
    // moment), even if they are large and one byte on the wire: that is for the type to prevent, by a box.
    let mut options = vec![0; 60_003];
    options[..3].copy_from_slice(&[0xe0, 0xd4, 0x03]);
    let items = schema::decode::<Vec<Large>>(&options).expect("60,000 times nothing").len();
    assert!(peak(|| schema::decode::<Vec<Large>>(&options)) <= items * size_of::<Large>() * 3 + (64 << 10));
    // One that does not live up to its count takes no more than what came.
    options.truncate(1_000);
    check::<Vec<Large>>(&options);
    // Nested beyond every limit.
    check::<Tree>(&[1; 100_000]);
    check_dynamic(&"@Tree<{children:[@Tree]}>".parse().expect("a schema"), &[1; 100_000]);
    for marker in [0x91, 0x81] {
        let nested = [marker; 100_000];
        check_dynamic(&Type::Packed, &schema::encode(&nested.to_vec()).expect("short"));
    }
    let arrays = [0xdd, 0xff, 0xff, 0xff, 0xff].repeat(600);
    check::<Document>(&schema::encode(&arrays).expect("short"));

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut checked = 0;
    for (ty, bytes) in vectors::malformed(&folder.join("malformed.json")) {
        check_dynamic(&ty, &bytes);
        checked += 1;
    }
    assert!(checked > 50, "only {checked} malformed vectors");
    for (_, bytes) in vectors::malformed(&folder.join("msgpack-malformed.json")) {
        let peak = peak(|| value::unpack(&mut Reader::new(&bytes)).map(|value: Value| value));
        assert!(peak <= allowed(&bytes), "{peak} bytes for {} of MessagePack", bytes.len());
        checked += 1;
    }
    assert!(checked > 100, "only {checked} malformed vectors");
}
