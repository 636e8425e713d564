//! The rules of an event type, one function each.

use std::collections::HashMap;

use quote::ToTokens as _;

use super::parse::{Body, EventInput, Shape, VariantInput, rust_name};
use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::options::check_key;

const MAX_NAME_BYTES: usize = 255;

pub(super) fn check(event: &EventInput, errors: &mut Diagnostics) {
    not_generic(event, errors);
    not_a_union(event, errors);
    not_empty(event, errors);
    fields_have_names(event, errors);
    wrappers_have_no_names(event, errors);
    names_fit(event, errors);
    names_are_unique(event, errors);
    versions_count_from_one(event, errors);
    shared_tags_name_fields(event, errors);
    keys_are_words(event, errors);
    serde_keeps_the_form(event, errors);
}

/// A stored event has one form, which generics would leave open.
fn not_generic(event: &EventInput, errors: &mut Diagnostics) {
    if !event.generics.params.is_empty() {
        errors.at(
            &event.generics,
            "an event cannot be generic, as what is stored has one form; name the types, and own the data",
        );
    }
}

fn not_a_union(event: &EventInput, errors: &mut Diagnostics) {
    if let Shape::Union(span) = event.shape {
        errors.at_span(
            span,
            "a union cannot be an event, as nobody knows which field is set; write an enum",
        );
    }
}

fn not_empty(event: &EventInput, errors: &mut Diagnostics) {
    if matches!(&event.shape, Shape::Enum(variants) if variants.is_empty()) {
        errors.at(
            &event.ident,
            "an enum of events has at least one variant: each is one type of event",
        );
    }
}

/// The stored form is an object, and its keys are the fields' names.
fn fields_have_names(event: &EventInput, errors: &mut Diagnostics) {
    for variant in event.variants() {
        let Body::Unnamed(fields) = &variant.body else {
            continue;
        };
        let ident = &variant.ident;
        let hint = match event.shape {
            Shape::Struct(_) => format!("name them: `struct {ident} {{ .. }}`"),
            _ => format!(
                "name them: `{ident} {{ .. }}`; a single field without a name holds another type of events"
            ),
        };
        errors.at(
            fields,
            format!("the fields of an event have names, under which they are stored; {hint}"),
        );
    }
}

/// One event must not be stored under two names, depending on the enum that it is wrapped in.
fn wrappers_have_no_names(event: &EventInput, errors: &mut Diagnostics) {
    let mut wraps = false;
    let mut owns = false;
    for variant in event.variants() {
        let Body::Wraps(inner) = &variant.body else {
            owns = true;
            continue;
        };
        wraps = true;
        let inner = inner.to_token_stream().to_string().replace(' ', "");
        let message = format!(
            "this variant holds the events of `{inner}`, which are stored as `{inner}` says; write this there"
        );
        let names = variant.name.iter().chain(&variant.aliases);
        for name in names {
            errors.at(name, &message);
        }
        if let Some(version) = &variant.version {
            errors.at(version, &message);
        }
    }
    if let Some(prefix) = &event.prefix
        && wraps
        && !owns
    {
        errors.at(
            prefix,
            "no variant has a name to prefix: the events that they hold are named where they are declared",
        );
    }
}

fn own(event: &EventInput) -> impl Iterator<Item = &VariantInput> {
    let variants = event.variants().iter();
    variants.filter(|variant| !matches!(variant.body, Body::Wraps(_)))
}

fn names_fit(event: &EventInput, errors: &mut Diagnostics) {
    for variant in own(event) {
        let stored = event.stored_name(variant);
        let at = variant.name.as_ref().or(event.prefix.as_ref());
        let span = at.map_or_else(|| variant.ident.span(), syn::LitStr::span);
        name_fits(&stored, span, errors);
        for alias in &variant.aliases {
            name_fits(&alias.value(), alias.span(), errors);
        }
    }
}

