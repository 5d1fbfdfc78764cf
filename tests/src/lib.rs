//! What the tests of packets share.

pub mod engine;
pub mod harness;
pub mod javascript;
pub mod vectors;
