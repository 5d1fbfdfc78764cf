//! The runner of the golden vectors: reads a file of them and judges each entry, encoding and decoding.
//!
//! A file is `{group, vectors: […]}`; the group says what its entries are. All go through schemas made at run
//! time, as those of dehydrated packets and inspectors do.

mod judge;
mod notation;
mod packet;
mod schema;

use std::fmt;
use std::path::Path;
use std::thread;

use packets_core::codec::Limits;
use packets_core::schema::Type;
use serde_json::Value as Json;

/// Some vectors nest 500 levels deep, and one has 65,536 items.
const LIMITS: Limits = Limits { depth: 512, elements: 1_000_000 };

/// What an entry should have been, and what it was instead.
type Judgement = Result<(), String>;

/// How the entries of one file or of several were judged.
#[derive(Debug, Default)]
pub struct Report {
    /// Entries that hold.
    pub passed: usize,
    /// Entries of groups that are about something else than packets' bytes.
    pub skipped: usize,
    /// A line for each entry that does not hold.
    pub failures: Vec<String>,
}

impl Report {
    /// Adds another report's entries to these.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
    }

    fn of_failure(failure: impl fmt::Display) -> Self {
        Self { failures: vec![failure.to_string()], ..Self::default() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, skipped, failures } = self;
        write!(f, "{passed} passed, {} failed, {skipped} skipped", failures.len())
    }
}

/// Checks all entries of a file. What is wrong with the file itself is a failure, too.
#[must_use]
pub fn check(file: &Path) -> Report {
    let json = std::fs::read(file).map_err(|error| error.to_string());
    let json = json.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
    // 500 levels take more than the 2 MiB that a test's thread has, in a build without optimization.
    let big = thread::Builder::new().stack_size(64 << 20);
    let run = json.and_then(|json: Json| {
        thread::scope(|scope| match big.spawn_scoped(scope, || check_json(&json)) {
            Ok(thread) => thread.join().map_err(|_| "the runner panicked".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    });
    run.unwrap_or_else(Report::of_failure)
}

/// A value's bytes, with its type and the name of its vector.
#[derive(Debug)]
pub struct Entry {
    /// Which vector it is.
    pub name: String,
    /// What the bytes are.
    pub ty: Type,
    /// The bytes, in the obvious order.
    pub wire: Vec<u8>,
}

/// The entries of a file that are values of a schema; none if its group is about something else.
#[must_use]
pub fn entries(file: &Path) -> Vec<Entry> {
    let text = std::fs::read(file).unwrap_or_default();
    let file: Json = serde_json::from_slice(&text).unwrap_or_default();
    let is_value = file["group"].as_str().is_some_and(|group| !group.contains("malformed"));
    let vectors = file["vectors"].as_array().filter(|_| is_value).into_iter().flatten();
    vectors
        .filter(|entry| entry.get("value").is_some())
        .filter_map(|entry| {
            let ty = schema::schema(entry.get("schema")?).ok()?;
            let wire = entry.get("naive_hex").or_else(|| entry.get("hex"))?;
            (ty.is_portable() || entry.get("naive_hex").is_some()).then_some(())?;
            Some(Entry { name: entry["name"].to_string(), ty, wire: notation::bytes(wire).ok()? })
        })
        .collect()
}

/// The malformed bytes of a file, with the type that they are not; MessagePack has none of its own.
#[must_use]
pub fn malformed(file: &Path) -> Vec<(Type, Vec<u8>)> {
    let text = std::fs::read(file).unwrap_or_default();
    let file: Json = serde_json::from_slice(&text).unwrap_or_default();
    let vectors = file["vectors"].as_array().into_iter().flatten();
    let bytes = |entry: &Json| {
        let ty = entry.get("schema").map_or(Ok(Type::Packed), schema::schema).ok()?;
        Some((ty, notation::bytes(&entry["hex"]).ok()?))
    };
    vectors.filter_map(bytes).collect()
}

fn check_json(file: &Json) -> Report {
    let (Some(group), Some(entries)) = (file["group"].as_str(), file["vectors"].as_array()) else {
        return Report::of_failure("not a file of vectors");
    };
    let judge: fn(&Json, &Json) -> Judgement = match group {
        "scalars-int" | "scalars-float" | "scalars-varint" | "scalars-varuint" | "strings" | "buffers"
        | "objects" | "nested" | "arrays" | "tuples" | "random" | "fixtures" | "quirk-order" => judge::schema,
        "encode-errors" => judge::encode_error,
        "malformed" => judge::malformed,
        "msgpack" => judge::message_pack,
        "msgpack-malformed" => judge::malformed_message_pack,
        "gather" => judge::gather,
        "packets" | "bundles" => judge::packet,
        "bundles-malformed" => judge::malformed_bundle,
        // Another transport's frames, and names made of files' paths.
        "socketio" | "socketio-malformed" | "names" => {
            return Report { skipped: entries.len(), ..Report::default() };
        }
        _ => return Report::of_failure(format_args!("the group {group} is unknown")),
    };
    let mut report = Report::default();
    for entry in entries {
        match judge(file, entry) {
            Ok(()) => report.passed += 1,
            Err(failure) => report.failures.push(format!("{group}: {}: {failure}", entry["name"])),
        }
    }
    report
}
