//! What was written: the type, its fields, the options.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Fields, Generics, Ident, Path};

use crate::diagnostics::Diagnostics;
use crate::options;

/// A type that is to be the value of a tag.
pub(super) struct ValueInput {
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) krate: Path,
    pub(super) shape: Shape,
}

/// What kind of type it is.
pub(super) enum Shape {
    Struct(Fields),
    /// An enum or union: where its keyword stands.
    Other(Span),
}

pub(super) fn parse(input: &DeriveInput, errors: &mut Diagnostics) -> ValueInput {
    let mut krate = None;
    for attribute in &input.attrs {
        if attribute.path().is_ident("tag_value") {
            options::parse_attribute(attribute, errors, |meta, errors| {
                if meta.path.is_ident("crate") {
                    options::set_once(
                        &mut krate,
                        options::crate_path(meta.value()?)?,
                        meta,
                        errors,
                    );
                    Ok(())
                } else {
                    options::unknown("tag_value", &["crate"], meta, errors)
                }
            });
        }
    }
    ValueInput {
        ident: input.ident.clone(),
        generics: input.generics.clone(),
        krate: krate.unwrap_or_else(options::default_crate),
        shape: match &input.data {
            Data::Struct(data) => Shape::Struct(data.fields.clone()),
            Data::Enum(data) => Shape::Other(data.enum_token.span()),
            Data::Union(data) => Shape::Other(data.union_token.span()),
        },
    }
}
