//! Reads the canonical text of a schema, as a peer's manifest carries it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::str::FromStr;

use super::default::DefaultValue;
use super::tree::{Field, Node, Type, Variant};
use crate::order::utf16;

/// Schemas nested deeper than this are refused.
const MAX_DEPTH: usize = 64;

/// Why a text is no schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {at} of the schema text")]
pub struct ParseError {
    /// What would have been right there.
    pub expected: &'static str,
    /// The offset in bytes.
    pub at: usize,
}

impl FromStr for Type {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text, &mut std::iter::empty())
    }
}

impl Type {
    /// Reads a schema whose fields have these defaults, one for each that is marked, in the order of the text.
    /// Where there are no more, they are unknown.
    pub(crate) fn parse(
        text: &str,
        defaults: &mut dyn Iterator<Item = DefaultValue>,
    ) -> Result<Self, ParseError> {
        let mut parser = Parser { text, at: 0, depth: 0, definitions: Vec::new(), defaults };
        let ty = parser.ty()?;
        if parser.at < text.len() {
            return Err(parser.expected("the end"));
        }
        Ok(ty)
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    definitions: Vec<String>,
    defaults: &'a mut dyn Iterator<Item = DefaultValue>,
}

impl Parser<'_> {
    fn expected(&self, expected: &'static str) -> ParseError {
        ParseError { expected, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, byte: u8, expected: &'static str) -> Result<(), ParseError> {
        if self.eat(byte) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn ty(&mut self) -> Result<Type, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.expected("at most 64 nested types"));
        }
        let mut ty = match self.peek() {
            Some(b'[') => self.array()?,
            Some(b'(') => self.tuple()?,
            Some(b'{') => self.object()?,
            Some(b'@') => self.named()?,
            _ => self.word()?,
        };
        while self.eat(b'?') {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(self.expected("at most 64 nested types"));
            }
            ty = Type::Option(ty.into());
        }
        self.depth -= 1;
        Ok(ty)
    }

    fn array(&mut self) -> Result<Type, ParseError> {
        self.at += 1;
        let first = self.ty()?;
        if self.eat(b';') {
            let count = self.number()?;
            self.need(b']', "`]`")?;
            return Ok(Type::FixedArray(first.into(), count));
        }
        if self.eat(b']') {
            return Ok(Type::Array(first.into()));
        }
        let mut items = vec![first.into()];
        while self.eat(b',') {
            items.push(self.ty()?.into());
        }
        self.need(b']', "`,` or `]`")?;
        Ok(Type::OpenTuple(items.into()))
    }

    fn tuple(&mut self) -> Result<Type, ParseError> {
        self.at += 1;
        let mut items = vec![self.ty()?.into()];
        while self.eat(b',') {
            items.push(self.ty()?.into());
        }
        self.need(b')', "`,` or `)`")?;
        Ok(Type::Tuple(items.into()))
    }

    fn object(&mut self) -> Result<Type, ParseError> {
        self.at += 1;
        let mut fields: Vec<Field> = Vec::new();
        while self.peek() != Some(b'}') {
            if !fields.is_empty() {
                self.need(b',', "`,` or `}`")?;
            }
            let start = self.at;
            let name = self.name()?;
            if fields.last().is_some_and(|last| utf16(&last.name, &name).is_ge()) {
                return Err(ParseError { expected: "a name that sorts behind the one before it", at: start });
            }
            let default = self.eat(b'?').then(|| self.defaults.next().unwrap_or(DefaultValue::Unknown));
            self.need(b':', "`:`")?;
            fields.push(Field { name: name.into(), ty: self.ty()?.into(), default });
        }
        self.at += 1;
        Ok(Type::Object(fields.into()))
    }

    fn named(&mut self) -> Result<Type, ParseError> {
        self.at += 1;
        let name = self.name()?;
        if self.eat(b'<') {
            self.definitions.push(name.clone());
            let ty = self.ty()?;
            self.definitions.pop();
            self.need(b'>', "`>`")?;
            return Ok(Type::Definition(name.into(), ty.into()));
        }
        if !self.definitions.contains(&name) {
            return Err(self.expected("the name of an enclosing definition"));
        }
        Ok(Type::Reference(name.into()))
    }

    fn word(&mut self) -> Result<Type, ParseError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        let ty = match (word, self.peek()) {
            ("enum", Some(b'{')) => self.variants()?,
            ("set", Some(b'<')) => {
                self.at += 1;
                let item = self.ty()?;
                self.need(b'>', "`>`")?;
                Type::Set(item.into())
            }
            ("map", Some(b'<')) => {
                self.at += 1;
                let key = self.ty()?;
                self.need(b',', "`,`")?;
                let value = self.ty()?;
                self.need(b'>', "`>`")?;
                Type::Map(key.into(), value.into())
            }
            _ => match Type::WORDS.into_iter().find(|(known, _)| *known == word) {
                Some((_, ty)) => ty,
                None => return Err(ParseError { expected: "a type", at: start }),
            },
        };
        Ok(ty)
    }

    fn variants(&mut self) -> Result<Type, ParseError> {
        self.at += 1;
        let mut variants: Vec<Variant> = Vec::new();
        let mut names = HashSet::new();
        while self.peek() != Some(b'}') {
            if !variants.is_empty() {
                self.need(b',', "`,` or `}`")?;
            }
            let start = self.at;
            let name = self.name()?;
            if !names.insert(name.clone()) {
                return Err(ParseError { expected: "a variant's name that was not there yet", at: start });
            }
            let content = if self.eat(b':') { self.ty()?.into() } else { Node::Static(&Type::UNIT) };
            variants.push(Variant { name: name.into(), content });
        }
        self.at += 1;
        Ok(Type::Enum(variants.into()))
    }

    fn number(&mut self) -> Result<u32, ParseError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.text[start..self.at]
            .parse()
            .map_err(|_| ParseError { expected: "a number below 2³²", at: start })
    }

    fn name(&mut self) -> Result<String, ParseError> {
        if self.eat(b'"') {
            return self.quoted();
        }
        let start = self.at;
        while self.peek().is_some_and(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric() || byte == b'_')
        {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.expected("a name"));
        }
        Ok(self.text[start..self.at].to_owned())
    }

    fn quoted(&mut self) -> Result<String, ParseError> {
        let mut name = Cow::Borrowed("");
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            name += &self.text[start..self.at];
            if self.eat(b'"') {
                return Ok(name.into_owned());
            }
            self.need(b'\\', "`\"`")?;
            match self.peek() {
                Some(b'"') => name += "\"",
                Some(b'\\') => name += "\\",
                _ => return Err(self.expected("`\"` or `\\`")),
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_tree_are_the_same() {
        for text in [
            "bool",
            "{}",
            "[uint8]",
            "[string,uint8]",
            "(string,uint8)",
            "[float32;3]",
            "uint32??",
            "{a:int8,b?:[{\"\":varint}]?}",
            "{\"a b\":packed,\"q\\\"\\\\\":buffer,é:char}",
            "map<string,set<int64>>",
            "enum{A,B:float32,C:{x:int8}}",
            "@Tree<{children:[@Tree],value:int32}>",
            "[@Tree<{children:[@Tree]}>?]",
            "@Chain<@Chain?>",
        ] {
            let ty: Type = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(ty.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_schema_is_refused_with_the_place() {
        for (text, at) in [
            ("", 0),
            ("int", 0),
            ("bool ", 4),
            ("[bool", 5),
            ("[]", 1),
            ("()", 1),
            ("{b:bool,a:bool}", 8),
            ("{a:bool,a:bool}", 8),
            ("{a bool}", 2),
            ("{\"a:bool}", 9),
            ("@Tree", 5),
            ("[bool;99999999999]", 6),
            ("enum{A,A}", 7),
        ] {
            assert_eq!(text.parse::<Type>().map_err(|error| error.at), Err(at), "{text}");
        }
    }

    #[test]
    fn what_is_too_much_takes_little_time() {
        let many: Vec<_> = (0..100_000).map(|n| format!("v{n}")).collect();
        assert!(format!("enum{{{}}}", many.join(",")).parse::<Type>().is_ok());
        assert!("[".repeat(100_000).parse::<Type>().is_err());
        assert!(format!("bool{}", "?".repeat(100_000)).parse::<Type>().is_err());
    }
}
