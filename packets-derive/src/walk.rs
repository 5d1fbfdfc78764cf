//! Walks over the paths inside a field's type, as far as a field's type can hold a value.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type, TypePath};

/// Calls `visit` on every path type in `ty`, outer ones first. A path for which it returns a type is
/// replaced by that, and not looked into.
pub(crate) fn replace_paths(ty: &mut Type, visit: &mut impl FnMut(&TypePath) -> Option<Type>) {
    match ty {
        Type::Path(path) => {
            if let Some(replacement) = visit(path) {
                *ty = replacement;
                return;
            }
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            replace_paths(ty, visit);
                        }
                    }
                }
            }
        }
        Type::Array(array) => replace_paths(&mut array.elem, visit),
        Type::Slice(slice) => replace_paths(&mut slice.elem, visit),
        Type::Group(group) => replace_paths(&mut group.elem, visit),
        Type::Paren(paren) => replace_paths(&mut paren.elem, visit),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|ty| replace_paths(ty, visit)),
        _ => {}
    }
}

/// Whether `ty` holds a value of a path type that `matches`.
pub(crate) fn names(ty: &Type, matches: impl Fn(&TypePath) -> bool) -> bool {
    let mut found = false;
    replace_paths(&mut ty.clone(), &mut |path| {
        found |= matches(path);
        None
    });
    found
}

/// Whether both are written the same.
pub(crate) fn is_same(path: &TypePath, ty: &Type) -> bool {
    path.to_token_stream().to_string() == ty.to_token_stream().to_string()
}
