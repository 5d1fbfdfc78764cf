//! The ideal to measure the derive by: encoders and decoders of exactly our bytes, written by hand for each set.
//!
//! Encoders compute the exact size, allocate once and write without checks. Decoders check everything that
//! ours do: bounds, counts, bools, UTF-8, the shortest varuint, and that nothing follows.

#![expect(unsafe_code, reason = "here, and nowhere else: what it can win")]

mod chat;
mod input;
mod log;
mod mesh;
mod minecraft;
mod mk48;
mod output;
mod player;
mod position;
mod short;

use self::input::Input;
use self::output::{Output, varuint_size};

pub(crate) trait Hand: Sized {
    fn encode(&self) -> Vec<u8>;
    fn decode(bytes: &[u8]) -> Option<Self>;
}
