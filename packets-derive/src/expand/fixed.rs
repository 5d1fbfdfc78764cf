//! The shorter way of structs whose fields all have a fixed size: their bounds are looked at once, not field by
//! field. Which structs those are, only the compiler knows; both ways are generated, and it drops one.

use proc_macro2::TokenStream;
use quote::quote;

use super::content;
use crate::ast::{Content, Form};

/// The shorter way.
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
            let (encode, member) = (content::item(field, field.ty, "encode_field"), &field.member);
            quote!(#encode(&self.#member, &mut __out);)
        });
        let decodes = sent.iter().map(|field| {
            let (decode, member) = (content::item(field, field.ty, "decode_field"), &field.member);
            quote!(#member: #decode(&mut __bytes)?)
        });
        let fields = decodes.chain(content::skipped(content));
        Some(Self { sizes, encode: quote!(#(#encodes)*), decode: quote!(Self { #(#fields),* }) })
    }

    /// The items of the impl that lead this way. `encode` and `decode` become the other one.
    pub(super) fn items(&self, encode: &mut TokenStream, decode: &mut TokenStream) -> TokenStream {
        let Self { sizes, encode: encode_fixed, decode: decode_fixed } = self;
        let schema = quote!(<Self as __p::Schema>);
        *encode =
            quote!(if #schema::FIXED_SIZE > 0 { #schema::encode_whole(self, __writer) } else { #encode });
        *decode = quote!(if #schema::FIXED_SIZE > 0 { #schema::decode_whole(__reader) } else { #decode });
        quote! {
            const FIXED_SIZE: ::core::primitive::usize = __p::fixed_size(&[#(#sizes),*]);
            #[inline]
            fn encode_fixed(&self, mut __out: &mut [::core::primitive::u8]) {
                #encode_fixed
            }
            #[inline]
            fn decode_fixed(
                mut __bytes: &[::core::primitive::u8],
            ) -> ::core::result::Result<Self, __p::DecodeError> {
                ::core::result::Result::Ok(#decode_fixed)
            }
        }
    }
}
