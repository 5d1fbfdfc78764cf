//! Writes the golden vectors, and some pairs of schemas, as seeds: `cargo run --manifest-path fuzz/Cargo.toml --bin seed`.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Two schemas and a value of the first: every kind of change.
const PAIRS: [(&str, &str, &[u8]); 6] = [
    ("{a:uint8,b:string,c:int16}", "{a:varuint,c:int64,d:bool?,e:{}}", b"\x07\x02hi\xff\xff"),
    (
        "[{a:float32?,b:uint128}]",
        "[{a:float64?,b:varint?}]",
        &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
    ),
    ("enum{A,B:(int8,char),C:buffer}", "enum{C:buffer,B:(int32,char),D}", &[1, 0xff, 2, b'c']),
    ("map<uint16,set<uint32>>", "map<varuint,set<varuint>>", &[1, 0, 5, 2, 0, 0, 0, 1, 0, 0, 1, 0]),
    ("@T<{l:[@T],v:uint8}>", "@N<{l:[@N],v:uint16,w:@N?}>", &[1, 0, 2, 1]),
    (
        "{a:[uint8;3]?,b:packed,c:[bool,string]}",
        "{a:[int8;3],b:packed}",
        b"\x01\x01\x02\x03\x01\xc0\x01\x02\x01x\x01y",
    ),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = 0;
    for file in fs::read_dir(root.join("../tests/vectors"))? {
        let json: Value = serde_json::from_slice(&fs::read(file?.path())?)?;
        let group = json["group"].as_str().unwrap_or_default();
        let target = match group {
            "msgpack" | "msgpack-malformed" => "message_pack",
            "bundles" | "bundles-malformed" => "bundle",
            _ => "packet",
        };
        let corpus = root.join("corpus").join(target);
        fs::create_dir_all(&corpus)?;
        for (index, entry) in json["vectors"].as_array().into_iter().flatten().enumerate() {
            let bytes = entry["hex"].as_str().map(unhex).unwrap_or_default();
            if (1..4096).contains(&bytes.len()) {
                fs::write(corpus.join(format!("{group}-{index}")), bytes)?;
                seeds += 1;
            }
        }
    }
    let corpus = root.join("corpus/adapt");
    fs::create_dir_all(&corpus)?;
    for (index, (from, to, value)) in PAIRS.iter().enumerate() {
        fs::write(corpus.join(index.to_string()), [from.as_bytes(), to.as_bytes(), value].join(&b'\n'))?;
        seeds += 1;
    }
    println!("{seeds} seeds");
    Ok(())
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).filter_map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()).collect()
}
