//! Whether a type says all about itself.

use super::tree::{Node, Type, field_slice, name_str, node_slice, variant_slice};

/// The definitions around a type.
struct Scope<'a> {
    name: &'a str,
    outer: Option<&'a Self>,
}

impl Type {
    /// Whether every [`Reference`](Self::Reference) is inside of the [`Definition`](Self::Definition) that it names.
    ///
    /// A part of a recursive type need not be: that is what `#[packet(within = Type)]` makes of it.
    ///
    /// ```
    /// use packets_core::schema::{Node, Type};
    /// let branch: Type = "@Tree<{children:[@Tree]}>".parse()?;
    /// assert!(branch.is_closed());
    /// assert!(!Type::Option(Node::Owned(Type::Reference("Tree".into()).into())).is_closed());
    /// # Ok::<(), packets_core::schema::ParseError>(())
    /// ```
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        is_closed(self, None)
    }
}

const fn is_closed(ty: &Type, scope: Option<&Scope<'_>>) -> bool {
    match ty {
        Type::Array(item) | Type::FixedArray(item, _) | Type::Option(item) | Type::Set(item) => {
            is_closed(item.get(), scope)
        }
        Type::Map(key, value) => is_closed(key.get(), scope) && is_closed(value.get(), scope),
        Type::Object(fields) => {
            let mut fields = field_slice(fields);
            while let [field, rest @ ..] = fields {
                if !is_closed(field.ty.get(), scope) {
                    return false;
                }
                fields = rest;
            }
            true
        }
        Type::Tuple(items) | Type::OpenTuple(items) => are_closed(node_slice(items), scope),
        Type::Enum(variants) => {
            let mut variants = variant_slice(variants);
            while let [variant, rest @ ..] = variants {
                if !is_closed(variant.content.get(), scope) {
                    return false;
                }
                variants = rest;
            }
            true
        }
        Type::Definition(name, content) => {
            is_closed(content.get(), Some(&Scope { name: name_str(name), outer: scope }))
        }
        Type::Reference(name) => is_in(name_str(name), scope),
        _ => true,
    }
}

const fn are_closed(mut items: &[Node], scope: Option<&Scope<'_>>) -> bool {
    while let [item, rest @ ..] = items {
        if !is_closed(item.get(), scope) {
            return false;
        }
        items = rest;
    }
    true
}

const fn is_in(name: &str, mut scope: Option<&Scope<'_>>) -> bool {
    while let Some(definition) = scope {
        if is_same(name.as_bytes(), definition.name.as_bytes()) {
            return true;
        }
        scope = definition.outer;
    }
    false
}

/// What `==` is where no constant is made.
const fn is_same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, rest @ ..], [other, others @ ..]) = (a, b) {
        if *first != *other {
            return false;
        }
        (a, b) = (rest, others);
    }
    a.is_empty() && b.is_empty()
}
