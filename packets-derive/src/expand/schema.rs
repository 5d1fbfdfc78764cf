//! `impl Schema`.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use super::bounds::where_clause;
use super::content;
use super::fixed::Fixed;
use super::recursion::is_recursive;
use crate::ast::{Content, Data, Field, Input, Variant};

/// The items of the impl: expressions, and statements for `encode`.
struct Items {
    ty: TokenStream,
    /// Only where it is not that of a list of any type.
    list: Option<TokenStream>,
    size: TokenStream,
    encode: TokenStream,
    decode: TokenStream,
    /// Only where all fields may be of fixed size.
    fixed: Option<Fixed>,
}

pub(super) fn implement(input: &Input<'_>) -> TokenStream {
    let items = match &input.data {
        _ if input.is_packed_whole() => of_packed(input),
        Data::Struct(content) => of_struct(content, input),
        Data::Enum(variants) => of_enum(variants, input),
        Data::Union(_) => of_nothing(),
    };
    if is_recursive(input) { recursive(input, items) } else { assemble(input, items) }
}

/// An impl for a type with mistakes.
pub(super) fn stub(input: &Input<'_>) -> TokenStream {
    assemble(input, of_nothing())
}

fn of_nothing() -> Items {
    Items {
        ty: quote!(&__p::Type::UNIT),
        list: None,
        size: quote!(0),
        encode: TokenStream::new(),
        decode: quote!(::core::result::Result::Err(__p::DecodeError::UnexpectedEnd)),
        fixed: None,
    }
}

fn of_packed(input: &Input<'_>) -> Items {
    // Where the user looks for the missing serde derives.
    let packed = quote_spanned!(input.original.ident.span()=> <Self as __p::AsPacked>);
    Items {
        ty: quote!(#packed::TYPE),
        list: None,
        size: quote!(#packed::size(self)),
        encode: quote!(#packed::encode(self, __writer);),
        decode: quote!(#packed::decode(__reader)),
        fixed: None,
    }
}

fn of_struct(content: &Content<'_>, input: &Input<'_>) -> Items {
    let place = |field: &Field<'_>| {
        let member = &field.member;
        quote!(&self.#member)
    };
    let decode = content::decode(content, &quote!(Self));
    Items {
        ty: content::ty(content, input),
        list: content::list(content, input),
        size: content::size(content, place),
        encode: content::encode(content, place),
        decode: quote!(::core::result::Result::Ok(#decode)),
        fixed: if is_recursive(input) { None } else { Fixed::of(content) },
    }
}

fn of_enum(variants: &[Variant<'_>], input: &Input<'_>) -> Items {
    let arms: Vec<_> =
        variants.iter().zip(0..).map(|(variant, index)| Arm::new(variant, index, input)).collect();
    let types = arms.iter().map(|arm| &arm.ty);
    let sizes = arms.iter().map(|arm| &arm.size);
    let indices = arms.iter().map(|arm| &arm.index);
    let contents = arms.iter().map(|arm| &arm.encode);
    let any_content = variants.iter().any(|variant| !variant.content.sent().is_empty());
    let contents = any_content.then(|| quote!(match self { #(#contents),* }));
    let decodes = arms.iter().map(|arm| &arm.decode);
    Items {
        ty: quote!(&__p::Type::Enum(__p::Cow::Borrowed(&[#(#types),*]))),
        list: None,
        size: quote!(match self { #(#sizes),* }),
        encode: quote! {
            __writer.varuint(match self { #(#indices),* });
            #contents
        },
        decode: quote! {
            ::core::result::Result::Ok(match __reader.varuint()? {
                #(#decodes,)*
                _ => return ::core::result::Result::Err(__p::DecodeError::UnknownVariant),
            })
        },
        fixed: None,
    }
}

/// What a variant adds to each item.
struct Arm {
    ty: TokenStream,
    size: TokenStream,
    index: TokenStream,
    encode: TokenStream,
    decode: TokenStream,
}

impl Arm {
    fn new(variant: &Variant<'_>, index: u32, input: &Input<'_>) -> Self {
        let Variant { ident, name, content, .. } = variant;
        let index = Literal::u32_unsuffixed(index);
        let sent = content.sent();
        let members = sent.iter().map(|field| &field.member);
        let bindings = sent.iter().map(|field| &field.binding);
        let pattern = quote!(Self::#ident { #(#members: #bindings,)* .. });
        let place = |field: &Field<'_>| {
            let binding = &field.binding;
            quote!(#binding)
        };
        let mut ty = content::ty(content, input);
        if content::is_composed(content) {
            // What is borrowed in a function's argument is no constant by itself.
            ty = quote!(const { #ty });
        }
        let (size, encode) = (content::size(content, place), content::encode(content, place));
        let decode = content::decode(content, &quote!(Self::#ident));
        Self {
            ty: quote!(__p::Variant::new(#name, #ty)),
            size: quote!(#pattern => __p::varuint_size(#index) + #size),
            index: quote!(Self::#ident { .. } => #index),
            encode: quote!(#pattern => { #encode }),
            decode: quote!(#index => #decode),
        }
    }
}

/// A recursive type's impl: its schema is named, and its decoding counts how deep it is.
fn recursive(input: &Input<'_>, items: Items) -> TokenStream {
    let ident = &input.original.ident;
    let name = ident.unraw().to_string();
    let (generics, arguments, _) = input.original.generics.split_for_impl();
    let clause = where_clause(input);
    let (ty, decode) = (&items.ty, &items.decode);
    let ty = quote! {
        &__p::Type::Definition(__p::Cow::Borrowed(<Self as __p::Recursive>::NAME), __p::Node::Static(#ty))
    };
    let decode = quote!(__reader.nested(|__reader| #decode));
    let schema = assemble(input, Items { ty, list: None, decode, ..items });
    quote! {
        #[automatically_derived]
        impl #generics __p::Recursive for #ident #arguments #clause {
            const NAME: &'static ::core::primitive::str = #name;
        }
        #schema
    }
}

fn assemble(input: &Input<'_>, items: Items) -> TokenStream {
    let ident = &input.original.ident;
    let (generics, arguments, _) = input.original.generics.split_for_impl();
    let clause = where_clause(input);
    let Items { ty, list, size, encode, decode, fixed } = items;
    let fixed = fixed.map(|fixed| fixed.items());
    let list = list.map(|list| quote!(const LIST: &'static __p::Type = #list;));
    quote! {
        #[automatically_derived]
        impl #generics __p::Schema for #ident #arguments #clause {
            const TYPE: &'static __p::Type = #ty;
            #list
            #fixed
            #[inline]
            fn size(&self) -> ::core::primitive::usize {
                #size
            }
            #[inline]
            fn encode(&self, __writer: &mut __p::Writer) {
                #encode
            }
            #[inline]
            fn decode(__reader: &mut __p::Reader<'_>) -> ::core::result::Result<Self, __p::DecodeError> {
                #decode
            }
        }
    }
}
