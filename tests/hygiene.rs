//! Generated code relies on nothing that a crate has in scope, and adds no warning to it, however strict.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    rust_2018_idioms,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unreachable_pub,
    unused,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    clippy::pedantic
)]

/// Everything at its worst: names that generated code might use mean something else here.
#[expect(dead_code, non_camel_case_types, unused_macros, reason = "these are here to be in the way")]
mod shadowed {
    use ::core::prelude::v1::derive;
    use ::core::primitive::{bool as boolean, u8 as byte, u32 as word};

    struct Box;
    struct Cow;
    struct Option;
    struct Reader;
    struct Result;
    struct String;
    struct Type;
    struct Vec;
    struct Writer;
    struct Ok;
    struct Err;
    struct Some;
    struct None;
    struct str;
    struct u8;
    struct u32;
    struct usize;
    trait Default {}
    trait Iterator {}
    trait Packet {}
    trait Schema {}
    trait Send {}
    trait Sync {}
    mod alloc {}
    mod core {}
    mod inventory {}
    mod packets_core {}
    mod serde {}
    mod std {}

    macro_rules! in_the_way {
        ($($name:ident)*) => {
            $(macro_rules! $name {
                ($any:tt) => { ::core::compile_error!("a macro of the crate was used") };
            })*
        };
    }
    in_the_way! { concat file line matches module_path panic stringify submit }

    #[derive(::packets_core::Packet)]
    #[packet(response = ::std::vec::Vec<Every>)]
    #[packet(rate = "20/s", burst = 40, max_size = "1MiB", overflow = "disconnect")]
    #[packer("document")]
    pub(crate) struct Struct {
        pub(crate) document: ::serde_json::Value,
        #[packet(varuint)]
        pub(crate) __writer: word,
        #[packet(varint)]
        pub(crate) __reader: ::core::primitive::i32,
        #[packet(skip)]
        pub(crate) __p: boolean,
        #[packet(default)]
        pub(crate) size: byte,
        pub(crate) r#type: (),
    }

    #[derive(::packets_core::Packet)]
    pub(crate) enum Every {
        Unit,
        Newtype(byte),
        Tuple(#[packet(varuint)] word, #[packet(skip)] boolean, byte),
        Named { __reader: byte, __writer: byte },
    }

    #[derive(::packets_core::Packet, ::serde::Serialize, ::serde::Deserialize)]
    #[packer]
    pub(crate) struct Whole(byte);

    #[derive(::packets_core::Schema)]
    pub(crate) struct Generic<T, const N: ::core::primitive::usize> {
        items: ::std::vec::Vec<T>,
        children: ::std::vec::Vec<Self>,
        #[packet(skip)]
        ghost: ::core::marker::PhantomData<[T; N]>,
    }

    /// With a field, a type and a name from outside of the macro that holds the derive.
    macro_rules! packet {
        ($name:ident $field:ident $ty:ty) => {
            #[derive(::packets_core::Packet)]
            pub(crate) struct $name {
                $field: $ty,
                inside: byte,
            }

            #[derive(::packets_core::Schema)]
            pub(crate) struct Tuple($ty, byte);
        };
    }
    packet!(FromMacro outside ::std::vec::Vec<word>);
}

/// The runtime under another name.
mod renamed {
    pub(crate) use ::packets_core::*;

    /// A packet that is defined beside it.
    #[derive(Packet)]
    #[packet(crate = self, gather = false)]
    pub(crate) struct Relative(Position);

    /// A schema that is rooted in it.
    #[derive(Schema)]
    #[packet(crate = crate::renamed)]
    pub(crate) struct Position {
        x: f32,
    }
}

/// What a crate with documented packets looks like.
pub mod documented {
    use ::packets_core::Packet;

    /// A packet.
    #[derive(Packet, Debug)]
    pub struct Slap;
}

#[::core::prelude::v1::test]
fn generated_code_works_there() {
    use ::core::{assert, assert_eq, panic};
    use ::packets_core::{Packet, Registry, Schema, schema};
    use ::std::string::ToString;

    let packet = shadowed::Struct {
        document: ::serde_json::Value::Null,
        __writer: 300,
        __reader: -1,
        __p: true,
        size: 7,
        r#type: (),
    };
    let bytes = schema::encode(&packet);
    assert_eq!(bytes.as_deref(), ::core::result::Result::Ok(&[1, 0xac, 2, 1, 0xc0, 7][..]));

    assert_eq!(renamed::Position::TYPE.to_string(), "{x:float32}");
    assert_eq!(<renamed::Relative as Packet>::NAME, "Relative");

    let ::core::result::Result::Ok(registry) = Registry::gather() else { panic!("no registry") };
    for name in ["Struct", "Every", "Whole", "FromMacro", "Slap"] {
        assert!(registry.id_named(name).is_some(), "{name}");
    }
}
