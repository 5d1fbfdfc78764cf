//! Reads `#[packet(…)]` and `#[packer(…)]`. Behind it nothing looks at a `syn::Attribute` again.

use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, LitBool, LitInt, LitStr, Meta, Path, Token, Type};

use crate::ast::Derive;
use crate::case::Case;
use crate::errors::Errors;
use crate::quantity::{self, Rate};

/// What stands on the type.
#[derive(Default)]
pub(crate) struct ContainerAttrs {
    pub(crate) root: Option<Path>,
    pub(crate) rename_all: Option<Styled>,
    pub(crate) name: Option<LitStr>,
    pub(crate) response: Option<Type>,
    pub(crate) gather: Option<LitBool>,
    pub(crate) policy: Policy,
    pub(crate) idempotent: Option<Ident>,
    /// Whether other types that it contains contain it.
    pub(crate) recursive: Option<Ident>,
    pub(crate) packer: Option<Packer>,
}

/// What a packet says about its traffic.
#[derive(Default)]
pub(crate) struct Policy {
    pub(crate) rate: Option<Rate>,
    /// With the number, to point at.
    pub(crate) burst: Option<(u32, LitInt)>,
    pub(crate) max_size: Option<u32>,
    /// The variant of `Overflow`.
    pub(crate) overflow: Option<&'static str>,
}

/// A style of names, with the string that chose it.
pub(crate) struct Styled {
    pub(crate) case: Case,
    pub(crate) written: LitStr,
}

/// `#[packer]`.
pub(crate) enum Packer {
    /// Alone: the value is packed as a whole.
    Whole,
    /// With names: these fields are packed.
    Fields(Vec<LitStr>),
}

/// What stands on a variant.
#[derive(Default)]
pub(crate) struct VariantAttrs {
    pub(crate) rename: Option<LitStr>,
}

/// What stands on a field. Flags keep their word, to point at.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) rename: Option<LitStr>,
    pub(crate) varuint: Option<Ident>,
    pub(crate) varint: Option<Ident>,
    pub(crate) default: Option<Ident>,
    pub(crate) skip: Option<Ident>,
    /// The recursive type around this one that the field contains.
    pub(crate) within: Option<Type>,
}

const CRATE: &str = "crate = path";
const RENAME_ALL: &str = "rename_all = \"camelCase\"";
const NAME: &str = "name = \"…\"";
const RESPONSE: &str = "response = Type";
const GATHER: &str = "gather = false";
const RATE: &str = "rate = \"20/s\"";
const BURST: &str = "burst = 40";
const MAX_SIZE: &str = "max_size = \"4KiB\"";
const OVERFLOW: &str = "overflow = \"drop-oldest\"";
const WITHIN: &str = "within = Type";
const RENAME: &str = "rename = \"…\"";

/// What `#[packet(…)]` may say in one place, for messages.
struct Place {
    what: &'static str,
    takes: &'static [&'static str],
}

const PACKET: Place = Place {
    what: "a packet",
    takes: &[
        NAME,
        RESPONSE,
        "idempotent",
        RATE,
        BURST,
        MAX_SIZE,
        OVERFLOW,
        GATHER,
        RENAME_ALL,
        "recursive",
        CRATE,
    ],
};
const TYPE: Place = Place { what: "a type", takes: &[RENAME_ALL, "recursive", CRATE] };
const VARIANT: Place = Place { what: "a variant", takes: &[RENAME] };
const FIELD: Place =
    Place { what: "a field", takes: &[RENAME, "varuint", "varint", "default", "skip", WITHIN] };

