//! The rules between a type and its attributes. One function a rule, and every rule is checked.

use crate::ast::{Content, Data, Derive, Field, Form, Input};
use crate::attr::Packer;
use crate::errors::Errors;
use crate::walk::{is_same, names};

/// Checks every rule.
pub(crate) fn check(input: &Input<'_>, errors: &mut Errors) {
    kind_has_a_schema(input, errors);
    values_own_their_data(input, errors);
    packet_is_not_generic(input, errors);
    packet_name_is_not_empty(input, errors);
    burst_has_a_rate(input, errors);
    if input.is_packed_whole() {
        packed_whole_stands_alone(input, errors);
        return;
    }
    variant_names_differ(input, errors);
    rename_all_has_names(input, errors);
    packer_names_fields(input, errors);
    for content in input.contents() {
        field_names_differ(content, errors);
        for field in &content.fields {
            field_has_one_form(field, errors);
            within_is_in_the_field(field, errors);
            skipped_field_has_no_name(field, errors);
            unnamed_field_has_no_name(content, field, errors);
        }
    }
}

/// A schema says what bytes a value is. A union does not know that, and an enum without variants has no
/// values.
fn kind_has_a_schema(input: &Input<'_>, errors: &mut Errors) {
    match &input.data {
        Data::Union(token) => {
            errors.at(token, "a union has no schema: it does not say which field it holds; use an enum");
        }
        Data::Enum(variants) if variants.is_empty() => {
            errors.at(&input.original.ident, "an enum without variants has no values to send: add a variant");
        }
        Data::Enum(_) | Data::Struct(_) => {}
    }
}

/// Decoding makes values that own their data.
fn values_own_their_data(input: &Input<'_>, errors: &mut Errors) {
    for lifetime in input.original.generics.lifetimes() {
        errors.at(
            &lifetime.lifetime,
            "a decoded value owns its data: use `String` for `&str`, `Vec<T>` for `&[T]`, `T` for `&T`",
        );
    }
}

/// A packet is one name with one schema, and so cannot have parameters. Lifetimes have their own error.
fn packet_is_not_generic(input: &Input<'_>, errors: &mut Errors) {
    let generics = &input.original.generics;
    if input.derive == Derive::Packet && generics.params.len() > generics.lifetimes().count() {
        errors.at(
            generics,
            "a packet is one name with one schema, so it cannot be generic: make its types concrete, or \
             derive `Schema` here and use this type as the field of a packet",
        );
    }
}

/// A packet is found by its name.
fn packet_name_is_not_empty(input: &Input<'_>, errors: &mut Errors) {
    if let Some(name) = &input.attrs.name
        && name.value().is_empty()
    {
        errors.at(name, "a packet's name cannot be empty: leave the attribute out to use the type's name");
    }
}

/// What was used of a burst comes back at the rate.
fn burst_has_a_rate(input: &Input<'_>, errors: &mut Errors) {
    let policy = &input.attrs.policy;
    if let (Some((_, written)), None) = (&policy.burst, &policy.rate) {
        errors.at(written, "a burst goes with a rate: add `rate = \"20/s\"`");
    }
}

/// Peers of different builds recognise variants by name.
fn variant_names_differ(input: &Input<'_>, errors: &mut Errors) {
    if let Data::Enum(variants) = &input.data {
        for (index, variant) in variants.iter().enumerate() {
            if variants[..index].iter().any(|earlier| earlier.name == variant.name) {
                errors.at(
                    variant,
                    format!("another variant is named `{}` already: choose another name", variant.name),
                );
            }
        }
    }
}

/// Fields are sorted by name, and recognised by it.
fn field_names_differ(content: &Content<'_>, errors: &mut Errors) {
    let sent: Vec<_> = content.fields.iter().filter(|field| field.form() != Form::Skipped).collect();
    for (index, field) in sent.iter().enumerate() {
        if sent[..index].iter().any(|earlier| earlier.name == field.name) {
            errors.at(field, format!("another field is named `{}` already: choose another name", field.name));
        }
    }
}

/// `rename_all` needs something that has a name.
fn rename_all_has_names(input: &Input<'_>, errors: &mut Errors) {
    if let (Some(style), Data::Struct(Content { named: false, .. })) = (&input.attrs.rename_all, &input.data)
    {
        errors.at(&style.written, "no field has a name here: `rename_all` is for named fields and variants");
    }
}

