//! Types that contain themselves.
//!
//! `Tree::TYPE` cannot be made of `Vec<Tree>::TYPE`, which is made of `Tree::TYPE`. So the schema of a tree is
//! a definition named `Tree`, in which `Reference<Tree>` stands wherever a field's type says `Tree`. Where a tree
//! contains itself by way of another type, that type's field says so: `#[packet(within = Tree)]`.

use syn::{Type, TypePath, parse_quote};

use crate::ast::{Field, Form, Input};
use crate::walk::{is_same, names, replace_paths};

/// Whether the type's schema would need itself: it says so, or a field with a schema names the type.
pub(super) fn is_recursive(input: &Input<'_>) -> bool {
    let mut fields = input.contents().flat_map(|content| &content.fields);
    let names_itself =
        |field: &Field<'_>| field.form() == Form::Schema && names(field.ty, |path| is_itself(path, input));
    !input.is_packed_whole() && (input.attrs.recursive.is_some() || fields.any(names_itself))
}

/// The type of a field with a schema with references in it, if it names the type itself or one around it.
pub(super) fn refer(field: &Field<'_>, input: &Input<'_>) -> Option<Type> {
    if field.form() != Form::Schema {
        return None;
    }
    let mut ty = field.ty.clone();
    let mut found = false;
    replace_paths(&mut ty, &mut |path| {
        let refers =
            is_itself(path, input) || field.attrs.within.as_ref().is_some_and(|within| is_same(path, within));
        found |= refers;
        refers.then(|| parse_quote!(__p::Reference<#path>))
    });
    found.then_some(ty)
}

/// `Tree`, `Tree<T>` or `Self`.
fn is_itself(path: &TypePath, input: &Input<'_>) -> bool {
    let mut segments = path.path.segments.iter();
    path.qself.is_none()
        && path.path.leading_colon.is_none()
        && matches!((segments.next(), segments.next()), (Some(only), None)
            if only.ident == "Self" || only.ident == input.original.ident)
}
