//! Schemas as data: their text, fingerprints and portability are the same on every build and platform.

use packets_core::schema::{Fingerprint, NotPortable, Type};
use packets_core::{Packet, Registry, Schema, packet::Descriptor};

#[derive(Packet)]
#[packet(response = Position, gather = false)]
struct PositionRequest {
    #[packet(varuint)]
    id: u32,
}

#[derive(Schema)]
struct Position {
    y: f32,
    x: f32,
}

/// Computed by another implementation of FNV-1a than ours.
#[test]
fn fingerprints_never_change() {
    for (text, fingerprint) in [
        ("bool", 0xcd2fd49bc6b014bd),
        ("{}", 0x08f44b07b5901a25),
        ("{x:float32,y:float32}", 0x3db1fa9bd0cb4c90),
        ("{document:packed,id:uint32}", 0x901cdd1ed5ef3e82),
        ("@Tree<{children:[@Tree]}>", 0xa80b18bed0c9b70a),
        ("enum{A,B:string}", 0x4b338393be7d3154),
        ("map<string,uint8?>", 0x6f1d6ebab1a90b63),
        (r#"{"a b":char,é:varint}"#, 0xf3abb872beff3a28),
    ] {
        let ty: Type = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(ty.to_string(), text);
        assert_eq!(ty.fingerprint(), Fingerprint(fingerprint), "{text}");
    }
}

#[test]
fn digests_never_change() {
    let descriptor = Descriptor::of::<PositionRequest>();
    assert_eq!(descriptor.fingerprint(), Fingerprint(0xf158f4c38f430c40));
    let registry = Registry::of([descriptor]).expect("one packet of this name");
    assert_eq!(registry.digest(), Fingerprint(0x342e7d07d4e42c55));
}

#[test]
fn a_fingerprint_is_known_when_compiling() {
    const FINGERPRINT: Fingerprint = Position::TYPE.fingerprint();
    assert_eq!(FINGERPRINT, "{x:float32,y:float32}".parse::<Type>().expect("a schema").fingerprint());
}

#[test]
fn a_schema_that_is_not_portable_says_why() {
    for (text, reason) in [
        ("{a:[uint8],b:[{x:uint8,y:[string]}]}", Ok(())),
        ("[{x:[uint8],y:uint8}]", Err(NotPortable::ArrayNotLast)),
        ("[{x:[uint8],y:[uint8]}]", Err(NotPortable::ArrayNotLast)),
        ("{a:{b:[(uint8?,uint8)]}}", Err(NotPortable::ArrayNotLast)),
        ("(bool,bool,bool,bool,bool,bool,bool,bool,bool,bool,bool)", Err(NotPortable::LongTuple)),
        ("map<string,uint8>", Ok(())),
        ("map<string,[uint8]>", Ok(())),
        ("map<[string],uint8>", Err(NotPortable::ArrayNotLast)),
    ] {
        let ty: Type = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(ty.portability(), reason, "{text}");
    }
    for text in ["{a:uint64}", "[int128]", "char?", "enum{A}", "@A<[@A]>"] {
        let ty: Type = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(matches!(ty.portability(), Err(NotPortable::Unsupported(_))), "{text}");
    }
}
