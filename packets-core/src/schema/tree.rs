//! The schema as data: one tree type for schemas known at compile time and for those read from a peer.

use std::borrow::Cow;

use super::default::DefaultValue;
use crate::codec::Writer;

/// The type of a value on the wire.
///
/// Derived types carry one as a constant ([`Schema::TYPE`](super::Schema::TYPE)); others are parsed from
/// their text at run time. Its `Display` is the canonical text, which is also what the
/// [fingerprint](Self::fingerprint) is computed from.
///
/// ```
/// use packets_core::schema::Type;
/// let position: Type = "{id:uint32,tags:[string]}".parse()?;
/// assert_eq!(position.to_string(), "{id:uint32,tags:[string]}");
/// # Ok::<(), packets_core::schema::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// One byte, 0 or 1.
    Bool,
    /// One byte.
    Int8,
    /// Two bytes, big-endian, as all numbers.
    Int16,
    /// Four bytes.
    Int32,
    /// Eight bytes. SchemaPack has none.
    Int64,
    /// Sixteen bytes. SchemaPack has none.
    Int128,
    /// One byte.
    Uint8,
    /// Two bytes.
    Uint16,
    /// Four bytes.
    Uint32,
    /// Eight bytes. SchemaPack has none.
    Uint64,
    /// Sixteen bytes. SchemaPack has none.
    Uint128,
    /// Four bytes; every bit pattern is kept.
    Float32,
    /// Eight bytes; every bit pattern is kept.
    Float64,
    /// 0 ..= 2³¹-1 in one to five bytes (LEB128).
    Varuint,
    /// -2³⁰ ..= 2³⁰-1 in one to five bytes (zigzag, then LEB128).
    Varint,
    /// A Unicode scalar value as a varuint. SchemaPack has none.
    Char,
    /// A varuint of the length in bytes, then UTF-8.
    String,
    /// A varuint of the length, then the bytes.
    Buffer,
    /// A `buffer` that holds one MessagePack value.
    Packed,
    /// A varuint of the count, then the items.
    Array(Node),
    /// So many items, without a count.
    FixedArray(Node, u32),
    /// An array of no item or one.
    Option(Node),
    /// An array of distinct items, ascending by their bytes.
    Set(Node),
    /// An array of `{key, value}`, distinct and ascending by the key's bytes.
    Map(Node, Node),
    /// The fields one after the other. They are sorted by name in UTF-16 order.
    Object(Cow<'static, [Field]>),
    /// SchemaPack's tuple of exactly these items: all but the last, a varuint of their number, the last.
    Tuple(Cow<'static, [Node]>),
    /// SchemaPack's tuple whose last type repeats: all but the last, a varuint of the total number of
    /// items, the others. Two types at least; no Rust type has this one.
    OpenTuple(Cow<'static, [Node]>),
    /// A varuint of the variant's index, then its content.
    Enum(Cow<'static, [Variant]>),
    /// A type that is named because it contains itself, maybe by way of others.
    Definition(Cow<'static, str>, Node),
    /// The enclosing [`Definition`](Self::Definition) of that name.
    Reference(Cow<'static, str>),
}

/// A field of an [object](Type::Object).
///
/// Two are equal if their texts are, whatever the value of their default.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name on the wire: not sent, but it decides the order.
    pub name: Cow<'static, str>,
    /// The field's type.
    pub ty: Node,
    /// What stands in for the field if its sender lacks it (`#[packet(default)]`).
    pub default: Option<DefaultValue>,
}

/// A variant of an [enum](Type::Enum).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The name, by which peers of different builds recognise it.
    pub name: Cow<'static, str>,
    /// What follows the index: an empty object for a unit variant.
    pub content: Node,
}

/// A [`Type`] inside another: a constant's, or one of its own.
#[derive(Clone, Debug)]
pub enum Node {
    /// Part of a constant.
    Static(&'static Type),
    /// Built at run time.
    Owned(Box<Type>),
}

impl Node {
    /// The type itself.
    #[must_use]
    pub const fn get(&self) -> &Type {
        match self {
            Self::Static(ty) => ty,
            Self::Owned(ty) => ty,
        }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Node {}

impl From<Type> for Node {
    fn from(ty: Type) -> Self {
        Self::Owned(Box::new(ty))
    }
}

impl From<&'static Type> for Node {
    fn from(ty: &'static Type) -> Self {
        Self::Static(ty)
    }
}

impl Field {
    /// A field of a constant schema.
    #[must_use]
    pub const fn new(name: &'static str, ty: &'static Type) -> Self {
        Self { name: Cow::Borrowed(name), ty: Node::Static(ty), default: None }
    }

    /// A field of a constant schema that has a default, which `encode` appends.
    #[must_use]
    pub const fn with_default(name: &'static str, ty: &'static Type, encode: fn(&mut Writer)) -> Self {
        let default = Some(DefaultValue::Derived(encode));
        Self { name: Cow::Borrowed(name), ty: Node::Static(ty), default }
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.ty == other.ty && self.default.is_some() == other.default.is_some()
    }
}

impl Eq for Field {}

impl Variant {
    /// A variant of a constant schema.
    #[must_use]
    pub const fn new(name: &'static str, content: &'static Type) -> Self {
        Self { name: Cow::Borrowed(name), content: Node::Static(content) }
    }
}

impl Type {
    /// The type of no bytes: `()`, a unit struct, an object without fields.
    pub const UNIT: Self = Self::Object(Cow::Borrowed(&[]));

    /// The fewest bytes a value of this type takes.
    #[must_use]
    pub const fn min_size(&self) -> usize {
        match self {
            Self::FixedArray(item, count) => item.get().min_size().saturating_mul(*count as usize),
            Self::Object(fields) => {
                let fields = field_slice(fields);
                let (mut i, mut sum) = (0, 0usize);
                while i < fields.len() {
                    sum = sum.saturating_add(fields[i].ty.get().min_size());
                    i += 1;
                }
                sum
            }
            Self::Tuple(items) => sum_of_min_sizes(node_slice(items), 0),
            Self::OpenTuple(items) => sum_of_min_sizes(node_slice(items), 1),
            Self::Enum(variants) => {
                let variants = variant_slice(variants);
                let (mut i, mut least) = (0, usize::MAX);
                while i < variants.len() {
                    let size = variants[i].content.get().min_size();
                    if size < least {
                        least = size;
                    }
                    i += 1;
                }
                least.saturating_add(1)
            }
            Self::Definition(_, ty) => ty.get().min_size(),
            Self::Reference(_) => 0,
            scalar => match scalar.fixed_size() {
                Some(size) => size,
                None => 1,
            },
        }
    }

    /// The number of bytes every value of this type takes, if it is always the same and a `usize` can say it.
    #[must_use]
    pub const fn fixed_size(&self) -> Option<usize> {
        match self {
            Self::Bool | Self::Int8 | Self::Uint8 => Some(1),
            Self::Int16 | Self::Uint16 => Some(2),
            Self::Int32 | Self::Uint32 | Self::Float32 => Some(4),
            Self::Int64 | Self::Uint64 | Self::Float64 => Some(8),
            Self::Int128 | Self::Uint128 => Some(16),
            Self::FixedArray(_, 0) => Some(0),
            Self::FixedArray(item, count) => match item.get().fixed_size() {
                Some(size) => size.checked_mul(*count as usize),
                None => None,
            },
            Self::Object(fields) => {
                let fields = field_slice(fields);
                let (mut i, mut sum) = (0, Some(0));
                while i < fields.len() {
                    sum = checked_sum(sum, fields[i].ty.get().fixed_size());
                    i += 1;
                }
                sum
            }
            Self::Tuple(items) => {
                let items = node_slice(items);
                let (mut i, mut sum) = (0, Some(1));
                while i < items.len() {
                    sum = checked_sum(sum, items[i].get().fixed_size());
                    i += 1;
                }
                sum
            }
            _ => None,
        }
    }

    /// Whether this is [`Type::UNIT`].
    #[must_use]
    pub const fn is_unit(&self) -> bool {
        match self {
            Self::Object(fields) => field_slice(fields).is_empty(),
            _ => false,
        }
    }
}

const fn checked_sum(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    match (a, b) {
        (Some(a), Some(b)) => a.checked_add(b),
        _ => None,
    }
}

const fn sum_of_min_sizes(items: &[Node], leave_out: usize) -> usize {
    let (mut i, mut sum) = (0, 1usize);
    while i + leave_out < items.len() {
        sum = sum.saturating_add(items[i].get().min_size());
        i += 1;
    }
    sum
}

#[expect(clippy::ptr_arg, reason = "a const fn cannot use Deref")]
pub(super) const fn field_slice<'a>(fields: &'a Cow<'static, [Field]>) -> &'a [Field] {
    match fields {
        Cow::Borrowed(fields) => fields,
        Cow::Owned(fields) => fields.as_slice(),
    }
}

#[expect(clippy::ptr_arg, reason = "a const fn cannot use Deref")]
pub(super) const fn node_slice<'a>(nodes: &'a Cow<'static, [Node]>) -> &'a [Node] {
    match nodes {
        Cow::Borrowed(nodes) => nodes,
        Cow::Owned(nodes) => nodes.as_slice(),
    }
}

#[expect(clippy::ptr_arg, reason = "a const fn cannot use Deref")]
pub(super) const fn variant_slice<'a>(variants: &'a Cow<'static, [Variant]>) -> &'a [Variant] {
    match variants {
        Cow::Borrowed(variants) => variants,
        Cow::Owned(variants) => variants.as_slice(),
    }
}

#[expect(clippy::ptr_arg, reason = "a const fn cannot use Deref")]
pub(super) const fn name_str<'a>(name: &'a Cow<'static, str>) -> &'a str {
    match name {
        Cow::Borrowed(name) => name,
        Cow::Owned(name) => name.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_no_number_can_say_is_none() {
        let huge = "[[[uint8;4294967295];4294967295];1]";
        for (text, size) in [
            ("{a:uint8,b:[int16;3]}", Some(7)),
            ("(bool,float64)", Some(10)),
            ("{a:string}", None),
            ("{a:[string;0],b:[string;1]}", None),
            ("{a:[string;0],b:bool}", Some(1)),
            (&format!("{{a:{huge},b:{huge}}}"), None),
            (&format!("({huge},{huge})"), None),
        ] {
            assert_eq!(text.parse::<Type>().map(|ty| ty.fixed_size()), Ok(size), "{text}");
        }
    }
}