fn name_fits(name: &str, span: proc_macro2::Span, errors: &mut Diagnostics) {
    if name.is_empty() {
        errors.at_span(
            span,
            "a stored name is not empty; write one, or leave this out to store the Rust name",
        );
    } else if name.len() > MAX_NAME_BYTES {
        let bytes = name.len();
        errors.at_span(
            span,
            format!(
                "a stored name has at most {MAX_NAME_BYTES} bytes, this one has {bytes}; shorten it"
            ),
        );
    } else if name.contains('\0') {
        errors.at_span(
            span,
            "a stored name holds no NUL, which databases do not store; leave it out",
        );
    }
}

fn names_are_unique(event: &EventInput, errors: &mut Diagnostics) {
    let mut seen: HashMap<String, String> = HashMap::new();
    for variant in own(event) {
        let ident = rust_name(&variant.ident);
        let span = variant
            .name
            .as_ref()
            .map_or_else(|| variant.ident.span(), syn::LitStr::span);
        let name = (event.stored_name(variant), span);
        let aliases = variant.aliases.iter().map(|a| (a.value(), a.span()));
        for (name, span) in [name].into_iter().chain(aliases) {
            match seen.get(&name) {
                Some(other) if *other == ident => errors.at_span(
                    span,
                    format!("`{ident}` already has the stored name `{name}`; leave this one out"),
                ),
                Some(other) => errors.at_span(
                    span,
                    format!(
                        "`{name}` is already a stored name of `{other}`, and is read as that; give `{ident}` another \
                         one: `#[event(name = \"..\")]`"
                    ),
                ),
                None => {
                    seen.insert(name, ident.clone());
                }
            }
        }
    }
}

fn versions_count_from_one(event: &EventInput, errors: &mut Diagnostics) {
    for version in event.variants().iter().filter_map(|v| v.version.as_ref()) {
        if !version.base10_parse::<u32>().is_ok_and(|v| v > 0) {
            errors.at(
                version,
                "a version is a whole number from 1, such as `version = 2`",
            );
        }
    }
}

/// A name in `#[event(tags(..))]` that no field has would be a tag that no event gets.
fn shared_tags_name_fields(event: &EventInput, errors: &mut Diagnostics) {
    let mut fields: Vec<String> = Vec::new();
    for variant in event.variants() {
        if let Body::Named(named) = &variant.body {
            fields.extend(named.iter().map(|field| rust_name(&field.ident)));
        }
    }
    fields.sort_unstable();
    fields.dedup();
    for (i, tag) in event.tags.iter().enumerate() {
        let key = &tag.key;
        if !fields.contains(key) {
            let hint = did_you_mean(key, &fields);
            let message = format!("no event of `{}` has a field `{key}`; {hint}", event.ident);
            errors.at_span(tag.span, message);
        }
        if event.tags[..i].iter().any(|other| other.key == *key) {
            errors.at_span(tag.span, format!("`{key}` stands here twice; keep one"));
        }
    }
}

fn keys_are_words(event: &EventInput, errors: &mut Diagnostics) {
    for variant in event.variants() {
        let Body::Named(fields) = &variant.body else {
            continue;
        };
        for field in fields {
            for (i, tag) in field.tags.iter().enumerate() {
                check_key(tag, errors);
                if field.tags[..i].iter().any(|other| other.key == tag.key) {
                    let key = &tag.key;
                    errors.at_span(
                        tag.span,
                        format!("this field already has the tag `{key}`; keep one"),
                    );
                }
            }
        }
    }
}

/// The JSON codec takes a variant's fields out of serde's own form of an enum, and finds the variant by its number.
fn serde_keeps_the_form(event: &EventInput, errors: &mut Diagnostics) {
    if event.codec.is_some() {
        return;
    }
    for option in &event.serde {
        if matches!(option.name.as_str(), "tag" | "content" | "untagged") {
            errors.at_span(
                option.span,
                "an event is stored as its fields alone, with its type beside them; leave this option out",
            );
        }
    }
    for option in event.variants().iter().flat_map(|variant| &variant.serde) {
        let skips = option.name.starts_with("skip");
        if skips || matches!(option.name.as_str(), "other" | "untagged") {
            errors.at_span(
                option.span,
                "every variant is an event that is written and read; leave this option out, or the variant",
            );
        }
    }
}