impl ContainerAttrs {
    pub(crate) fn parse(attrs: &[Attribute], derive: Derive, errors: &mut Errors) -> Self {
        let mut container = Self::default();
        let place = match derive {
            Derive::Packet => &PACKET,
            Derive::Schema => &TYPE,
        };
        settings(attrs, place, errors, |setting| container.set(setting, derive));
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("packer")) {
            if let Err(error) = container.set_packer(attr) {
                errors.push(error);
            }
        }
        container
    }

    fn set(&mut self, setting: &Setting<'_>, derive: Derive) -> syn::Result<()> {
        match (&*setting.key.to_string(), derive) {
            ("crate", _) => self.root = Some(setting.value(CRATE)?),
            ("rename_all", _) => self.rename_all = Some(Styled::new(setting.value(RENAME_ALL)?)?),
            ("recursive", _) => self.recursive = Some(setting.flag()?),
            ("name", Derive::Packet) => self.name = Some(setting.value(NAME)?),
            ("response", Derive::Packet) => self.response = Some(setting.value(RESPONSE)?),
            ("idempotent", Derive::Packet) => self.idempotent = Some(setting.flag()?),
            ("gather", Derive::Packet) => self.gather = Some(setting.value(GATHER)?),
            ("rate", Derive::Packet) => self.policy.rate = Some(quantity::rate(&setting.value(RATE)?)?),
            ("burst", Derive::Packet) => {
                let written = setting.value(BURST)?;
                self.policy.burst = Some((quantity::burst(&written)?, written));
            }
            ("max_size", Derive::Packet) => {
                self.policy.max_size = Some(quantity::size(&setting.value(MAX_SIZE)?)?);
            }
            ("overflow", Derive::Packet) => {
                self.policy.overflow = Some(overflow(&setting.value(OVERFLOW)?)?);
            }
            (
                key @ ("name" | "response" | "idempotent" | "gather" | "rate" | "burst" | "max_size"
                | "overflow"),
                Derive::Schema,
            ) => {
                let message = format!("only a packet has `{key}`: derive `Packet` instead of `Schema`");
                return Err(setting.error(message));
            }
            _ => return Err(setting.unknown()),
        }
        Ok(())
    }

    fn set_packer(&mut self, attr: &Attribute) -> syn::Result<()> {
        const USAGE: &str = "expected `#[packer]` or `#[packer(\"field\", …)]`";
        if self.packer.is_some() {
            let message = "duplicate attribute `packer`: name all fields in one, `#[packer(\"field\", …)]`";
            return Err(syn::Error::new_spanned(attr.path(), message));
        }
        self.packer = Some(match &attr.meta {
            Meta::Path(_) => Packer::Whole,
            Meta::List(list) => {
                let names = list
                    .parse_args_with(Punctuated::<LitStr, Token![,]>::parse_terminated)
                    .map_err(|error| syn::Error::new(error.span(), USAGE))?;
                if names.is_empty() {
                    return Err(syn::Error::new_spanned(list, USAGE));
                }
                Packer::Fields(names.into_iter().collect())
            }
            Meta::NameValue(pair) => return Err(syn::Error::new_spanned(pair, USAGE)),
        });
        Ok(())
    }
}

/// The variant of `Overflow` with this name.
fn overflow(written: &LitStr) -> syn::Result<&'static str> {
    match &*written.value() {
        "reject-newest" => Ok("RejectNewest"),
        "drop-oldest" => Ok("DropOldest"),
        "keep-latest" => Ok("KeepLatest"),
        "disconnect" => Ok("Disconnect"),
        _ => {
            let message =
                "expected one of \"reject-newest\", \"drop-oldest\", \"keep-latest\", \"disconnect\"";
            Err(syn::Error::new(written.span(), message))
        }
    }
}

impl VariantAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut variant = Self::default();
        inner_settings(attrs, &VARIANT, errors, |setting| {
            match &*setting.key.to_string() {
                "rename" => variant.rename = Some(setting.value(RENAME)?),
                _ => return Err(setting.unknown()),
            }
            Ok(())
        });
        variant
    }
}

