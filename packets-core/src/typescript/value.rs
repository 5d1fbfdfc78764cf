//! A schema as the client's own types: an expression of the module.

use super::shape::{key, quoted};
use crate::schema::{DefaultValue, Field, Type, Variant};

/// The expression of a type. `scope` are the definitions around it, the innermost last.
pub(super) fn value<'a>(ty: &'a Type, scope: &mut Vec<&'a str>) -> String {
    let mut of = |ty: &'a Type| value(ty, scope);
    match ty {
        Type::Array(item) => format!("t.list({})", of(item.get())),
        Type::FixedArray(item, count) => format!("t.fixed({}, {count})", of(item.get())),
        Type::Option(item) => format!("t.option({})", of(item.get())),
        Type::Set(item) => format!("t.set({})", of(item.get())),
        Type::Map(key, value) => format!("t.map({}, {})", of(key.get()), of(value.get())),
        Type::Tuple(items) => format!("t.tuple({})", list(items.iter().map(|item| of(item.get())))),
        Type::OpenTuple(items) => format!("t.open({})", list(items.iter().map(|item| of(item.get())))),
        Type::Object(fields) if fields.is_empty() => "t.unit".to_owned(),
        Type::Object(fields) => object(fields, scope),
        Type::Enum(variants) => {
            format!("t.variants({})", list(variants.iter().map(|variant| self::variant(variant, scope))))
        }
        Type::Definition(name, content) => {
            scope.push(name);
            let own = own(scope.len());
            let content = value(content.get(), scope);
            scope.pop();
            format!("t.definition({}, ({own}) => {content})", quoted(name))
        }
        // A registry has no reference without its definition.
        Type::Reference(name) => {
            own(scope.iter().rposition(|other| other == name).map_or(0, |place| place + 1))
        }
        // All others are words.
        word => format!("t.{word}"),
    }
}

/// What stands for the definition of a level.
fn own(level: usize) -> String {
    if level == 1 { "own".to_owned() } else { format!("own{level}") }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn object<'a>(fields: &'a [Field], scope: &mut Vec<&'a str>) -> String {
    let types =
        list(fields.iter().map(|field| format!("{}: {}", member(&field.name), value(field.ty.get(), scope))));
    let defaults = list(fields.iter().filter_map(|field| {
        let default = field.default.as_ref()?;
        Some(format!("{}: {}", member(&field.name), digits(default)))
    }));
    if defaults.is_empty() {
        format!("t.object({{ {types} }})")
    } else {
        format!("t.object({{ {types} }}, {{ {defaults} }})")
    }
}

fn variant<'a>(variant: &'a Variant, scope: &mut Vec<&'a str>) -> String {
    let name = quoted(&variant.name);
    let content = variant.content.get();
    if content.is_unit() { name } else { format!("[{name}, {}]", value(content, scope)) }
}

/// The name of a member, which `__proto__` without brackets is not.
pub(super) fn member(name: &str) -> String {
    if name == "__proto__" { "['__proto__']".to_owned() } else { key(name) }
}

/// A default's bytes in hexadecimal digits, if they are known.
fn digits(default: &DefaultValue) -> String {
    default.bytes().map_or_else(
        || "null".to_owned(),
        |bytes| quoted(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    )
}
