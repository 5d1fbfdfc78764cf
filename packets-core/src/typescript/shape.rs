//! A schema's type in TypeScript.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::description::Description;
use super::names::{Named, Names};
use crate::schema::{Field, Type, Variant};

/// Arrays of fixed size are tuples up to this.
const LONGEST_TUPLE: u32 = 8;

/// The types that a module declares, by name.
pub(super) struct Shapes {
    pub(super) names: Names,
    pub(super) declarations: BTreeMap<String, String>,
    pub(super) imports: std::collections::BTreeSet<&'static str>,
}

/// The definitions around a type, the innermost last.
type Scope<'a> = Vec<(&'a str, &'a Type, String)>;

impl Shapes {
    pub(super) fn new() -> Self {
        Self { names: Names::new(), declarations: BTreeMap::new(), imports: Default::default() }
    }

    /// The type of a packet's data or of a response: nothing is `undefined`. `written` is what its author wrote.
    pub(super) fn whole(&mut self, ty: &Type, written: &str) -> String {
        if ty.is_unit() { "undefined".to_owned() } else { self.of(ty, written, &mut Vec::new()) }
    }

    fn of<'a>(&mut self, ty: &'a Type, written: &str, scope: &mut Scope<'a>) -> String {
        if let Some(name) = of_time(ty) {
            self.imports.insert(name);
            return name.to_owned();
        }
        // What refers to a definition outside of it has no name of its own, unless it contains itself.
        let named = match ty {
            _ if ty.is_closed() => self.names.of(ty, written),
            Type::Definition(name, _) => {
                Some(Named { name: self.names.give(name), is_new: true, description: None })
            }
            _ => None,
        };
        match named {
            Some(Named { name, is_new, description }) => {
                if is_new {
                    self.declare(name.clone(), ty, description, scope);
                }
                name
            }
            None => self.written_out(ty, &Place { description: None, prefix: "", written }, scope),
        }
    }

    fn declare<'a>(
        &mut self,
        name: String,
        ty: &'a Type,
        description: Option<&Description>,
        scope: &mut Scope<'a>,
    ) {
        let mut declaration = doc("", description.map_or("", |description| description.doc));
        let content = match ty {
            Type::Definition(own, content) => {
                scope.push((own, content.get(), name.clone()));
                content.get()
            }
            _ => ty,
        };
        // What a tuple is made of.
        let written = description.map_or_else(String::new, |description| {
            description.members.iter().map(|member| member.2).collect::<Vec<_>>().join(" ")
        });
        let place = Place { description, prefix: "", written: &written };
        let text = self.written_out(content, &place, scope);
        if matches!(ty, Type::Definition(..)) {
            scope.pop();
        }
        let _ = match content {
            Type::Object(_) => writeln!(declaration, "export interface {name} {text}"),
            _ if text.starts_with('\n') => writeln!(declaration, "export type {name} ={text};"),
            _ => writeln!(declaration, "export type {name} = {text};"),
        };
        self.declarations.insert(name, declaration);
    }

    /// The type itself, not its name.
    fn written_out<'a>(&mut self, ty: &'a Type, place: &Place<'_>, scope: &mut Scope<'a>) -> String {
        let written = place.written;
        match ty {
            Type::Bool => "boolean".to_owned(),
            Type::Int64 | Type::Int128 | Type::Uint64 | Type::Uint128 => "bigint".to_owned(),
            Type::Char | Type::String => "string".to_owned(),
            Type::Buffer => "Uint8Array".to_owned(),
            Type::Packed => "unknown".to_owned(),
            Type::FixedArray(item, _) if matches!(item.get(), Type::Uint8) => "Uint8Array".to_owned(),
            Type::FixedArray(item, count) if *count <= LONGEST_TUPLE => {
                format!("[{}]", vec![self.of(item.get(), written, scope); *count as usize].join(", "))
            }
            Type::Array(item) | Type::FixedArray(item, _) => list(&self.of(item.get(), written, scope)),
            Type::Option(item) => {
                let is_list = holds_nothing(item.get(), scope);
                let item = self.of(item.get(), written, scope);
                if is_list { format!("[] | [{item}]") } else { format!("{item} | undefined") }
            }
            Type::Set(item) => format!("Set<{}>", self.of(item.get(), written, scope)),
            Type::Map(key, value) => {
                format!(
                    "Map<{}, {}>",
                    self.of(key.get(), written, scope),
                    self.of(value.get(), written, scope)
                )
            }
            Type::Object(fields) if fields.is_empty() => "Record<string, never>".to_owned(),
            Type::Object(fields) => self.object(fields, place, scope),
            Type::Tuple(items) => {
                let items: Vec<_> = items.iter().map(|item| self.of(item.get(), written, scope)).collect();
                format!("[{}]", items.join(", "))
            }
            Type::OpenTuple(items) => {
                let mut items: Vec<_> =
                    items.iter().map(|item| self.of(item.get(), written, scope)).collect();
                if let Some(last) = items.last_mut() {
                    *last = format!("...{}", list(last));
                }
                format!("[{}]", items.join(", "))
            }
            Type::Enum(variants) => self.variants(variants, place, scope),
            Type::Definition(..) => self.of(ty, written, scope),
            Type::Reference(name) => {
                let found = scope.iter().rev().find(|(own, ..)| own == name);
                found.map_or_else(|| "unknown".to_owned(), |(_, _, name)| name.clone())
            }
            // The other ones are numbers.
            _ => "number".to_owned(),
        }
    }

    fn object<'a>(&mut self, fields: &'a [Field], place: &Place<'_>, scope: &mut Scope<'a>) -> String {
        let mut text = "{\n".to_owned();
        for field in fields {
            let (comment, written) = place.member(&field.name);
            let content = match field.ty.get() {
                Type::Option(item) if !holds_nothing(item.get(), scope) => {
                    format!("{}?: {} | undefined", key(&field.name), self.of(item.get(), written, scope))
                }
                ty => format!("{}: {}", key(&field.name), self.of(ty, written, scope)),
            };
            text += &indented(&format!("{}{content};\n", doc("", comment)));
        }
        text + "}"
    }

    /// With a description, a variant a line.
    fn variants<'a>(&mut self, variants: &'a [Variant], place: &Place<'_>, scope: &mut Scope<'a>) -> String {
        let are_names = variants.iter().all(|variant| variant.content.get().is_unit());
        let mut lines = String::new();
        let mut shapes = Vec::new();
        for variant in variants {
            let name = quoted(&variant.name);
            let (comment, written) = place.member(&variant.name);
            let content = variant.content.get();
            let shape = if are_names {
                name
            } else if content.is_unit() {
                format!("{{ type: {name} }}")
            } else {
                let prefix = format!("{}.", variant.name);
                let value = match content {
                    // A variant's own fields, and not another type of the same.
                    Type::Object(fields) if place.has_member(&prefix, fields) => {
                        self.written_out(content, &Place { prefix: &prefix, ..*place }, scope)
                    }
                    _ => self.of(content, written, scope),
                };
                format!("{{ type: {name}; value: {value} }}")
            };
            lines += &format!("\n{}  | {}", doc("  ", comment), indented(&shape).trim_start());
            shapes.push(shape);
        }
        if place.description.is_some() { lines } else { shapes.join(" | ") }
    }
}

