//! What the tests of packets share.

pub mod vectors;
