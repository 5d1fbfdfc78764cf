//! `impl Packet`, and what hands the packet to the registry.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::ast::Input;
use crate::attr::Policy;
use crate::quantity::Span;

pub(super) fn implement(input: &Input<'_>) -> TokenStream {
    let ident = &input.original.ident;
    let rust_name = ident.unraw().to_string();
    let name = input.attrs.name.as_ref().map_or_else(|| rust_name.clone(), syn::LitStr::value);
    let response = match &input.attrs.response {
        Some(response) => quote!(#response),
        None => quote!(()),
    };
    let idempotent = input.attrs.idempotent.as_ref().map(|_| {
        quote!(
            const IDEMPOTENT: ::core::primitive::bool = true;
        )
    });
    let type_name = format!("::{rust_name}");
    // With the name's span, the line is the user's.
    let line = quote_spanned!(ident.span()=> ::core::line!());
    let gather = input.attrs.gather.as_ref().is_none_or(|gather| gather.value).then(|| {
        quote! {
            __p::inventory::submit! { __p::Gathered(__p::Descriptor::of::<#ident>) }
        }
    });
    let policy = policy(&input.attrs.policy);
    // With the name's span, the error is the user's.
    let closed = quote_spanned! {ident.span()=>
        const _: () = ::core::assert!(
            __p::is_closed::<#ident>(),
            "a type in the packet refers to a recursive type that is not around it",
        );
    };
    quote! {
        #closed
        #[automatically_derived]
        impl __p::Packet for #ident {
            const NAME: &'static ::core::primitive::str = #name;
            type Response = #response;
            #idempotent
            #policy
            const ORIGIN: __p::Origin = __p::Origin {
                type_name: ::core::concat!(::core::module_path!(), #type_name),
                file: ::core::file!(),
                line: #line,
            };
        }
        #gather
    }
}

/// The packet's policy, if it has one.
fn policy(policy: &Policy) -> TokenStream {
    let rate = policy.rate.as_ref().map(|rate| {
        let (count, burst) = (rate.count, policy.burst.as_ref().map(|(burst, _)| quote!(.burst(#burst))));
        let per = match rate.per {
            Span::Second => quote!(per_second),
            Span::Minute => quote!(per_minute),
            Span::Hour => quote!(per_hour),
        };
        quote!(.rate(__p::Rate::#per(#count) #burst))
    });
    let max_size = policy.max_size.map(|size| quote!(.max_size(#size)));
    let overflow = policy.overflow.map(|variant| {
        let variant = format_ident!("{variant}");
        quote!(.overflow(__p::Overflow::#variant))
    });
    if rate.is_none() && max_size.is_none() && overflow.is_none() {
        return TokenStream::new();
    }
    quote!(const POLICY: __p::Policy = __p::Policy::new() #rate #max_size #overflow;)
}
