//! A program in which no packet is derived.

use packets_core::{Registry, RegistryError};

#[test]
fn a_program_without_packets_is_told_so() {
    let error = Registry::gather().expect_err("nothing is gathered");
    assert_eq!(error, RegistryError::Empty);
    assert!(error.to_string().contains("use my_protocol as _;"), "{error}");
}