impl FieldAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut field = Self::default();
        inner_settings(attrs, &FIELD, errors, |setting| {
            match &*setting.key.to_string() {
                "rename" => field.rename = Some(setting.value(RENAME)?),
                "varuint" => field.varuint = Some(setting.flag()?),
                "varint" => field.varint = Some(setting.flag()?),
                "default" => field.default = Some(setting.flag()?),
                "skip" => field.skip = Some(setting.flag()?),
                "within" => field.within = Some(setting.value(WITHIN)?),
                _ => return Err(setting.unknown()),
            }
            Ok(())
        });
        field
    }

    /// The flags that choose the field's bytes.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &Ident> {
        [&self.varuint, &self.varint, &self.skip].into_iter().flatten()
    }
}

impl Styled {
    fn new(written: LitStr) -> syn::Result<Self> {
        match Case::parse(&written.value()) {
            Some(case) => Ok(Self { case, written }),
            None => Err(syn::Error::new(written.span(), format!("expected one of {}", Case::list()))),
        }
    }
}

/// One `key` or `key = value`, of which the key has been read.
struct Setting<'a> {
    key: Ident,
    input: ParseStream<'a>,
    place: &'a Place,
}

impl Setting<'_> {
    /// Reads `= value`. `usage` shows what is right.
    fn value<T: Parse>(&self, usage: &str) -> syn::Result<T> {
        if !self.input.peek(Token![=]) {
            return Err(self.error(format!("expected `{usage}`")));
        }
        self.input.parse::<Token![=]>()?;
        let value = self
            .input
            .parse()
            .map_err(|error| syn::Error::new(error.span(), format!("expected `{usage}`")))?;
        self.end("expected `,`")?;
        Ok(value)
    }

    /// Reads nothing more: the key stands for itself.
    fn flag(&self) -> syn::Result<Ident> {
        self.end(&format!("`{}` takes no value", self.key))?;
        Ok(self.key.clone())
    }

    fn end(&self, message: &str) -> syn::Result<()> {
        if self.input.is_empty() || self.input.peek(Token![,]) {
            Ok(())
        } else {
            Err(self.input.error(message))
        }
    }

    fn unknown(&self) -> syn::Error {
        self.error(format!("unknown attribute `{}`: {}", self.key, self.place.takes()))
    }

    fn error(&self, message: String) -> syn::Error {
        syn::Error::new(self.key.span(), message)
    }
}

impl Place {
    fn takes(&self) -> String {
        let takes: Vec<_> = self.takes.iter().map(|usage| format!("`{usage}`")).collect();
        format!("{} takes {}", self.what, takes.join(", "))
    }
}

/// Hands every setting of every `#[packet(…)]` to `read`, and goes on behind one that is wrong.
fn settings(
    attrs: &[Attribute],
    place: &Place,
    errors: &mut Errors,
    mut read: impl FnMut(&Setting<'_>) -> syn::Result<()>,
) {
    let mut seen = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("packet")) {
        let parsed = attr.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                let key = input
                    .call(Ident::parse_any)
                    .map_err(|error| syn::Error::new(error.span(), place.takes()))?;
                let setting = Setting { key, input, place };
                let result = if seen.contains(&setting.key) {
                    Err(setting.error(format!("duplicate attribute `{}`", setting.key)))
                } else {
                    read(&setting)
                };
                if let Err(error) = result {
                    errors.push(error);
                    while !input.is_empty() && !input.peek(Token![,]) {
                        input.parse::<TokenTree>()?;
                    }
                }
                seen.push(setting.key);
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        });
        if let Err(error) = parsed {
            errors.push(error);
        }
    }
}

/// As [`settings`], for a field or variant, where `#[packer]` does not belong.
fn inner_settings(
    attrs: &[Attribute],
    place: &Place,
    errors: &mut Errors,
    read: impl FnMut(&Setting<'_>) -> syn::Result<()>,
) {
    settings(attrs, place, errors, read);
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("packer")) {
        errors.at(
            attr.path(),
            "`packer` belongs on top of the type and names the field: `#[packer(\"field\")]`",
        );
    }
}
