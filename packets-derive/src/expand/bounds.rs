//! What generic types ask of their parameters: no more than their fields need.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Type, TypePath, WhereClause, parse_quote};

use super::content::form_trait;
use crate::ast::{Field, Form, Input};
use crate::walk::replace_paths;

/// The type's own `where` clause, and `T: Schema` for every parameter that fields are made of.
pub(super) fn where_clause(input: &Input<'_>) -> Option<WhereClause> {
    let mut generics = input.original.generics.clone();
    if generics.type_params().next().is_none() {
        return generics.where_clause;
    }
    let mut bounds: Vec<TokenStream> = Vec::new();
    if input.is_packed_whole() {
        bounds.push(quote!(Self: __p::AsPacked));
    } else {
        for field in input.contents().flat_map(|content| content.sent()) {
            field_bounds(field, input, &mut bounds);
        }
    }
    let clause = generics.make_where_clause();
    let mut seen = Vec::new();
    for bound in bounds {
        let text = bound.to_string();
        if !seen.contains(&text) {
            seen.push(text);
            clause.predicates.push(parse_quote!(#bound));
        }
    }
    generics.where_clause
}

/// A field with a schema bounds the parameters and associated types in its type; a field of another form
/// bounds its type, because those traits do not follow from the parameters'.
fn field_bounds(field: &Field<'_>, input: &Input<'_>, bounds: &mut Vec<TokenStream>) {
    let mut parameters = Vec::new();
    replace_paths(&mut field.ty.clone(), &mut |path| {
        if starts_with_parameter(path, input) {
            parameters.push(path.to_token_stream());
        }
        None
    });
    if parameters.is_empty() {
        return;
    }
    if field.attrs.default.is_some() {
        let ty = field.ty;
        bounds.push(quote!(#ty: ::core::default::Default));
    }
    match field.form() {
        Form::Schema => bounds.extend(parameters.into_iter().map(|path| quote!(#path: __p::Schema))),
        form => {
            let (ty, form) = (field.ty, form_trait(form));
            bounds.push(quote!(#ty: #form));
        }
    }
}

/// `T`, `T::Item` or `<T as Trait>::Item`.
fn starts_with_parameter(path: &TypePath, input: &Input<'_>) -> bool {
    match &path.qself {
        Some(qself) => matches!(&*qself.ty, Type::Path(path) if starts_with_parameter(path, input)),
        None => path.path.segments.first().is_some_and(|first| {
            path.path.leading_colon.is_none()
                && input.original.generics.type_params().any(|parameter| parameter.ident == first.ident)
        }),
    }
}
