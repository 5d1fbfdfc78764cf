//! The TypeScript module of a registry. The tests of the JavaScript client use it too: they show that it compiles and
//! that its schemas are the server's.

use std::path::Path;

use packets_core::packet::Descriptor;
use packets_core::schema::Type;
use packets_core::{Registry, typescript};
use packets_tests::javascript;

/// `PACKETS_BLESS=1` writes it anew.
#[test]
fn the_module_of_the_tests_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packets-client/js/test/packets.ts");
    let module = typescript::module(&javascript::registry());
    if std::env::var_os("PACKETS_BLESS").is_some() {
        std::fs::write(&file, &module).expect("the file can be written");
    }
    let there = std::fs::read_to_string(&file).expect("the file is there");
    assert_eq!(there, module, "{} is stale", file.display());
}

fn of(packets: &[(&'static str, &str, &str)]) -> String {
    let ty = |text: &str| text.parse::<Type>().unwrap_or_else(|error| panic!("{text}: {error}"));
    let packets =
        packets.iter().map(|(name, data, response)| Descriptor::dynamic(*name, ty(data), ty(response)));
    typescript::module(&Registry::of(packets).expect("a registry"))
}

fn type_of(schema: &str) -> String {
    let module = of(&[("Only", schema, "{}")]);
    let line = module.lines().find(|line| line.contains("Only: { data: ")).expect("the packet");
    line.replace("  Only: { data: ", "").replace("; response: undefined };", "")
}

#[test]
fn every_type_has_one_in_typescript() {
    for (schema, typescript) in [
        ("bool", "boolean"),
        ("int8", "number"),
        ("uint32", "number"),
        ("varint", "number"),
        ("float64", "number"),
        ("int64", "bigint"),
        ("uint128", "bigint"),
        ("char", "string"),
        ("string", "string"),
        ("buffer", "Uint8Array"),
        ("packed", "unknown"),
        ("[uint8]", "number[]"),
        ("[uint8;16]", "Uint8Array"),
        ("[bool;3]", "[boolean, boolean, boolean]"),
        ("[bool;9]", "boolean[]"),
        ("[string?]", "(string | undefined)[]"),
        ("bool?", "boolean | undefined"),
        ("bool??", "[] | [boolean | undefined]"),
        ("set<string>", "Set<string>"),
        ("map<char,(bool,int8)>", "Map<string, [boolean, number]>"),
        ("[string,bool]", "[string, ...boolean[]]"),
        ("[{}]", "Record<string, never>[]"),
        ("{nanos:uint32,secs:uint64}", "Duration"),
        ("[{nanos:uint32,secs:int64}]", "Time[]"),
        ("{}", "undefined"),
    ] {
        assert_eq!(type_of(schema), typescript, "{schema}");
    }
}

#[test]
fn names_that_are_no_words_are_quoted() {
    let module = of(&[("it's a \\ name", "{__proto__:bool,\"it's\":bool}", "enum{\"it's\",B}")]);
    for part in [
        "  'it\\'s a \\\\ name': { data: {",
        "'__proto__': boolean;",
        "'it\\'s': boolean;",
        "'it\\'s' | 'B'",
        "t.object({ ['__proto__']: t.bool, 'it\\'s': t.bool }), t.variants('it\\'s', 'B')],",
    ] {
        assert!(module.contains(part), "{part} is not in\n{module}");
    }
}

/// The expression of a type, as the client makes a codec of it.
fn expression_of(schema: &str) -> String {
    let module = of(&[("Only", schema, "{}")]);
    let line = module.lines().find(|line| line.starts_with("  Only: [0x")).expect("the packet");
    let (_, rest) = line.split_once("n, ").expect("a fingerprint");
    rest.trim_end_matches("],").to_owned()
}

#[test]
fn every_type_has_a_codec() {
    for (schema, expression) in [
        ("bool", "t.bool"),
        ("uint128", "t.uint128"),
        ("float32", "t.float32"),
        ("varint", "t.varint"),
        ("char", "t.char"),
        ("packed", "t.packed"),
        ("[uint8;16]", "t.fixed(t.uint8, 16)"),
        ("[string?]", "t.list(t.option(t.string))"),
        ("set<string>", "t.set(t.string)"),
        ("map<char,(bool,int8)>", "t.map(t.char, t.tuple(t.bool, t.int8))"),
        ("[string,bool]", "t.open(t.string, t.bool)"),
        ("[{}]", "t.list(t.unit)"),
        ("enum{A,B:{x:int8},C:buffer}", "t.variants('A', ['B', t.object({ x: t.int8 })], ['C', t.buffer])"),
        (
            "@A<{a:[@B<(@A?,@B?)>],b:@A?}>",
            "t.definition('A', (own) => t.object({ a: t.list(t.definition('B', (own2) => \
             t.tuple(t.option(own), t.option(own2)))), b: t.option(own) }))",
        ),
    ] {
        assert_eq!(expression_of(schema), expression, "{schema}");
    }
}

#[derive(packets_core::Packet, Default)]
#[packet(gather = false)]
struct Defaulted {
    #[packet(default)]
    count: u16,
    name: String,
}

/// A default that nobody told is `null`: the field is known to have one.
#[test]
fn defaults_are_told_as_far_as_they_are_known() {
    assert_eq!(
        expression_of("[{name?:string,of:{is?:bool}}]"),
        "t.list(t.object({ name: t.string, of: t.object({ is: t.bool }, { is: null }) }, { name: null }))"
    );
    let module = typescript::module(&Registry::of([Descriptor::of::<Defaulted>()]).expect("a registry"));
    let expected = "t.object({ count: t.uint16, name: t.string }, { count: '0000' })],";
    assert!(module.contains(expected), "{expected} is not in\n{module}");
}

#[test]
fn a_type_that_contains_itself_has_a_name() {
    let module = of(&[
        ("A", "@Chain<{next:@Chain?,value:uint8}>", "{}"),
        ("B", "@Chain<{next:@Chain?,value:bool}>", "{}"),
        ("C", "@Self<@Self?>", "{}"),
        ("D", "@Outer<{inner:[@Inner<{next:@Inner?,outer:@Outer?}>]}>", "{}"),
    ]);
    for part in [
        "export interface Chain {\n  next?: Chain | undefined;\n  value: number;\n}",
        "export interface Chain2 {\n  next?: Chain2 | undefined;\n  value: boolean;\n}",
        "export type Self = [] | [Self];",
        "export interface Outer {\n  inner: Inner[];\n}",
        "export interface Inner {\n  next?: Inner | undefined;\n  outer?: Outer | undefined;\n}",
    ] {
        assert!(module.contains(part), "{part} is not in\n{module}");
    }
}

#[test]
fn a_program_checks_its_file() {
    let file = std::env::temp_dir().join(format!("packets-{}.ts", std::process::id()));
    assert!(matches!(typescript::check(&file), Err(typescript::TypescriptError::File { .. })));
    typescript::write(&file).expect("the packets that the tests gather");
    typescript::check(&file).expect("a fresh file");
    let text = std::fs::read_to_string(&file).expect("the file");
    std::fs::write(&file, text.replacen("export", "import", 1)).expect("the file can be written");
    let stale = typescript::check(&file).expect_err("a stale file");
    std::fs::remove_file(&file).expect("the file is ours");
    assert!(matches!(stale, typescript::TypescriptError::Stale { line: 4.., .. }), "{stale}");
}

/// Types of the same name and schema: each packet has those of its own module, with what is said of them there.
mod alike {
    pub(super) mod another {
        /// Of another part of the program.
        #[derive(packets_core::Schema)]
        pub(crate) struct Corner {
            /// Elsewhere.
            pub(crate) alike_x: u8,
        }
    }

    pub(super) mod own {
        /// Where lines meet.
        #[derive(packets_core::Schema)]
        pub(crate) struct Corner {
            /// To the right.
            pub(crate) alike_x: u8,
        }

        #[derive(packets_core::Packet)]
        #[packet(gather = false, response = Vec<Corner>)]
        pub(crate) struct Corners {
            pub(crate) first: Corner,
        }
    }
}

#[test]
fn of_types_of_the_same_name_the_nearest_is_described() {
    let registry = Registry::of([Descriptor::of::<alike::own::Corners>()]).expect("a registry");
    let module = typescript::module(&registry);
    let expected =
        "/** Where lines meet. */\nexport interface Corner {\n  /** To the right. */\n  alike_x: number;\n}";
    assert!(module.contains(expected), "{expected} is not in\n{module}");
    assert!(!module.contains("Elsewhere"), "{module}");
}