/// `#[packer("field")]` names fields of this struct, each once.
fn packer_names_fields(input: &Input<'_>, errors: &mut Errors) {
    let Some(Packer::Fields(names)) = &input.attrs.packer else { return };
    let content = match &input.data {
        Data::Struct(content) => content,
        Data::Enum(_) => {
            let message = "an enum's fields cannot be packed one by one: `#[packer]` packs the whole value";
            return errors.at(&names[0], message);
        }
        Data::Union(_) => return,
    };
    for (index, name) in names.iter().enumerate() {
        let value = name.value();
        if !content.fields.iter().any(|field| field.is_called(&value)) {
            errors.at(name, format!("no field is named `{value}`: {}", existing(content)));
        } else if names[..index].iter().any(|earlier| earlier.value() == value) {
            errors.at(name, format!("`{value}` is named already: remove one"));
        }
    }
}

/// The fields there are, for a message.
fn existing(content: &Content<'_>) -> String {
    let names: Vec<_> = content.fields.iter().map(|field| format!("`{}`", field.name)).collect();
    match &names[..] {
        [] => "there are none".to_owned(),
        [one] => format!("the only one is {one}"),
        _ => format!("there are {}", names.join(", ")),
    }
}

/// Where serde packs the whole value, names and forms are serde's.
fn packed_whole_stands_alone(input: &Input<'_>, errors: &mut Errors) {
    const MESSAGE: &str = "`#[packer]` leaves the whole value to serde: use `#[serde(…)]` here, or name single \
                           fields in `#[packer(\"field\")]`";
    if let Some(style) = &input.attrs.rename_all {
        errors.at(&style.written, MESSAGE);
    }
    if let Some(recursive) = &input.attrs.recursive {
        errors.at(recursive, MESSAGE);
    }
    if let Data::Enum(variants) = &input.data {
        for rename in variants.iter().filter_map(|variant| variant.attrs.rename.as_ref()) {
            errors.at(rename, MESSAGE);
        }
    }
    for field in input.contents().flat_map(|content| &content.fields) {
        if let Some(rename) = &field.attrs.rename {
            errors.at(rename, MESSAGE);
        }
        if let Some(within) = &field.attrs.within {
            errors.at(within, MESSAGE);
        }
        for flag in field.attrs.forms().chain(&field.attrs.default) {
            errors.at(flag, MESSAGE);
        }
    }
}

/// A field is a varuint, or a varint, or skipped, or packed, or none of these.
fn field_has_one_form(field: &Field<'_>, errors: &mut Errors) {
    let mut forms = field.attrs.forms();
    if let Some(first) = forms.next() {
        for other in forms {
            errors.at(other, format!("the field is `{first}` already: choose one"));
        }
        if field.packed {
            errors.at(first, "the field is named in `#[packer(…)]` already: choose one");
        }
    }
}

/// `within` says what in the field's schema is a reference.
fn within_is_in_the_field(field: &Field<'_>, errors: &mut Errors) {
    let Some(within) = &field.attrs.within else { return };
    if field.form() != Form::Schema {
        errors.at(within, "the field has no schema that refers to another: remove `within`");
    } else if !names(field.ty, |path| is_same(path, within)) {
        let message = "the field's type does not name this one: `within` is the recursive type around the field that \
                       it contains";
        errors.at(within, message);
    }
}

/// A field that is not sent has no name on the wire, and takes its default anyway.
fn skipped_field_has_no_name(field: &Field<'_>, errors: &mut Errors) {
    if field.attrs.skip.is_none() {
        return;
    }
    if let Some(rename) = &field.attrs.rename {
        errors.at(rename, "a skipped field has no name on the wire: remove `rename` or `skip`");
    }
    if let Some(default) = &field.attrs.default {
        errors.at(default, "a skipped field takes its default already: remove `default` or `skip`");
    }
}

/// An unnamed field is known by its place: it cannot be renamed, and a peer cannot lack it.
fn unnamed_field_has_no_name(content: &Content<'_>, field: &Field<'_>, errors: &mut Errors) {
    if content.named {
        return;
    }
    if let Some(rename) = &field.attrs.rename {
        errors.at(rename, "an unnamed field has no name on the wire: remove `rename`, or name the fields");
    }
    if let Some(default) = &field.attrs.default {
        errors.at(default, "an unnamed field cannot be lacking: remove `default`, or name the fields");
    }
}
