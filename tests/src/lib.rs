//! What the tests of packets share.

pub mod broker;
pub mod engine;
pub mod harness;
pub mod javascript;
pub mod vectors;

/// The programs of the guide compile.
#[cfg(doctest)]
#[doc = include_str!("../../GUIDE.md")]
pub struct Guide;
