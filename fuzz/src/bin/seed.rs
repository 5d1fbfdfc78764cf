//! Writes the golden vectors as seeds: `cargo run --manifest-path fuzz/Cargo.toml --bin seed`.

use std::fs;
use std::path::Path;

use serde_json::Value;

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
    println!("{seeds} seeds");
    Ok(())
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).filter_map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()).collect()
}