/// Where a type is written out.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The type's own.
    description: Option<&'a Description>,
    /// The variant that fields are in, with a dot.
    prefix: &'a str,
    /// What its author wrote for the type, or around it.
    written: &'a str,
}

impl<'a> Place<'a> {
    /// The doc comment of a member, and its type as it is written.
    fn member(&self, name: &str) -> (&'a str, &'a str) {
        match self.description {
            Some(description) => description.member(&format!("{}{name}", self.prefix)),
            None => ("", self.written),
        }
    }

    /// Whether a variant has these fields itself, and not one of another type with them.
    fn has_member(&self, prefix: &str, fields: &[Field]) -> bool {
        let Some(first) = fields.first() else { return false };
        let name = format!("{prefix}{}", first.name);
        self.description.is_some_and(|description| description.members.iter().any(|member| member.0 == name))
    }
}

/// The names of the client package's own types.
fn of_time(ty: &Type) -> Option<&'static str> {
    let Type::Object(fields) = ty else { return None };
    match &**fields {
        [nanos, secs] if nanos.name == "nanos" && *nanos.ty.get() == Type::Uint32 && secs.name == "secs" => {
            match secs.ty.get() {
                Type::Uint64 => Some("Duration"),
                Type::Int64 => Some("Time"),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a value of the type may itself be `undefined`, so that an option of it is a list.
fn holds_nothing(ty: &Type, scope: &[(&str, &Type, String)]) -> bool {
    match ty {
        Type::Option(_) => true,
        Type::Definition(_, content) => holds_nothing(content.get(), scope),
        Type::Reference(name) => {
            let place = scope.iter().rposition(|(own, ..)| own == name);
            place.is_some_and(|place| holds_nothing(scope[place].1, &scope[..place]))
        }
        _ => false,
    }
}

fn list(item: &str) -> String {
    if item.contains(" | ") { format!("({})[]", item.trim()) } else { format!("{item}[]") }
}

/// A doc comment, if there is any text.
pub(super) fn doc(indent: &str, text: &str) -> String {
    let text = text.trim().replace("*/", "*\\/");
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    match &lines[..] {
        [] => String::new(),
        [line] => format!("{indent}/** {} */\n", line.trim_start()),
        lines => {
            let body = lines.iter().fold(String::new(), |body, line| {
                let line = line.strip_prefix(' ').unwrap_or(line);
                let joint = if line.is_empty() { "" } else { " " };
                body + &format!("{indent} *{joint}{line}\n")
            });
            format!("{indent}/**\n{body}{indent} */\n")
        }
    }
}

/// The text with two more spaces before each of its lines.
pub(super) fn indented(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| if line == "\n" { line.to_owned() } else { format!("  {line}") })
        .collect()
}

/// A member's name, in quotes if it needs them.
pub(super) fn key(name: &str) -> String {
    let mut chars = name.chars();
    let is_word = chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|char| char.is_ascii_alphanumeric() || char == '_')
        && name != "__proto__";
    if is_word { name.to_owned() } else { quoted(name) }
}

/// A string literal.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = "'".to_owned();
    for char in text.chars() {
        match char {
            '\'' | '\\' => literal.extend(['\\', char]),
            '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(literal, "\\u{:04x}", u32::from(char));
            }
            _ => literal.push(char),
        }
    }
    literal + "'"
}
