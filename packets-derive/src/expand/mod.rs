//! Writes the code of a derive.

mod bounds;
mod content;
mod describe;
mod fixed;
mod packet;
mod recursion;
mod schema;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::DeriveInput;

use crate::ast::{Derive, Input};
use crate::check::check;
use crate::errors::Errors;

/// The whole derive: the code, or the mistakes. `runtime` is the crate that holds what the code names.
pub(crate) fn derive(input: TokenStream, derive: Derive, runtime: &str) -> TokenStream {
    let original: DeriveInput = match syn::parse2(input) {
        Ok(original) => original,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let input = Input::new(&original, derive, &mut errors);
    check(&input, &mut errors);
    match errors.finish() {
        None => wrap(&input, runtime, &implement(&input)),
        Some(error) => {
            let stub = wrap(&input, runtime, &stub(&input));
            let error = error.into_compile_error();
            quote!(#error #stub)
        }
    }
}

/// A scope of its own, in which `__p` is the runtime and the use of deprecated items is no news.
fn wrap(input: &Input<'_>, runtime: &str, code: &TokenStream) -> TokenStream {
    let root = match &input.attrs.root {
        Some(path) => quote!(#path),
        None => {
            let runtime = Ident::new(runtime, Span::call_site());
            quote!(::#runtime)
        }
    };
    quote! {
        #[allow(deprecated)]
        const _: () = {
            use #root::__private as __p;
            #code
        };
    }
}

fn implement(input: &Input<'_>) -> TokenStream {
    let (schema, description) = (schema::implement(input), describe::implement(input));
    match input.derive {
        Derive::Packet => {
            let packet = packet::implement(input);
            quote!(#schema #packet #description)
        }
        Derive::Schema => quote!(#schema #description),
    }
}

/// What stands in for the code of a type with mistakes, so that its uses are not reported as well. Not for
/// a generic packet: there is no telling what its uses expect.
fn stub(input: &Input<'_>) -> TokenStream {
    match input.derive {
        Derive::Packet if !input.original.generics.params.is_empty() => TokenStream::new(),
        Derive::Packet => {
            let (schema, packet) = (schema::stub(input), packet::implement(input));
            quote!(#schema #packet)
        }
        Derive::Schema => schema::stub(input),
    }
}
