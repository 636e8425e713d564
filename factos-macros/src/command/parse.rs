//! What was written: the enum, its variants, the options.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Ident, Path, Type};

use crate::diagnostics::Diagnostics;
use crate::options;

/// A type that is to be a command.
pub(super) struct CommandInput {
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) krate: Path,
    /// The error of the whole enum.
    pub(super) error: Option<Type>,
    pub(super) shape: Shape,
}

/// What kind of type it is.
pub(super) enum Shape {
    Enum(Vec<VariantInput>),
    Struct(Span),
    Union(Span),
}

/// A variant as it is written.
pub(super) struct VariantInput {
    pub(super) ident: Ident,
    pub(super) fields: Fields,
}

pub(super) fn parse(input: &DeriveInput, errors: &mut Diagnostics) -> CommandInput {
    let (mut krate, mut error) = (None, None);
    for attribute in ours(&input.attrs) {
        options::parse_attribute(attribute, errors, |meta, errors| {
            if meta.path.is_ident("crate") {
                options::set_once(
                    &mut krate,
                    options::crate_path(meta.value()?)?,
                    meta,
                    errors,
                );
            } else if meta.path.is_ident("error") {
                options::set_once(&mut error, options::value(meta)?, meta, errors);
            } else {
                return options::unknown("command", &["error", "crate"], meta, errors);
            }
            Ok(())
        });
    }
    let shape = match &input.data {
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                options_stand_on_the_enum(&variant.attrs, errors);
                for field in &variant.fields {
                    options_stand_on_the_enum(&field.attrs, errors);
                }
                VariantInput {
                    ident: variant.ident.clone(),
                    fields: variant.fields.clone(),
                }
            });
            Shape::Enum(variants.collect())
        }
        Data::Struct(data) => Shape::Struct(data.struct_token.span()),
        Data::Union(data) => Shape::Union(data.union_token.span()),
    };
    CommandInput {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        krate: krate.unwrap_or_else(options::default_crate),
        error,
        shape,
    }
}

fn ours(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("command"))
}

fn options_stand_on_the_enum(attributes: &[Attribute], errors: &mut Diagnostics) {
    for attribute in ours(attributes) {
        errors.at(
            attribute.path(),
            "a variant has no `command` options, as its command says all; write them on the enum",
        );
    }
}
