//! The code for the fields of a struct or of a variant.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::recursion::refer;
use crate::ast::{Content, Field, Form, Input};

/// The schema as an expression of type `&'static Type`.
pub(super) fn ty(content: &Content<'_>, input: &Input<'_>) -> TokenStream {
    let sent = content.sent();
    if sent.is_empty() {
        return quote!(&__p::Type::UNIT);
    }
    let types = sent.iter().map(|field| match refer(field, input) {
        Some(reference) => item(field, reference, "TYPE"),
        None => item(field, field.ty, "TYPE"),
    });
    if content.named {
        let fields = sent.iter().zip(types).map(|(field, ty)| {
            let name = &field.name;
            if field.attrs.default.is_none() {
                return quote!(__p::Field::new(#name, #ty));
            }
            let encode = item(field, field.ty, "encode");
            let value = default_of(field);
            quote!(__p::Field::with_default(#name, #ty, |__writer| #encode(&#value, __writer)))
        });
        quote!(&__p::Type::Object(__p::Cow::Borrowed(&[#(#fields),*])))
    } else if sent.len() == 1 {
        quote!(#(#types)*)
    } else {
        quote!(&__p::Type::Tuple(__p::Cow::Borrowed(&[#(__p::Node::Static(#types)),*])))
    }
}

/// Whether the schema is made of the fields' schemas, and not one of them or none.
pub(super) fn is_composed(content: &Content<'_>) -> bool {
    content.sent().len() > usize::from(!content.named)
}

/// A transparent struct's type of a list, as an expression. Only a field's own schema knows one.
pub(super) fn list(content: &Content<'_>, input: &Input<'_>) -> Option<TokenStream> {
    match content.sent()[..] {
        [only] if !content.named && only.form() == Form::Schema && refer(only, input).is_none() => {
            Some(item(only, only.ty, "LIST"))
        }
        _ => None,
    }
}

/// The size as an expression. `place` is where a field's value is, as a reference.
pub(super) fn size(content: &Content<'_>, place: fn(&Field<'_>) -> TokenStream) -> TokenStream {
    let sent = content.sent();
    let count = tuple_count(content, &sent).map(|count| quote!(__p::varuint_size(#count)));
    let sizes = sent.iter().map(|field| {
        let (size, value) = (item(field, field.ty, "size"), place(field));
        quote!(#size(#value))
    });
    let terms: Vec<_> = count.into_iter().chain(sizes).collect();
    if terms.is_empty() { quote!(0) } else { quote!(#(#terms)+*) }
}

/// The statements that encode. `place` is where a field's value is, as a reference.
pub(super) fn encode(content: &Content<'_>, place: fn(&Field<'_>) -> TokenStream) -> TokenStream {
    let sent = content.sent();
    let runs = Runs::of(content, &sent);
    let mut statements: Vec<_> = sent
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let value = place(field);
            match runs.at(index) {
                Some(run) => {
                    let encode = item(field, field.ty, "encode_field");
                    quote!(#encode(#value, #run, __writer);)
                }
                None => {
                    let encode = item(field, field.ty, "encode");
                    quote!(#encode(#value, __writer);)
                }
            }
        })
        .collect();
    if let Some(count) = tuple_count(content, &sent) {
        statements.insert(sent.len() - 1, quote!(__writer.varuint(#count);));
    }
    let runs = runs.statement;
    quote!(#runs #(#statements)*)
}

/// The expression that decodes: `constructor`, with every field. A literal's fields are evaluated as they
/// are written, so they are written in the order of their bytes.
pub(super) fn decode(content: &Content<'_>, constructor: &TokenStream) -> TokenStream {
    let sent = content.sent();
    let runs = Runs::of(content, &sent);
    let mut values: Vec<_> = sent
        .iter()
        .enumerate()
        .map(|(index, field)| match runs.at(index) {
            Some(run) => {
                let decode = item(field, field.ty, "decode_field");
                quote!(#decode(#run, __reader)?)
            }
            None => {
                let decode = item(field, field.ty, "decode");
                quote!(#decode(__reader)?)
            }
        })
        .collect();
    if let Some(count) = tuple_count(content, &sent)
        && let Some(last) = values.last_mut()
    {
        *last = quote!({ __p::exact_count(#count, __reader)?; #last });
    }
    let sent = sent.iter().zip(values).map(|(field, value)| {
        let member = &field.member;
        quote!(#member: #value)
    });
    let fields = sent.chain(skipped(content));
    let value = quote!(#constructor { #(#fields),* });
    match runs.statement {
        Some(runs) => quote!({ #runs #value }),
        None => value,
    }
}

/// Fields of fixed size in a row, for all of which there is one check. Which fields those are, only the compiler
/// knows.
struct Runs {
    may_be_in_one: Vec<bool>,
    /// Tells the compiler to find out. None if no two fields can be in one.
    statement: Option<TokenStream>,
}

impl Runs {
    fn of(content: &Content<'_>, sent: &[&Field<'_>]) -> Self {
        let mut may_be_in_one: Vec<_> = sent.iter().map(|field| field.form() == Form::Schema).collect();
        if !content.named
            && let Some(last) = may_be_in_one.last_mut()
        {
            // The count stands in front of it.
            *last = false;
        }
        let statement = may_be_in_one.windows(2).any(|pair| pair == [true, true]).then(|| {
            let sizes = sent.iter().zip(&may_be_in_one).map(|(field, may_be_in_one)| match may_be_in_one {
                true => item(field, field.ty, "FIXED_SIZE"),
                false => quote!(0),
            });
            quote!(let __runs = const { __p::runs([#(#sizes),*]) };)
        });
        Self { may_be_in_one, statement }
    }

    /// The field's place, as an expression.
    fn at(&self, index: usize) -> Option<TokenStream> {
        let place = Literal::usize_unsuffixed(index);
        (self.statement.is_some() && self.may_be_in_one[index]).then(|| quote!(__runs[#place]))
    }
}

/// The fields that are not sent, with their defaults.
pub(super) fn skipped(content: &Content<'_>) -> Vec<TokenStream> {
    let skipped = content.fields.iter().filter(|field| field.form() == Form::Skipped);
    skipped
        .map(|field| {
            let (member, value) = (&field.member, default_of(field));
            quote!(#member: #value)
        })
        .collect()
}

/// A field's default as an expression.
fn default_of(field: &Field<'_>) -> TokenStream {
    let ty = field.ty;
    quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default())
}

/// The trait by which a field becomes bytes, or is made without them.
pub(super) fn form_trait(form: Form) -> TokenStream {
    match form {
        Form::Schema => quote!(__p::Schema),
        Form::Varuint => quote!(__p::AsVaruint),
        Form::Varint => quote!(__p::AsVarint),
        Form::Packed => quote!(__p::AsPacked),
        Form::Skipped => quote!(::core::default::Default),
    }
}

/// An item of that trait. Every use has the span of the field's type: so the compiler reports a type without
/// schema once, and there.
pub(super) fn item(field: &Field<'_>, ty: impl ToTokens, name: &str) -> TokenStream {
    let (form, name) = (form_trait(field.form()), Ident::new(name, Span::call_site()));
    quote_spanned!(field.ty.span()=> <#ty as #form>::#name)
}

/// The number of items that a tuple sends; nothing else does.
fn tuple_count(content: &Content<'_>, sent: &[&Field<'_>]) -> Option<Literal> {
    (!content.named && sent.len() > 1).then(|| Literal::usize_unsuffixed(sent.len()))
}
