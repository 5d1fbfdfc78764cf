//! Random values of the rich packet for the tests of the JavaScript codec, a line each: the bytes in hexadecimal
//! digits, and the value in JSON. With a number it makes so many; without, it reads bytes and says what it makes of
//! them.

use std::io::{BufRead, BufWriter, Write, stdin, stdout};

use packets_core::codec::Reader;
use packets_core::{Schema, schema, value};
use packets_tests::javascript::{Rich, notation, rich};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(stdout());
    match std::env::args().nth(1) {
        Some(count) => {
            for value in rich(count.parse()?) {
                write(&value, &mut out)?;
            }
        }
        None => {
            for line in stdin().lock().lines() {
                write(&schema::decode(&bytes(&line?)?)?, &mut out)?;
            }
        }
    }
    Ok(out.flush()?)
}

fn write(value: &Rich, out: &mut impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = schema::encode(value)?;
    let json = notation(&value::decode(Rich::TYPE, &mut Reader::new(&bytes))?);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(out, "{hex} {json}")?;
    Ok(())
}

fn bytes(hex: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap_or_default(), 16))
        .collect()
}
