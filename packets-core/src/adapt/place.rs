//! Types with what their references mean.

use std::collections::HashMap;

use crate::schema::Type;

/// A type, and the innermost definition around it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) ty: &'a Type,
    definition: Option<usize>,
}

/// What tells places apart: equal keys, equal meaning.
pub(super) type Key = (usize, Option<usize>);

impl<'a> Place<'a> {
    /// A type with no definition around it.
    pub(super) const fn root(ty: &'a Type) -> Self {
        Self { ty, definition: None }
    }

    /// A type inside this one.
    pub(super) const fn inner(self, ty: &'a Type) -> Self {
        Self { ty, ..self }
    }

    pub(super) fn key(self) -> Key {
        (std::ptr::from_ref(self.ty).addr(), self.definition)
    }
}

/// The definitions that were met, each with the one around it. One that is met again in the same place is the
/// same one, so that there are no more of them than the schemas have.
#[derive(Default)]
pub(super) struct Definitions<'a> {
    definitions: Vec<Definition<'a>>,
    known: HashMap<Key, usize>,
}

struct Definition<'a> {
    name: &'a str,
    ty: &'a Type,
    outer: Option<usize>,
}

impl<'a> Definitions<'a> {
    /// What a definition or reference stands for; none for other types, and references to nothing.
    pub(super) fn resolve(&mut self, place: Place<'a>) -> Option<Place<'a>> {
        match place.ty {
            Type::Definition(name, ty) => {
                let (name, ty, outer) = (&**name, ty.get(), place.definition);
                let id = *self.known.entry(place.key()).or_insert_with(|| {
                    self.definitions.push(Definition { name, ty, outer });
                    self.definitions.len() - 1
                });
                Some(Place { ty, definition: Some(id) })
            }
            Type::Reference(name) => {
                let mut next = place.definition;
                while let Some(id) = next {
                    let Definition { name: known, ty, outer } = self.definitions[id];
                    if known == name {
                        return Some(Place { ty, definition: next });
                    }
                    next = outer;
                }
                None
            }
            _ => None,
        }
    }

    /// As [`Type::min_size`], which knows nothing of what a reference stands for.
    pub(super) fn min_size(&mut self, place: Place<'a>) -> usize {
        self.resolve(place).unwrap_or(place).ty.min_size()
    }
}
