//! Where a value ends: all that has to be known of what is copied or left out.

use std::collections::HashMap;

use super::place::{Definitions, Key, Place};
use crate::codec::Reader;
use crate::error::DecodeError;
use crate::schema::Type;

/// How the bytes of a type's values are made up. They are not looked into further: who decodes them will.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Always so many bytes.
    Fixed(usize),
    Varuint,
    /// A length and so many bytes.
    Buffer,
    /// A count and so many items of at least `min_size` bytes.
    List {
        item: Box<Self>,
        min_size: usize,
    },
    /// So many items.
    Repeat {
        item: Box<Self>,
        min_size: usize,
        count: u32,
    },
    Option(Box<Self>),
    /// One after the other.
    Sequence(Box<[Self]>),
    /// A tuple whose last type repeats.
    OpenTuple {
        fixed: Box<Self>,
        /// How many items those are.
        count: u32,
        last: Box<Self>,
        min_size: usize,
    },
    /// An index and the content of that variant.
    Enum(Box<[Self]>),
    /// What this entry of the [shapes](Shapes) says, a level deeper.
    Nested(usize),
}

/// The shapes of types that contain themselves.
pub(super) type Shapes = Vec<Shape>;

impl Shape {
    /// No bytes at all.
    pub(super) const EMPTY: Self = Self::Fixed(0);

    /// Shapes one after the other. Neighbours of fixed size become one.
    pub(super) fn sequence(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut joined: Vec<Self> = Vec::new();
        for part in parts {
            let parts = match part {
                Self::Sequence(parts) => parts.into_vec(),
                part => vec![part],
            };
            for part in parts {
                match (joined.last_mut(), part) {
                    (_, Self::Fixed(0)) => {}
                    (Some(Self::Fixed(size)), Self::Fixed(more)) => *size = size.saturating_add(more),
                    (_, part) => joined.push(part),
                }
            }
        }
        match joined.len() {
            0 => Self::EMPTY,
            1 => joined.swap_remove(0),
            _ => Self::Sequence(joined.into()),
        }
    }

    /// Takes one value off the reader. It may have so many `levels` of values in values, which there is room for on
    /// every stack.
    pub(super) fn pass(
        &self,
        shapes: &Shapes,
        levels: usize,
        reader: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        let levels = levels.checked_sub(1).ok_or(DecodeError::TooDeep)?;
        let (item, count) = match self {
            Self::Fixed(size) => return reader.take(*size).map(drop),
            Self::Varuint => return reader.varuint().map(drop),
            Self::Buffer => return reader.buffer().map(drop),
            Self::List { item, min_size } => (item, reader.count(*min_size)?),
            Self::Repeat { item, min_size, count } => {
                reader.charge_items(*count, *min_size)?;
                (item, *count as usize)
            }
            Self::Option(item) => match reader.varuint()? {
                count @ 0..=1 => (item, count as usize),
                _ => return Err(DecodeError::WrongCount),
            },
            Self::Sequence(parts) => {
                for part in parts {
                    part.pass(shapes, levels, reader)?;
                }
                return Ok(());
            }
            Self::OpenTuple { fixed, count, last, min_size } => {
                fixed.pass(shapes, levels, reader)?;
                let rest = reader.varuint()?.checked_sub(*count).ok_or(DecodeError::WrongCount)?;
                reader.charge_items(rest, *min_size)?;
                (last, rest as usize)
            }
            Self::Enum(variants) => {
                let index = reader.varuint()? as usize;
                return variants.get(index).ok_or(DecodeError::UnknownVariant)?.pass(shapes, levels, reader);
            }
            Self::Nested(index) => {
                return reader.nested(|reader| shapes[*index].pass(shapes, levels, reader));
            }
        };
        // So many can be there.
        if let Self::Fixed(size) = **item {
            return reader.take(size * count).map(drop);
        }
        for _ in 0..count {
            item.pass(shapes, levels, reader)?;
        }
        Ok(())
    }
}

/// Makes shapes of types.
#[derive(Default)]
pub(super) struct Shaper<'a> {
    pub(super) definitions: Definitions<'a>,
    pub(super) shapes: Shapes,
    known: HashMap<Key, usize>,
}

impl<'a> Shaper<'a> {
    pub(super) fn shape(&mut self, place: Place<'a>) -> Shape {
        if let Some(size) = place.ty.fixed_size() {
            return Shape::Fixed(size);
        }
        match place.ty {
            Type::Varuint | Type::Varint | Type::Char => Shape::Varuint,
            Type::Array(item) | Type::Set(item) => {
                let item = place.inner(item.get());
                let min_size = self.definitions.min_size(item);
                Shape::List { item: self.boxed(item), min_size }
            }
            Type::FixedArray(item, count) => {
                let item = place.inner(item.get());
                let min_size = self.definitions.min_size(item);
                Shape::Repeat { item: self.boxed(item), min_size, count: *count }
            }
            Type::Option(item) => Shape::Option(self.boxed(place.inner(item.get()))),
            Type::Map(key, value) => {
                let entry = [key, value].map(|part| place.inner(part.get()));
                let min_size =
                    entry.iter().map(|part| self.definitions.min_size(*part)).fold(0, usize::saturating_add);
                Shape::List { item: self.sequence(entry).into(), min_size }
            }
            Type::Object(fields) => self.sequence(fields.iter().map(|field| place.inner(field.ty.get()))),
            Type::Tuple(items) | Type::OpenTuple(items) => {
                let [fixed @ .., last] = &**items else { return Shape::EMPTY };
                let last = place.inner(last.get());
                let count = fixed.len() as u32;
                let fixed = self.sequence(fixed.iter().map(|item| place.inner(item.get())));
                if matches!(place.ty, Type::Tuple(_)) {
                    return Shape::sequence([fixed, Shape::Varuint, self.shape(last)]);
                }
                let min_size = self.definitions.min_size(last);
                Shape::OpenTuple { fixed: fixed.into(), count, last: self.boxed(last), min_size }
            }
            Type::Enum(variants) => {
                let contents = variants.iter().map(|variant| place.inner(variant.content.get()));
                Shape::Enum(contents.map(|content| self.shape(content)).collect())
            }
            Type::Definition(..) | Type::Reference(_) => match self.definitions.resolve(place) {
                Some(place) => self.nested(place),
                // No parsed or derived schema has one that leads nowhere; without variants there are no values.
                None => Shape::Enum([].into()),
            },
            // A string, a buffer, or packed. The others are of fixed size.
            _ => Shape::Buffer,
        }
    }

    fn boxed(&mut self, place: Place<'a>) -> Box<Shape> {
        Box::new(self.shape(place))
    }

    fn sequence(&mut self, parts: impl IntoIterator<Item = Place<'a>>) -> Shape {
        Shape::sequence(parts.into_iter().map(|part| self.shape(part)))
    }

    fn nested(&mut self, place: Place<'a>) -> Shape {
        if let Some(index) = self.known.get(&place.key()) {
            return Shape::Nested(*index);
        }
        let index = self.shapes.len();
        self.known.insert(place.key(), index);
        self.shapes.push(Shape::EMPTY);
        self.shapes[index] = self.shape(place);
        Shape::Nested(index)
    }
}
