//! The type's name and doc comments, for who writes them down in another language. The runtime drops them unless it
//! is asked to keep them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Type};

use crate::ast::{Content, Data, Input};

/// Nothing for types with parameters: they are several types.
pub(super) fn implement(input: &Input<'_>) -> TokenStream {
    if !input.original.generics.params.is_empty() {
        return TokenStream::new();
    }
    let ident = &input.original.ident;
    let (name, doc) = (ident.unraw().to_string(), text(&input.original.attrs));
    let response = input.attrs.response.as_ref().map_or_else(String::new, tokens);
    let mut members = Vec::new();
    match &input.data {
        Data::Struct(content) => fields(content, "", &mut members),
        Data::Enum(variants) => {
            for variant in variants {
                let name = &variant.name;
                let types: Vec<_> = variant.content.sent().iter().map(|field| tokens(field.ty)).collect();
                let (doc, types) = (text(variant.docs), types.join(" "));
                members.push(quote!((#name, #doc, #types)));
                fields(&variant.content, &format!("{name}."), &mut members);
            }
        }
        Data::Union(_) => {}
    }
    quote!(__p::describe! { #ident, #name, #doc, #response, [#(#members),*] })
}

fn fields(content: &Content<'_>, prefix: &str, members: &mut Vec<TokenStream>) {
    for field in content.sent() {
        let (name, doc, ty) = (format!("{prefix}{}", field.name), text(field.docs), tokens(field.ty));
        members.push(quote!((#name, #doc, #ty)));
    }
}

/// The type as it is written: the names in it are looked for.
fn tokens(ty: &Type) -> String {
    ty.to_token_stream().to_string()
}

/// The lines of a doc comment.
fn text(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
