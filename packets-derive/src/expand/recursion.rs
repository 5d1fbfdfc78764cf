//! Types that contain themselves.
//!
//! `Tree::TYPE` cannot be made of `Vec<Tree>::TYPE`, which is made of `Tree::TYPE`. So the schema of a tree is
//! a definition named `Tree`, in which `Reference<Tree>` stands wherever a field's type says `Tree`.

use syn::{Type, TypePath, parse_quote};

use crate::ast::{Form, Input};
use crate::walk::replace_paths;

/// Whether the type's schema would need itself: a field with a schema names the type.
pub(super) fn is_recursive(input: &Input<'_>) -> bool {
    let mut fields = input.contents().flat_map(|content| &content.fields);
    !input.is_packed_whole()
        && fields.any(|field| field.form() == Form::Schema && refer(field.ty, input).is_some())
}

/// A field's type with references in it, if it names the type itself.
pub(super) fn refer(ty: &Type, input: &Input<'_>) -> Option<Type> {
    let mut ty = ty.clone();
    let mut found = false;
    replace_paths(&mut ty, &mut |path| {
        let itself = is_itself(path, input);
        found |= itself;
        itself.then(|| parse_quote!(__p::Reference<#path>))
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
