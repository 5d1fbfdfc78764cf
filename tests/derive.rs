//! What the derives make of every kind of type: its schema, its bytes, and what is refused.

use std::fmt::Debug;
use std::marker::PhantomData;

use packets_core::codec::{Limits, Reader, Writer};
use packets_core::packet::Descriptor;
use packets_core::schema::Type;
use packets_core::{DecodeError, EncodeError, Packet, Registry, Schema, schema, value};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Asserts a value's schema and bytes, and that the bytes give the value again.
#[track_caller]
fn assert_wire<T: Schema + PartialEq + Debug>(value: &T, ty: &str, hex: &str) {
    assert_eq!(T::TYPE.to_string(), ty);
    let bytes = schema::encode(value).expect("the value fits its schema");
    assert_eq!(to_hex(&bytes), hex);
    assert_eq!(schema::decode::<T>(&bytes).as_ref(), Ok(value));
    for end in 0..bytes.len() {
        assert!(schema::decode::<T>(&bytes[..end]).is_err(), "{end} of {} bytes are enough", bytes.len());
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

mod structs {
    use super::*;

    #[test]
    fn fields_travel_in_the_order_of_their_names() {
        #[derive(Schema, Debug, PartialEq)]
        struct Position {
            z: u8,
            x: u8,
            y: u8,
        }
        assert_wire(&Position { z: 3, x: 1, y: 2 }, "{x:uint8,y:uint8,z:uint8}", "010203");
    }

    #[test]
    fn names_are_sorted_by_utf_16() {
        #[derive(Schema, Debug, PartialEq)]
        struct Names {
            #[packet(rename = "\u{ff21}")]
            fullwidth: u8,
            #[packet(rename = "\u{1f600}")]
            astral: u8,
            #[packet(rename = "10")]
            ten: u8,
            #[packet(rename = "2")]
            two: u8,
        }
        let names = Names { fullwidth: 4, astral: 3, ten: 1, two: 2 };
        assert_wire(&names, "{10:uint8,2:uint8,\u{1f600}:uint8,\u{ff21}:uint8}", "01020304");
    }

    #[test]
    fn raw_identifiers_have_their_plain_name() {
        #[derive(Schema, Debug, PartialEq)]
        struct Raw {
            r#type: u8,
            kind: u8,
        }
        assert_wire(&Raw { r#type: 2, kind: 1 }, "{kind:uint8,type:uint8}", "0102");
    }

    #[test]
    fn nothing_takes_no_bytes() {
        #[derive(Schema, Debug, PartialEq)]
        struct Unit;
        #[derive(Schema, Debug, PartialEq)]
        struct NoFields {}
        #[derive(Schema, Debug, PartialEq)]
        struct NoItems();
        assert_wire(&Unit, "{}", "");
        assert_wire(&NoFields {}, "{}", "");
        assert_wire(&NoItems(), "{}", "");
    }

    #[test]
    fn a_newtype_is_what_it_holds_also_in_a_list() {
        #[derive(Schema, Debug, PartialEq)]
        struct Byte(u8);
        #[derive(Schema, Debug, PartialEq)]
        struct Small(#[packet(varuint)] u32);
        assert_wire(&Byte(7), "uint8", "07");
        assert_wire(&vec![Byte(7), Byte(8)], "buffer", "020708");
        assert_wire(&Small(300), "varuint", "ac02");
        assert_wire(&vec![Small(300)], "[varuint]", "01ac02");
    }

    #[test]
    fn a_tuple_has_its_count_before_its_last_item() {
        #[derive(Schema, Debug, PartialEq)]
        struct Pair(String, u8);
        #[derive(Schema, Debug, PartialEq)]
        struct Three(u8, #[packet(varint)] i32, bool);
        assert_wire(&Pair("a".into(), 1), "(string,uint8)", "01610201");
        assert_wire(&Three(1, -1, true), "(uint8,varint,bool)", "01010301");
        assert_eq!(schema::decode::<Pair>(&[1, b'a', 3, 1]), Err(DecodeError::WrongCount));
        assert_eq!(schema::decode::<Pair>(&[1, b'a', 1, 1]), Err(DecodeError::WrongCount));
    }

    #[test]
    fn structs_nest() {
        #[derive(Schema, Debug, PartialEq)]
        struct Inner {
            b: u16,
            a: Option<bool>,
        }
        #[derive(Schema, Debug, PartialEq)]
        struct Outer {
            list: Vec<Inner>,
            inner: Inner,
        }
        assert_wire(
            &Outer { list: vec![Inner { b: 1, a: None }], inner: Inner { b: 2, a: Some(true) } },
            "{inner:{a:bool?,b:uint16},list:[{a:bool?,b:uint16}]}",
            "0101000201000001",
        );
    }
}

mod enums {
    use super::*;

    #[derive(Schema, Debug, PartialEq)]
    enum Shape {
        Empty,
        Circle(f32),
        Line(u8, u8),
        Box { width: u8, height: u8 },
    }

    const TYPE: &str = "enum{Empty,Circle:float32,Line:(uint8,uint8),Box:{height:uint8,width:uint8}}";

    #[test]
    fn a_variant_is_its_number_and_its_content() {
        assert_wire(&Shape::Empty, TYPE, "00");
        assert_wire(&Shape::Circle(1.0), TYPE, "013f800000");
        assert_wire(&Shape::Line(1, 2), TYPE, "02010202");
        assert_wire(&Shape::Box { width: 1, height: 2 }, TYPE, "030201");
    }

    #[test]
    fn an_unknown_variant_is_refused() {
        assert_eq!(schema::decode::<Shape>(&[4]), Err(DecodeError::UnknownVariant));
        assert_eq!(schema::decode::<Shape>(&[0x80, 1]), Err(DecodeError::UnknownVariant));
    }

    #[test]
    fn discriminants_do_not_count() {
        #[derive(Schema, Debug, PartialEq)]
        enum Level {
            High = 10,
            Low = 1,
        }
        assert_wire(&Level::High, "enum{High,Low}", "00");
        assert_wire(&Level::Low, "enum{High,Low}", "01");
    }

    #[test]
    fn fields_of_variants_have_their_attributes() {
        #[derive(Schema, Debug, PartialEq)]
        #[packet(rename_all = "snake_case")]
        enum Order {
            MoveTo {
                #[packet(varuint)]
                x: u32,
                #[packet(rename = "a")]
                y: u8,
                #[packet(default)]
                z: u8,
                #[packet(skip)]
                local: bool,
            },
            #[packet(rename = "halt")]
            StopNow(#[packet(skip)] u8, #[packet(varuint)] u32),
            Wait(#[packet(skip)] u8),
        }
        let ty = "enum{move_to:{a:uint8,x:varuint,z?:uint8},halt:varuint,wait}";
        assert_wire(&Order::MoveTo { x: 300, y: 1, z: 2, local: false }, ty, "0001ac0202");
        assert_wire(&Order::StopNow(0, 5), ty, "0105");
        assert_wire(&Order::Wait(0), ty, "02");
    }

    #[test]
    fn the_number_is_a_varuint() {
        macro_rules! many {
            ($($variant:ident)*) => {
                #[derive(Schema, Debug, PartialEq)]
                enum Many { $($variant),* }
            };
        }
        many! {
            A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17 A18 A19 A20 A21 A22 A23 A24 A25 A26 A27
            A28 A29 A30 A31 A32 A33 A34 A35 A36 A37 A38 A39 A40 A41 A42 A43 A44 A45 A46 A47 A48 A49 A50 A51 A52
            A53 A54 A55 A56 A57 A58 A59 A60 A61 A62 A63 A64 A65 A66 A67 A68 A69 A70 A71 A72 A73 A74 A75 A76 A77
            A78 A79 A80 A81 A82 A83 A84 A85 A86 A87 A88 A89 A90 A91 A92 A93 A94 A95 A96 A97 A98 A99 A100 A101
            A102 A103 A104 A105 A106 A107 A108 A109 A110 A111 A112 A113 A114 A115 A116 A117 A118 A119 A120 A121
            A122 A123 A124 A125 A126 A127 A128
        }
        for (value, bytes) in [(Many::A0, &[0][..]), (Many::A127, &[127]), (Many::A128, &[0x80, 1])] {
            assert_eq!(value.size(), bytes.len());
            assert_eq!(schema::encode(&value).as_deref(), Ok(bytes));
            assert_eq!(schema::decode::<Many>(bytes), Ok(value));
        }
    }
}

mod attributes {
    use super::*;

    #[test]
    fn rename_all_takes_serdes_styles() {
        macro_rules! style {
            ($style:literal, $field:literal, $variant:literal) => {{
                #[derive(Schema)]
                #[packet(rename_all = $style)]
                struct Fields {
                    one_field: u8,
                }
                #[derive(Schema)]
                #[packet(rename_all = $style)]
                enum Variants {
                    OneVariant,
                }
                let name =
                    |name: &str| if name.contains('-') { format!("{name:?}") } else { name.to_owned() };
                assert_eq!(Fields::TYPE.to_string(), format!("{{{}:uint8}}", name($field)));
                assert_eq!(Variants::TYPE.to_string(), format!("enum{{{}}}", name($variant)));
            }};
        }
        style!("lowercase", "one_field", "onevariant");
        style!("UPPERCASE", "ONE_FIELD", "ONEVARIANT");
        style!("PascalCase", "OneField", "OneVariant");
        style!("camelCase", "oneField", "oneVariant");
        style!("snake_case", "one_field", "one_variant");
        style!("SCREAMING_SNAKE_CASE", "ONE_FIELD", "ONE_VARIANT");
        style!("kebab-case", "one-field", "one-variant");
        style!("SCREAMING-KEBAB-CASE", "ONE-FIELD", "ONE-VARIANT");
    }

    #[test]
    fn rename_wins_over_rename_all() {
        #[derive(Schema, Debug, PartialEq)]
        #[packet(rename_all = "camelCase")]
        struct Entry {
            entry_id: u8,
            #[packet(rename = "a b")]
            entry_name: u8,
        }
        assert_wire(&Entry { entry_id: 2, entry_name: 1 }, "{\"a b\":uint8,entryId:uint8}", "0102");
    }

    #[test]
    fn varuint_and_varint_choose_short_numbers() {
        #[derive(Schema, Debug, PartialEq)]
        struct Numbers {
            #[packet(varuint)]
            a: u64,
            #[packet(varint)]
            b: i32,
            #[packet(varuint)]
            c: Vec<u16>,
            #[packet(varint)]
            d: Option<i64>,
        }
        let numbers = Numbers { a: 300, b: -2, c: vec![1, 200], d: Some(1) };
        assert_wire(&numbers, "{a:varuint,b:varint,c:[varuint],d:varint?}", "ac02030201c8010102");
        let too_large = Numbers { a: 1 << 31, ..numbers };
        assert!(matches!(
            schema::encode(&too_large),
            Err(EncodeError::OutOfRange { value: 0x8000_0000, .. })
        ));
    }

    #[test]
    fn a_skipped_field_is_not_sent() {
        #[derive(Debug, Default, PartialEq)]
        struct NoSchema(u8);
        #[derive(Schema, Debug, PartialEq)]
        struct Named {
            #[packet(skip)]
            cache: NoSchema,
            id: u8,
        }
        #[derive(Schema, Debug, PartialEq)]
        struct Unnamed(#[packet(skip)] NoSchema, u8);
        #[derive(Schema, Debug, PartialEq)]
        struct Nothing(#[packet(skip)] NoSchema);
        assert_eq!(schema::encode(&Named { cache: NoSchema(9), id: 1 }), Ok(vec![1]));
        assert_wire(&Named { cache: NoSchema(0), id: 1 }, "{id:uint8}", "01");
        assert_wire(&Unnamed(NoSchema(0), 1), "uint8", "01");
        assert_wire(&Nothing(NoSchema(0)), "{}", "");
    }

    #[test]
    fn a_default_shows_in_the_schema_alone() {
        #[derive(Schema, Debug, PartialEq)]
        struct Entry {
            #[packet(default, varuint)]
            added: u32,
            id: u8,
        }
        assert_wire(&Entry { added: 0, id: 1 }, "{added?:varuint,id:uint8}", "0001");
    }

    /// The bytes of the defaults of an object's fields.
    fn defaults(ty: &Type) -> Vec<Option<Box<[u8]>>> {
        let ty = if let Type::Definition(_, ty) = ty { ty.get() } else { ty };
        let Type::Object(fields) = ty else { panic!("{ty} is no object") };
        fields.iter().map(|field| field.default.as_ref()?.bytes()).collect()
    }

    #[test]
    fn a_default_is_that_of_the_rust_type_in_the_form_of_the_field() {
        #[derive(Schema)]
        struct Volume(u8);
        impl Default for Volume {
            fn default() -> Self {
                Self(50)
            }
        }
        #[derive(Schema)]
        #[packer("document")]
        struct Entry<T> {
            #[packet(default)]
            document: Vec<u8>,
            #[packet(default, varint)]
            number: i32,
            #[packet(default)]
            other: T,
            required: u8,
            #[packet(default)]
            volume: Volume,
        }
        let bytes = |bytes: &[u8]| Some(bytes.into());
        let expected = [bytes(&[1, 0x90]), bytes(&[0]), bytes(&[0; 8]), None, bytes(&[50])];
        assert_eq!(defaults(Entry::<u64>::TYPE), expected);
    }

    #[test]
    fn a_type_that_contains_itself_has_defaults() {
        #[derive(Schema)]
        struct Tree {
            #[packet(default)]
            children: Vec<Self>,
            value: u8,
        }
        assert_eq!(defaults(Tree::TYPE), [Some([0].into()), None]);
    }

    #[test]
    fn deprecated_items_are_no_trouble() {
        #[derive(Packet)]
        #[deprecated]
        struct Oldest;

        #[derive(Schema)]
        struct Old {
            #[deprecated]
            a: u8,
        }
        #[derive(Schema)]
        enum Older {
            #[deprecated]
            A,
        }
        #[expect(deprecated, reason = "named here, not by the derive")]
        let oldest = Oldest::NAME;
        assert_eq!(oldest, "Oldest");
        assert_eq!(Old::TYPE.to_string(), "{a:uint8}");
        assert_eq!(Older::TYPE.to_string(), "enum{A}");
    }
}

mod packed {
    use super::*;

    #[derive(Packet, Debug, PartialEq)]
    #[packer("document")]
    struct AnythingField {
        id: u32,
        document: serde_json::Value,
    }

    #[derive(Packet, Serialize, Deserialize, Debug, PartialEq)]
    #[packer]
    #[serde(tag = "type", content = "payload", rename_all = "UPPERCASE")]
    enum Action {
        Set(i64),
        Add(i64),
    }

    #[test]
    fn a_field_is_message_pack_in_a_buffer() {
        let packet = AnythingField { id: 1_234_567, document: json!({"whatever": "you", "want": 42}) };
        let hex = "1482a87768617465766572a3796f75a477616e742a0012d687";
        assert_wire(&packet, "{document:packed,id:uint32}", hex);
    }

    #[test]
    fn a_whole_value_is_message_pack_in_a_buffer() {
        #[derive(Packet, Serialize, Deserialize, Debug, PartialEq)]
        #[packer]
        struct Anything(serde_json::Value);
        assert_wire(&Anything(json!({})), "packed", "0180");
        assert_wire(&Action::Set(20), "packed", "1382a474797065a3534554a77061796c6f616414");
        assert_wire(&Action::Add(1), "packed", "1382a474797065a3414444a77061796c6f616401");
    }

    #[test]
    fn fields_are_named_as_in_rust_or_on_the_wire() {
        #[derive(Schema, Debug, PartialEq)]
        #[packer("in_rust", "onWire", "1")]
        struct Named {
            #[packet(rename = "z")]
            in_rust: char,
            #[packet(rename = "onWire")]
            on_wire: char,
            #[packet(rename = "1")]
            other: char,
        }
        let named = Named { in_rust: 'r', on_wire: 'w', other: 'o' };
        assert_wire(&named, "{1:packed,onWire:packed,z:packed}", "02a16f02a17702a172");

        #[derive(Schema, Debug, PartialEq)]
        #[packer("0")]
        struct Unnamed(char, u8);
        assert_wire(&Unnamed('a', 1), "(packed,uint8)", "02a1610201");
    }
}

mod generics {
    use super::*;

    #[derive(Schema, Debug, PartialEq)]
    struct Pair<A, B> {
        b: Vec<B>,
        a: A,
    }

    #[derive(Schema, Debug, PartialEq)]
    #[packer("extra")]
    struct Mixed<T, U: Copy, const N: usize>
    where
        T: Clone,
    {
        list: Option<T>,
        extra: Vec<U>,
        #[packet(skip)]
        ghost: PhantomData<[(T, U); N]>,
        #[packet(skip)]
        padding: [u8; size_of::<u32>() * 2],
    }

    #[derive(Schema)]
    struct Associated<I: Iterator> {
        item: I::Item,
        other: Option<<I as Iterator>::Item>,
    }

    #[derive(Schema, Serialize, Deserialize, Debug, PartialEq)]
    #[packer]
    struct Packed<T>(T);

    #[derive(Schema, Debug, PartialEq)]
    enum Either<L, R = u8> {
        Left(L),
        Right { r: R },
    }

    #[test]
    fn parameters_need_a_schema_only_where_it_is_used() {
        assert_wire(&Pair { b: vec![1u8], a: true }, "{a:bool,b:buffer}", "010101");
        let mixed =
            Mixed::<_, _, 2> { list: Some(1u8), extra: vec!['a'], ghost: PhantomData, padding: [0; 8] };
        assert_wire(&mixed, "{extra:packed,list:uint8?}", "0391a1610101");
        assert_eq!(Associated::<std::ops::Range<u8>>::TYPE.to_string(), "{item:uint8,other:uint8?}");
        assert_wire(&Packed('a'), "packed", "02a161");
        assert_wire(&Either::<u8>::Right { r: 1 }, "enum{Left:uint8,Right:{r:uint8}}", "0101");
        assert_wire(&Either::<u8>::Left(1), "enum{Left:uint8,Right:{r:uint8}}", "0001");
    }

    #[test]
    fn a_concrete_one_is_a_packets_field() {
        #[derive(Packet, Debug, PartialEq)]
        #[packet(gather = false)]
        struct Carrier(Pair<u8, Pair<bool, u8>>);
        let inner = Pair { b: vec![9], a: false };
        assert_wire(&Carrier(Pair { b: vec![inner], a: 1 }), "{a:uint8,b:[{a:bool,b:buffer}]}", "0101000109");
    }
}

#[expect(clippy::use_self, reason = "both ways of naming the type itself are tested")]
mod recursion {
    use super::*;

    #[derive(Schema, Debug, PartialEq)]
    struct Tree {
        value: u8,
        children: Vec<Self>,
    }

    #[derive(Schema, Debug, PartialEq)]
    enum Expression<T> {
        Value(T),
        Not(Box<Expression<T>>),
        Both { right: Box<Self>, left: Box<Expression<T>> },
    }

    #[derive(Schema, Debug, PartialEq)]
    struct List(Vec<List>);

    #[derive(Schema, Debug, PartialEq)]
    struct Chain {
        next: Option<Box<Chain>>,
    }

    #[derive(Schema, Debug, PartialEq)]
    struct Forest {
        trees: Vec<Option<Tree>>,
        list: List,
    }

    #[test]
    fn a_type_may_contain_itself() {
        let leaf = |value| Tree { value, children: vec![] };
        let tree = Tree { value: 1, children: vec![leaf(2), Tree { value: 3, children: vec![leaf(4)] }] };
        assert_wire(&tree, "@Tree<{children:[@Tree],value:uint8}>", "0200020100040301");

        let ty = "@Expression<enum{Value:bool,Not:@Expression,Both:{left:@Expression,right:@Expression}}>";
        let value = |value| Box::new(Expression::Value(value));
        let both = Expression::Both { right: value(true), left: Box::new(Expression::Not(value(false))) };
        assert_wire(&both, ty, "020100000001");

        assert_wire(&List(vec![List(vec![])]), "@List<[@List]>", "0100");
        assert_wire(&vec![List(vec![])], "[@List<[@List]>]", "0100");
        assert_wire(&Chain { next: Some(Box::new(Chain { next: None })) }, "@Chain<{next:@Chain?}>", "0100");
    }

    /// Contains itself by way of [`Clause`], [`Group`] and [`Steps`].
    #[derive(Schema, Debug, PartialEq)]
    #[packet(recursive)]
    struct Query<T> {
        clauses: Vec<Clause<T>>,
        steps: Steps<T>,
    }

    #[derive(Schema, Debug, PartialEq)]
    enum Clause<T> {
        Is(T),
        Not {
            #[packet(within = Query<T>)]
            query: Option<Box<Query<T>>>,
        },
        Group(Group<T>),
    }

    #[derive(Schema, Debug, PartialEq)]
    struct Group<T> {
        #[packet(within = Query<T>)]
        queries: Vec<Query<T>>,
        weight: u8,
    }

    #[derive(Schema, Debug, PartialEq)]
    struct Steps<T>(#[packet(within = Query<T>)] Vec<Query<T>>);

    #[derive(Packet, Debug, PartialEq)]
    #[packet(recursive, response = Vec<Query<bool>>)]
    struct Person {
        friends: Vec<Friend>,
        name: String,
    }

    #[derive(Schema, Debug, PartialEq)]
    struct Friend {
        #[packet(within = Person)]
        person: Box<Person>,
        since: u16,
    }

    #[test]
    fn types_may_contain_each_other() {
        let person = |name: &str, friends| Person { friends, name: name.to_owned() };
        let friend = Friend { person: Box::new(person("b", vec![])), since: 7 };
        let ty = "@Person<{friends:[{person:@Person,since:uint16}],name:string}>";
        assert_wire(&person("a", vec![friend]), ty, "0100016200070161");

        let empty = || Query::<bool> { clauses: vec![], steps: Steps(vec![]) };
        let query = Query {
            clauses: vec![
                Clause::Is(true),
                Clause::Not { query: Some(Box::new(empty())) },
                Clause::Group(Group { queries: vec![empty()], weight: 9 }),
            ],
            steps: Steps(vec![empty()]),
        };
        let group = "{queries:[@Query],weight:uint8}";
        let ty = format!(
            "@Query<{{clauses:[enum{{Is:bool,Not:{{query:@Query?}},Group:{group}}}],steps:[@Query]}}>"
        );
        assert_wire(&query, &ty, "030001010100000201000009010000");
        assert_eq!(Vec::<Steps<bool>>::TYPE.to_string(), "[[@Query]]");

        let bytes = schema::encode(&query).expect("the value fits its schema");
        let dynamic = value::decode(Query::<bool>::TYPE, &mut Reader::new(&bytes))
            .expect("the bytes are of the schema");
        let mut writer = Writer::default();
        value::encode(Query::<bool>::TYPE, &dynamic, &mut writer).expect("the value is of the schema");
        assert_eq!(writer.finish().as_ref(), Ok(&bytes));
    }

    #[test]
    fn a_part_of_one_is_not_closed() {
        assert!(Query::<u8>::TYPE.is_closed());
        assert!(<Person as Packet>::Response::TYPE.is_closed());
        for open in [Clause::<u8>::TYPE, Group::<u8>::TYPE, Steps::<u8>::TYPE, Friend::TYPE] {
            assert!(!open.is_closed(), "{open}");
        }
    }

    #[test]
    fn a_packed_one_needs_no_name() {
        #[derive(Schema, Serialize, Deserialize, Debug, PartialEq)]
        #[packer]
        struct Packed(Vec<Packed>);
        #[derive(Schema, Serialize, Deserialize, Debug, PartialEq)]
        #[packer("children")]
        struct Field {
            children: Vec<Field>,
        }
        assert_wire(&Packed(vec![Packed(vec![])]), "packed", "029190");
        assert_wire(&Field { children: vec![] }, "{children:packed}", "0190");
    }

    #[test]
    fn its_text_is_read_again() {
        for ty in [
            Tree::TYPE,
            Query::<u8>::TYPE,
            Person::TYPE,
            Expression::<u8>::TYPE,
            List::TYPE,
            Chain::TYPE,
            Forest::TYPE,
        ] {
            assert_eq!(&ty.to_string().parse::<schema::Type>().expect("a canonical text"), ty);
        }
    }

    #[test]
    fn a_bomb_is_refused() {
        let depth = usize::from(Limits::DEFAULT.depth);
        let mut bytes = vec![1; depth - 1];
        bytes.push(0);
        assert!(schema::decode::<List>(&bytes).is_ok());
        assert_eq!(schema::decode::<List>(&vec![1; 100_000]), Err(DecodeError::TooDeep));
        assert_eq!(schema::decode::<Chain>(&vec![1; 100_000]), Err(DecodeError::TooDeep));
        assert_eq!(schema::decode::<Expression<u8>>(&vec![1; 100_000]), Err(DecodeError::TooDeep));
        assert_eq!(schema::decode::<Query<u8>>(&[1; 100_000]), Err(DecodeError::TooDeep));
        assert_eq!(schema::decode::<List>(&[0xff, 0xff, 0xff, 0xff, 0x07]), Err(DecodeError::UnexpectedEnd));
    }
}

mod packets {
    use super::*;

    #[derive(Packet)]
    struct Slap;
    const LINE_OF_SLAP: u32 = line!() - 1;

    #[derive(Schema, Debug, PartialEq)]
    struct Position {
        x: f32,
    }

    #[derive(Packet)]
    #[packet(name = "position-request", response = Vec<Option<Position>>, gather = false)]
    struct PositionRequest {
        #[packet(varuint)]
        id: u32,
    }

    #[test]
    fn a_packet_has_a_name_and_a_response() {
        assert_eq!((Slap::NAME, PositionRequest::NAME), ("Slap", "position-request"));
        let packet = Descriptor::of::<PositionRequest>();
        assert_eq!(packet.ty().to_string(), "{id:varuint}");
        assert_eq!(packet.response().to_string(), "[{x:float32}?]");
        assert_eq!(Descriptor::of::<Slap>().response().to_string(), "{}");
        assert_eq!(PositionRequest { id: 1 }.size(), 1);
    }

    #[test]
    fn a_packet_knows_where_it_is_defined() {
        let origin = Slap::ORIGIN;
        assert_eq!(origin.type_name, "derive::packets::Slap");
        assert!(origin.file.ends_with("derive.rs"));
        assert_eq!(origin.line, LINE_OF_SLAP);
    }

    #[test]
    fn packets_are_gathered_unless_they_say_no() {
        let registry = Registry::gather().expect("a registry");
        assert!(registry.id_of::<Slap>().is_some());
        assert!(registry.id_of::<PositionRequest>().is_none());
        assert_eq!(registry.id_named("Slap"), registry.id_of::<Slap>());
    }
}

mod idempotence {
    use packets_core::packet::Descriptor;
    use packets_core::{Packet, Schema};

    #[derive(Packet)]
    #[packet(gather = false, idempotent)]
    struct Ask;

    #[derive(Packet)]
    #[packet(gather = false)]
    struct Act;

    #[test]
    fn a_packet_is_idempotent_if_it_says_so() {
        assert!(Ask::IDEMPOTENT && Descriptor::of::<Ask>().is_idempotent());
        assert!(!Act::IDEMPOTENT && !Descriptor::of::<Act>().is_idempotent());
        assert_eq!(Ask::TYPE, Act::TYPE, "it is nothing to the other end");
    }
}
