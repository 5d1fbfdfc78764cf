//! `impl Packet`, and what hands the packet to the registry.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use crate::ast::Input;

pub(super) fn implement(input: &Input<'_>) -> TokenStream {
    let ident = &input.original.ident;
    let rust_name = ident.unraw().to_string();
    let name = input.attrs.name.as_ref().map_or_else(|| rust_name.clone(), syn::LitStr::value);
    let response = match &input.attrs.response {
        Some(response) => quote!(#response),
        None => quote!(()),
    };
    let type_name = format!("::{rust_name}");
    // With the name's span, the line is the user's.
    let line = quote_spanned!(ident.span()=> ::core::line!());
    let gather = input.attrs.gather.as_ref().is_none_or(|gather| gather.value).then(|| {
        quote! {
            __p::inventory::submit! { __p::Gathered(__p::Descriptor::of::<#ident>) }
        }
    });
    quote! {
        #[automatically_derived]
        impl __p::Packet for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            type Response = #response;
            const ORIGIN: __p::Origin = __p::Origin {
                type_name: ::core::concat!(::core::module_path!(), #type_name),
                file: ::core::file!(),
                line: #line,
            };
        }
        #gather
    }
}
