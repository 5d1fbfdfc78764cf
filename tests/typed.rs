//! The golden vectors once more, by the encoders and decoders that are made at compile time.

use std::path::Path;

use packets_core::{Schema, schema};
use packets_tests::vectors::{self, Entry};

macro_rules! structs {
    ($($(#[$attribute:meta])* $name:ident { $($(#[$field_attribute:meta])* $field:ident: $ty:ty),* $(,)? })*) => {$(
        #[derive(Schema)]
        $(#[$attribute])*
        struct $name {
            $($(#[$field_attribute])* $field: $ty,)*
        }
    )*};
}

#[derive(Schema)]
struct Varuint(#[packet(varuint)] u32);

#[derive(Schema)]
struct Varint(#[packet(varint)] i32);

#[derive(Schema)]
struct Varuints(#[packet(varuint)] Vec<u32>);

#[derive(Schema)]
struct Varints(#[packet(varint)] Vec<i32>);

structs! {
    Empty {}
    Zam { z: u8, a: u8, m: u8 }
    #[packet(rename_all = "camelCase")]
    User {
        user_name: String,
        user_id: u32,
        #[packet(rename = "username")]
        lower: String,
        #[packet(rename = "user_name")]
        snake: String,
        #[packet(rename = "UserName")]
        pascal: String,
    }
    #[packet(rename_all = "lowercase")]
    Unicode {
        #[packet(rename = "😀")]
        astral: u8,
        #[packet(rename = "Ａ")]
        wide: u8,
        #[packet(rename = "\u{e000}")]
        private: u8,
    }
    Position { x: f32, y: f32, id: u16 }
    Nickname { #[packet(varint)] a: i32 }
    Document { document: String }
    Flecks {
        #[packet(rename = "@flecks/core.id")]
        id: String,
        #[packet(rename = "@flecks/socket.packets")]
        packets: u8,
        #[packet(rename = "@")]
        at: bool,
    }
    Friend { #[packet(varuint)] friends: Vec<u32>, name: String, vip: bool }
    Users { users: Vec<Friend> }
    Bytes { x: Vec<u8>, z: u8 }
    Named { list: Vec<String>, name: String, #[packet(varuint)] n: u32 }
    Twice { x: Vec<u8>, y: Vec<u8> }
    Thrice { a: Vec<u8>, b: Vec<u8>, c: Vec<u8> }
    Inner { p: Vec<u8> }
    Outer { o: Inner, q: String }
    Lonely { #[packet(rename = "_")] only: Vec<u8> }
    Zeta { zeta: Vec<String> }
}

type Check = fn(&Entry) -> bool;

/// Whether the bytes come back from a `T`, and no beginning of them is one.
fn check<T: Schema>(entry: &Entry) -> bool {
    let wire = &entry.wire;
    let value = schema::decode::<T>(wire).unwrap_or_else(|error| panic!("{}: {error}", entry.name));
    assert_eq!(value.size(), wire.len(), "{}", entry.name);
    assert_eq!(schema::encode(&value).as_ref(), Ok(wire), "{}", entry.name);
    for length in (0..wire.len()).step_by(1 + wire.len() / 512) {
        assert!(schema::decode::<T>(&wire[..length]).is_err(), "{}: {length} bytes", entry.name);
    }
    true
}

fn types() -> Vec<(String, Check)> {
    fn of<T: Schema>() -> (String, Check) {
        (T::TYPE.to_string(), check::<T>)
    }
    vec![
        of::<bool>(),
        of::<i8>(),
        of::<i16>(),
        of::<i32>(),
        of::<u8>(),
        of::<u16>(),
        of::<u32>(),
        of::<f32>(),
        of::<f64>(),
        of::<String>(),
        of::<Vec<u8>>(),
        of::<Varuint>(),
        of::<Varint>(),
        of::<Varuints>(),
        of::<Varints>(),
        of::<Vec<bool>>(),
        of::<Vec<i16>>(),
        of::<Vec<f64>>(),
        of::<Vec<String>>(),
        of::<Vec<Vec<u8>>>(),
        of::<Empty>(),
        of::<Vec<Empty>>(),
        of::<Zam>(),
        of::<User>(),
        of::<Unicode>(),
        of::<Position>(),
        of::<Nickname>(),
        of::<Document>(),
        of::<Flecks>(),
        of::<Users>(),
        of::<Vec<Bytes>>(),
        of::<Vec<Named>>(),
        of::<Vec<Twice>>(),
        of::<Vec<Thrice>>(),
        of::<Vec<Outer>>(),
        of::<Vec<Lonely>>(),
        of::<Vec<Zeta>>(),
    ]
}

#[test]
fn derived_types_have_the_bytes_of_the_vectors() {
    let types = types();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let files = folder.read_dir().expect("the folder of vectors is there");
    let mut matched = 0;
    let mut unused: Vec<_> = types.iter().map(|(text, _)| text.as_str()).collect();
    for file in files {
        for entry in vectors::entries(&file.expect("the folder can be read").path()) {
            // A list of bytes is a buffer to Rust; the bytes are the same.
            let text = entry.ty.to_string().replace("[uint8]", "buffer");
            if let Some((_, check)) = types.iter().find(|(ty, _)| *ty == text) {
                matched += usize::from(check(&entry));
                unused.retain(|ty| *ty != text);
            }
        }
    }
    assert!(unused.is_empty(), "no entry is of {unused:?}");
    assert!(matched >= 250, "only {matched} entries are of these types");
}
