#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| packets_fuzz::adapt(bytes));
