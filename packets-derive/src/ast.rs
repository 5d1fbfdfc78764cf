//! The type that derives, as the code generator wants to know it: parsed once, borrowing from the input.

use std::cmp::Ordering;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, Index, Member, Token, Type};

use crate::attr::{ContainerAttrs, FieldAttrs, Packer, Styled, VariantAttrs};
use crate::errors::Errors;

/// Which of the two derives runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    Packet,
    Schema,
}

/// A type that derives.
pub(crate) struct Input<'a> {
    pub(crate) original: &'a DeriveInput,
    pub(crate) derive: Derive,
    pub(crate) attrs: ContainerAttrs,
    pub(crate) data: Data<'a>,
}

/// What kind of type it is.
pub(crate) enum Data<'a> {
    Struct(Content<'a>),
    Enum(Vec<Variant<'a>>),
    /// Has no schema; kept for the error.
    Union(Token![union]),
}

/// A variant of an enum.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    /// All attributes, among which doc comments are.
    pub(crate) docs: &'a [Attribute],
    pub(crate) attrs: VariantAttrs,
    /// The name on the wire.
    pub(crate) name: String,
    pub(crate) content: Content<'a>,
}

/// The fields of a struct or variant, in the order of declaration.
pub(crate) struct Content<'a> {
    pub(crate) named: bool,
    pub(crate) fields: Vec<Field<'a>>,
}

/// A field.
pub(crate) struct Field<'a> {
    pub(crate) ty: &'a Type,
    /// All attributes, among which doc comments are.
    pub(crate) docs: &'a [Attribute],
    pub(crate) attrs: FieldAttrs,
    pub(crate) member: Member,
    /// What a match arm calls it.
    pub(crate) binding: Ident,
    rust_name: String,
    /// The name on the wire; an unnamed field's is its number.
    pub(crate) name: String,
    /// Whether `#[packer("…")]` names it.
    pub(crate) packed: bool,
}

/// How a field becomes bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Schema,
    Varuint,
    Varint,
    Packed,
    Skipped,
}

impl<'a> Input<'a> {
    pub(crate) fn new(original: &'a DeriveInput, derive: Derive, errors: &mut Errors) -> Self {
        let attrs = ContainerAttrs::parse(&original.attrs, derive, errors);
        let data = match &original.data {
            syn::Data::Struct(data) => Data::Struct(Content::new(&data.fields, &attrs, errors)),
            syn::Data::Enum(data) => Data::Enum(
                data.variants.iter().map(|variant| Variant::new(variant, &attrs, errors)).collect(),
            ),
            syn::Data::Union(data) => Data::Union(data.union_token),
        };
        Self { original, derive, attrs, data }
    }

    /// The struct's content, or each variant's.
    pub(crate) fn contents(&self) -> impl Iterator<Item = &Content<'a>> {
        let (content, variants) = match &self.data {
            Data::Struct(content) => (Some(content), &[][..]),
            Data::Enum(variants) => (None, &variants[..]),
            Data::Union(_) => (None, &[][..]),
        };
        content.into_iter().chain(variants.iter().map(|variant| &variant.content))
    }

    /// Whether a bare `#[packer]` packs the whole value.
    pub(crate) fn is_packed_whole(&self) -> bool {
        matches!(self.attrs.packer, Some(Packer::Whole))
    }
}

impl<'a> Variant<'a> {
    fn new(original: &'a syn::Variant, container: &ContainerAttrs, errors: &mut Errors) -> Self {
        let attrs = VariantAttrs::parse(&original.attrs, errors);
        let rust_name = original.ident.unraw().to_string();
        let name = match (&attrs.rename, &container.rename_all) {
            (Some(rename), _) => rename.value(),
            (None, Some(Styled { case, .. })) => case.variant(&rust_name),
            (None, None) => rust_name,
        };
        let content = Content::new(&original.fields, &ContainerAttrs::default(), errors);
        Self { ident: &original.ident, docs: &original.attrs, attrs, name, content }
    }
}

impl<'a> Content<'a> {
    /// `container` holds what the fields' names and forms depend on.
    fn new(fields: &'a syn::Fields, container: &ContainerAttrs, errors: &mut Errors) -> Self {
        let named = matches!(fields, syn::Fields::Named(_));
        let fields = fields
            .iter()
            .enumerate()
            .map(|(index, field)| Field::new(index, field, container, errors))
            .collect();
        Self { named, fields }
    }

    /// The fields that are sent, in the order of their bytes: named ones sorted as JavaScript sorts.
    pub(crate) fn sent(&self) -> Vec<&Field<'a>> {
        let mut fields: Vec<_> = self.fields.iter().filter(|field| field.form() != Form::Skipped).collect();
        if self.named {
            fields.sort_by(|a, b| utf16(&a.name, &b.name));
        }
        fields
    }
}

impl<'a> Field<'a> {
    fn new(index: usize, original: &'a syn::Field, container: &ContainerAttrs, errors: &mut Errors) -> Self {
        let attrs = FieldAttrs::parse(&original.attrs, errors);
        let (member, rust_name) = match &original.ident {
            Some(ident) => (Member::Named(ident.clone()), ident.unraw().to_string()),
            None => (Member::Unnamed(Index::from(index)), index.to_string()),
        };
        let name = match (&attrs.rename, &container.rename_all) {
            (Some(rename), _) => rename.value(),
            (None, Some(Styled { case, .. })) => case.field(&rust_name),
            (None, None) => rust_name.clone(),
        };
        let binding = format_ident!("__{index}");
        let (ty, docs) = (&original.ty, &*original.attrs);
        let mut field = Self { ty, docs, attrs, member, binding, rust_name, name, packed: false };
        if let Some(Packer::Fields(names)) = &container.packer {
            field.packed = names.iter().any(|name| field.is_called(&name.value()));
        }
        field
    }

    pub(crate) fn form(&self) -> Form {
        match &self.attrs {
            FieldAttrs { skip: Some(_), .. } => Form::Skipped,
            FieldAttrs { varuint: Some(_), .. } => Form::Varuint,
            FieldAttrs { varint: Some(_), .. } => Form::Varint,
            _ if self.packed => Form::Packed,
            _ => Form::Schema,
        }
    }

    /// Whether `name` is the field's, in Rust or on the wire.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.rust_name == name
    }
}

/// Points at what named it.
impl ToTokens for Variant<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.attrs.rename {
            Some(rename) => rename.to_tokens(tokens),
            None => self.ident.to_tokens(tokens),
        }
    }
}

/// Points at what named it.
impl ToTokens for Field<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.attrs.rename {
            Some(rename) => rename.to_tokens(tokens),
            None => self.member.to_tokens(tokens),
        }
    }
}

/// JavaScript's string order: by UTF-16 code units.
fn utf16(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}
