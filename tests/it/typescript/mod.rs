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
        "['{__proto__:bool,\"it\\'s\":bool}', 'enum{\"it\\'s\",B}'],",
    ] {
        assert!(module.contains(part), "{part} is not in\n{module}");
    }
}

#[test]
fn a_type_that_contains_itself_has_a_name() {
    let module = of(&[
        ("A", "@Chain<{next:@Chain?,value:uint8}>", "{}"),
        ("B", "@Chain<{next:@Chain?,value:bool}>", "{}"),
        ("C", "@Self<@Self?>", "{}"),
    ]);
    for part in [
        "export interface Chain {\n  next?: Chain | undefined;\n  value: number;\n}",
        "export interface Chain2 {\n  next?: Chain2 | undefined;\n  value: boolean;\n}",
        "export type Self = [] | [Self];",
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
