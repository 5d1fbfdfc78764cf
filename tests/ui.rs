//! Every mistake is one error, at the smallest span, that says what would work.
//!
//! The expected messages belong to the pinned compiler; `TRYBUILD=overwrite` writes them anew.

#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
