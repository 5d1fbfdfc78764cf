//! What the tests of packets share.

pub mod harness;
pub mod vectors;
