//! What the derives write, as files that a reviewer can read: `expansion/<case>.rs` becomes
//! `expansion/<case>.expanded.rs`. `PACKETS_BLESS=1` writes them anew.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;

use self::ast::Derive;

// A macro crate cannot be linked like others, so its sources are compiled here once more.
#[path = "../packets-derive/src/ast.rs"]
mod ast;
#[path = "../packets-derive/src/attr.rs"]
mod attr;
#[path = "../packets-derive/src/case.rs"]
mod case;
#[path = "../packets-derive/src/check.rs"]
mod check;
#[path = "../packets-derive/src/errors.rs"]
mod errors;
#[path = "../packets-derive/src/expand/mod.rs"]
mod expand;
#[path = "../packets-derive/src/quantity.rs"]
mod quantity;
#[path = "../packets-derive/src/walk.rs"]
mod walk;

#[test]
fn packet() {
    check_packet("packet", "packets_core");
}

#[test]
fn policy() {
    check_packet("policy", "packets_core");
}

#[test]
fn empty_packet() {
    check_packet("empty", "packets_core");
}

#[test]
fn packed_field() {
    check_packet("packed_field", "packets_core");
}

#[test]
fn packed_whole() {
    check_packet("packed_whole", "packets_server");
}

#[test]
fn newtype() {
    check_packet("newtype", "packets_client");
}

#[test]
fn mistake() {
    check_packet("mistake", "packets_core");
}

#[test]
fn tuple() {
    check_schema("tuple");
}

#[test]
fn enumeration() {
    check_schema("enumeration");
}

#[test]
fn generic() {
    check_schema("generic");
}

#[test]
fn recursive() {
    check_schema("recursive");
}

#[track_caller]
fn check_packet(case: &str, runtime: &str) {
    check_expansion(case, |input| expand::derive(input, Derive::Packet, runtime));
}

#[track_caller]
fn check_schema(case: &str) {
    check_expansion(case, |input| expand::derive(input, Derive::Schema, "packets_core"));
}

#[track_caller]
fn check_expansion(case: &str, derive: impl FnOnce(TokenStream) -> TokenStream) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("expansion");
    let input = fs::read_to_string(folder.join(format!("{case}.rs"))).expect("the case is there");
    let expanded = derive(input.parse().expect("the case is Rust"));
    let file = syn::parse2(expanded).expect("the expansion is items");
    let expanded = prettyplease::unparse(&file);

    let golden = folder.join(format!("{case}.expanded.rs"));
    if env::var_os("PACKETS_BLESS").is_some() {
        fs::write(golden, expanded).expect("the golden can be written");
        return;
    }
    let expected = fs::read_to_string(golden).unwrap_or_default();
    assert!(
        expanded == expected,
        "{case} expands differently; if that is meant, run with PACKETS_BLESS=1:\n{expanded}"
    );
}
