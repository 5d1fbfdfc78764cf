//! The only unsafe code: what the codec's speed hangs on and safe code cannot say. What other modules may call is
//! safe with any arguments, and its proof needs nothing from outside this module: neither that a type's `size()` is
//! right nor that its `encode_fixed` fills what it is given.
//!
//! What it buys, as time by that of the same bytes written by hand (`benches/README.md`), before and after:
//! - appending behind one check, in registers: log lines 1.35 and 1.0 (encode);
//! - lists of fixed size without zeros first, 32 bytes at a time where the processor can: a mesh 2.4 and 1.0
//!   (both ways);
//! - checking and copying short text by words: log lines 1.33 and 1.0, saved players 1.37 and 1.05 (decode);
//! - moving short lists of numbers and bools by words: a game's updates 1.36 and 1.18 (encode).

#![expect(unsafe_code, reason = "here, and nowhere else")]

mod bool;
mod fixed;
mod number;
mod room;
mod text;

pub(crate) use self::bool::{bools, bytes};
pub(crate) use self::fixed::{append_fixed, fixed_list};
pub(crate) use self::number::{Number, append_list, append_numbers, numbers};
pub(crate) use self::room::{append, append_zeros, list, reserve};
pub(crate) use self::text::string;

/// Fewer bytes than this are not worth a call, nor finding out what the processor can do.
const FEW: usize = 128;
