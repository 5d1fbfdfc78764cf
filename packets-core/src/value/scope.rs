//! What the references of a type that contains itself mean.

use crate::schema::Type;

/// The definitions around a type, innermost first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    name: &'a str,
    pub(super) ty: &'a Type,
    outer: Option<&'a Self>,
}

impl<'a> Scope<'a> {
    /// Inside the definition of `name` as `ty`.
    pub(super) const fn of(name: &'a str, ty: &'a Type, outer: Option<&'a Self>) -> Self {
        Self { name, ty, outer }
    }

    /// The definition that a reference stands for, with the definitions around it.
    pub(super) fn find(mut scope: Option<&'a Self>, name: &str) -> Option<&'a Self> {
        while let Some(inner) = scope {
            if inner.name == name {
                return Some(inner);
            }
            scope = inner.outer;
        }
        None
    }

    /// As [`Type::min_size`], which knows nothing of what a reference stands for.
    pub(super) fn min_size(scope: Option<&'a Self>, ty: &Type) -> usize {
        match ty {
            Type::Reference(name) => Self::find(scope, name).map_or(0, |definition| definition.ty.min_size()),
            ty => ty.min_size(),
        }
    }
}
