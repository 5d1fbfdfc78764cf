//! Random values of the rich packet for the tests of the JavaScript codec, a line each: the bytes in hexadecimal
//! digits, and the value in JSON. With a number it makes so many; without, it reads bytes and says what it makes of
//! them. With `adapt` it reads two schemas and a value's bytes, and says what the value becomes on its way from the first
//! schema to the second.

use std::io::{BufRead, BufWriter, Write, stdin, stdout};

use packets_core::adapt::Plan;
use packets_core::codec::Reader;
use packets_core::{Schema, schema, value};
use packets_tests::javascript::{Rich, notation, rich};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(stdout());
    match std::env::args().nth(1).as_deref() {
        Some("adapt") => {
            for line in stdin().lock().lines() {
                writeln!(out, "{}", adapted(&line?)?)?;
            }
        }
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
    writeln!(out, "{} {json}", hex(&bytes))?;
    Ok(())
}

/// The adapted bytes; `refused` if the value cannot be adapted, and why the schemas cannot.
fn adapted(line: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut parts = line.split('\t');
    let mut part = || parts.next().ok_or("a line is two schemas and bytes");
    let (from, to, value) = (part()?.parse()?, part()?.parse()?, bytes(part()?)?);
    Ok(match Plan::new("P", &from, &to) {
        Ok(plan) => plan.adapt(&value).map_or_else(|_| "refused".to_owned(), |bytes| hex(&bytes)),
        Err(incompatible) => incompatible.to_string(),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap_or_default(), 16))
        .collect()
}
