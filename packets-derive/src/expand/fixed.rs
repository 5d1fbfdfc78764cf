//! What lists use of structs whose fields all have a fixed size. Which structs those are, only the compiler knows.

use proc_macro2::TokenStream;
use quote::quote;

use super::content;
use crate::ast::{Content, Form};

/// How such a struct fills its bytes, and is read from them.
pub(super) struct Fixed {
    sizes: Vec<TokenStream>,
    encode: TokenStream,
    decode: TokenStream,
}

impl Fixed {
    /// None if a field has a form without a fixed size, and for tuples.
    pub(super) fn of(content: &Content<'_>) -> Option<Self> {
        let sent = content.sent();
        if sent.is_empty() || !content.named || sent.iter().any(|field| field.form() != Form::Schema) {
            return None;
        }
        let sizes = sent.iter().map(|field| content::item(field, field.ty, "FIXED_SIZE")).collect();
        let encodes = sent.iter().map(|field| {
            let (encode, member) = (content::item(field, field.ty, "encode_next"), &field.member);
            quote!(#encode(&self.#member, &mut __out);)
        });
        let decodes = sent.iter().map(|field| {
            let (decode, member) = (content::item(field, field.ty, "decode_next"), &field.member);
            quote!(#member: #decode(&mut __bytes, __valid))
        });
        let fields = decodes.chain(content::skipped(content));
        Some(Self { sizes, encode: quote!(#(#encodes)*), decode: quote!(Self { #(#fields),* }) })
    }

    /// The items of the impl.
    pub(super) fn items(&self) -> TokenStream {
        let Self { sizes, encode, decode } = self;
        quote! {
            const FIXED_SIZE: ::core::primitive::usize = __p::fixed_size(&[#(#sizes),*]);
            #[inline]
            fn encode_fixed(&self, mut __out: &mut [::core::primitive::u8]) {
                #encode
            }
            #[inline]
            fn decode_fixed(mut __bytes: &[::core::primitive::u8], __valid: &mut ::core::primitive::bool) -> Self {
                #decode
            }
        }
    }
}
