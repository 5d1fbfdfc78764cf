//! The canonical text of a schema, written by one const walk: into a hash, or into a buffer.
//!
//! The grammar is in `PROTOCOL.md`; [`parse`](super::parse) reads it.

use std::fmt;

use super::fingerprint::Fingerprint;
use super::tree::{Node, Type, field_slice, name_str, node_slice, variant_slice};

/// Where the text goes. A const fn cannot grow a `String`, so it is written twice: measured, then filled.
pub(super) struct Text<'a> {
    hash: Fingerprint,
    length: usize,
    out: Option<&'a mut [u8]>,
}

impl<'a> Text<'a> {
    /// Writes nothing, but hashes and measures.
    pub(super) const fn hash() -> Self {
        Text { hash: Fingerprint::EMPTY, length: 0, out: None }
    }

    const fn into(out: &'a mut [u8]) -> Self {
        Text { hash: Fingerprint::EMPTY, length: 0, out: Some(out) }
    }

    pub(super) const fn fingerprint(&self) -> Fingerprint {
        self.hash
    }

    const fn byte(&mut self, byte: u8) {
        if let Some(out) = &mut self.out {
            out[self.length] = byte;
        }
        self.hash = self.hash.byte(byte);
        self.length += 1;
    }

    const fn str(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }

    const fn number(&mut self, number: u32) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.byte(b'0' + (number % 10) as u8);
    }

    /// A bare word where that is enough, else in double quotes with `\"` and `\\`.
    const fn name(&mut self, name: &str) {
        if is_word(name) {
            self.str(name);
            return;
        }
        self.byte(b'"');
        let bytes = name.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            if bytes[i] == b'"' || bytes[i] == b'\\' {
                self.byte(b'\\');
            }
            self.byte(bytes[i]);
            i += 1;
        }
        self.byte(b'"');
    }

    pub(super) const fn write(&mut self, ty: &Type) {
        if let Some(word) = ty.word() {
            self.str(word);
            return;
        }
        match ty {
            Type::Array(item) => {
                self.byte(b'[');
                self.write(item.get());
                self.byte(b']');
            }
            Type::FixedArray(item, count) => {
                self.byte(b'[');
                self.write(item.get());
                self.byte(b';');
                self.number(*count);
                self.byte(b']');
            }
            Type::Option(item) => {
                self.write(item.get());
                self.byte(b'?');
            }
            Type::Set(item) => {
                self.str("set<");
                self.write(item.get());
                self.byte(b'>');
            }
            Type::Map(key, value) => {
                self.str("map<");
                self.write(key.get());
                self.byte(b',');
                self.write(value.get());
                self.byte(b'>');
            }
            Type::Object(fields) => {
                let fields = field_slice(fields);
                self.byte(b'{');
                let mut i = 0;
                while i < fields.len() {
                    if i > 0 {
                        self.byte(b',');
                    }
                    self.name(name_str(&fields[i].name));
                    if fields[i].default.is_some() {
                        self.byte(b'?');
                    }
                    self.byte(b':');
                    self.write(fields[i].ty.get());
                    i += 1;
                }
                self.byte(b'}');
            }
            Type::Tuple(items) => self.list(b'(', node_slice(items), b')'),
            Type::OpenTuple(items) => self.list(b'[', node_slice(items), b']'),
            Type::Enum(variants) => {
                let variants = variant_slice(variants);
                self.str("enum{");
                let mut i = 0;
                while i < variants.len() {
                    if i > 0 {
                        self.byte(b',');
                    }
                    self.name(name_str(&variants[i].name));
                    if !variants[i].content.get().is_unit() {
                        self.byte(b':');
                        self.write(variants[i].content.get());
                    }
                    i += 1;
                }
                self.byte(b'}');
            }
            Type::Definition(name, ty) => {
                self.byte(b'@');
                self.name(name_str(name));
                self.byte(b'<');
                self.write(ty.get());
                self.byte(b'>');
            }
            Type::Reference(name) => {
                self.byte(b'@');
                self.name(name_str(name));
            }
            // All others have a word.
            _ => {}
        }
    }

    const fn list(&mut self, open: u8, items: &[Node], close: u8) {
        self.byte(open);
        let mut i = 0;
        while i < items.len() {
            if i > 0 {
                self.byte(b',');
            }
            self.write(items[i].get());
            i += 1;
        }
        self.byte(close);
    }
}

impl Type {
    /// The types that are written as one word, with that word: SchemaPack's where it has the type.
    pub(super) const WORDS: [(&'static str, Self); 19] = [
        ("bool", Self::Bool),
        ("int8", Self::Int8),
        ("int16", Self::Int16),
        ("int32", Self::Int32),
        ("int64", Self::Int64),
        ("int128", Self::Int128),
        ("uint8", Self::Uint8),
        ("uint16", Self::Uint16),
        ("uint32", Self::Uint32),
        ("uint64", Self::Uint64),
        ("uint128", Self::Uint128),
        ("float32", Self::Float32),
        ("float64", Self::Float64),
        ("varuint", Self::Varuint),
        ("varint", Self::Varint),
        ("char", Self::Char),
        ("string", Self::String),
        ("buffer", Self::Buffer),
        ("packed", Self::Packed),
    ];

    const fn word(&self) -> Option<&'static str> {
        Some(match self {
            Self::Bool => "bool",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Int128 => "int128",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uint128 => "uint128",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Varuint => "varuint",
            Self::Varint => "varint",
            Self::Char => "char",
            Self::String => "string",
            Self::Buffer => "buffer",
            Self::Packed => "packed",
            _ => return None,
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut measure = Text::hash();
        measure.write(self);
        let mut bytes = vec![0; measure.length];
        Text::into(&mut bytes).write(self);
        // Made of whole strings and ASCII, so it is UTF-8.
        f.write_str(&String::from_utf8_lossy(&bytes))
    }
}

/// Whether a name needs no quotes: not empty, and no ASCII but letters, digits and `_`.
const fn is_word(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        if byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'_' {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_for_its_type() {
        for (word, ty) in Type::WORDS {
            assert_eq!(ty.word(), Some(word));
        }
    }
}
