//! What [`Text`], which shares the message, brings against `String` when the log is decoded. Peers have nothing
//! of the kind, so it is measured against ourselves.

use packets_core::codec::{Reader, Text};
use packets_core::{Schema, schema};

use crate::contest::{decoding, measure};
use crate::data::Set as _;
use crate::data::log::{Address, Log};
use crate::options::Options;

/// As in `RATIO codec/<name>/…`.
const NAME: &str = "log_shared";

/// [`Log`], whose bytes it has.
#[derive(Schema)]
struct Shared {
    entries: Vec<Entry>,
}

#[derive(Schema)]
struct Entry {
    address: Address,
    code: u16,
    date: Text,
    identity: Text,
    request: Text,
    size: u64,
    userid: Text,
}

/// Prints both times, and returns the ratio.
pub(crate) fn run(options: &Options) -> Vec<String> {
    if !options.wants_set(NAME) {
        return Vec::new();
    }
    let log = Log::generate();
    let message = bytes::Bytes::from(schema::encode(&log).expect("a log can be encoded"));
    let shared = Shared::decode(&mut Reader::over(&message)).expect("the bytes are the same");
    assert!(schema::encode(&shared).expect("a log can be encoded") == message, "{NAME} does not survive");
    let copied = message.clone();
    let batches = [
        decoding(move || Shared::decode(&mut Reader::over(&message))),
        decoding(move || schema::decode::<Log>(&copied)),
    ];
    let [text, string] = &measure(&batches.each_ref(), options.rounds)[..] else {
        unreachable!("an outcome a batch")
    };
    println!("\n{NAME:<31}{:>14}{:>7}", "decode ns", "ratio");
    println!("{:<31}{:>14.1}{:>7.2}", "Text", text.time, text.ratio);
    println!("{:<31}{:>14.1}{:>7.2}", "String", string.time, string.ratio);
    vec![format!("codec/{NAME}/decode/packets {:.3}", string.ratio)]
}
