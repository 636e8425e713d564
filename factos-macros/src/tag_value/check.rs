//! The rules of a tag's value, one function each.

use syn::{Field, Member};

use super::parse::{Shape, ValueInput};
use crate::diagnostics::Diagnostics;

/// The one field that the value stands in.
pub(super) struct Newtype<'a> {
    pub(super) member: Member,
    pub(super) field: &'a Field,
}

/// The field to take the value from, when there is exactly one.
pub(super) fn check<'a>(value: &'a ValueInput, errors: &mut Diagnostics) -> Option<Newtype<'a>> {
    not_generic(value, errors);
    one_field(value, errors)
}

/// The kind of a tag is compared by the type's name, which says nothing about parameters.
fn not_generic(value: &ValueInput, errors: &mut Diagnostics) {
    if !value.generics.params.is_empty() {
        errors.at(
            &value.generics,
            "a tag's value cannot be generic, as tags are compared by the type's name; name the type, and own the data",
        );
    }
}

fn one_field<'a>(value: &'a ValueInput, errors: &mut Diagnostics) -> Option<Newtype<'a>> {
    let ident = &value.ident;
    let fields = match &value.shape {
        Shape::Struct(fields) => fields,
        Shape::Other(span) => {
            errors.at_span(
                *span,
                format!(
                    "a tag's value is a newtype such as `struct {ident}(String)`; for other types write \
                     `impl TagValue for {ident}`"
                ),
            );
            return None;
        }
    };
    let mut members = fields.members().zip(fields.iter());
    match (members.next(), members.next()) {
        (Some((member, field)), None) => Some(Newtype { member, field }),
        (None, _) => {
            errors.at(
                ident,
                format!(
                    "a tag's value is a newtype with one field; write `struct {ident}(String)`"
                ),
            );
            None
        }
        (_, Some((_, second))) => {
            errors.at(
                second,
                format!(
                    "a tag's value has one field, whose text stands in the tag; make `{ident}` a newtype, or write \
                     `impl TagValue for {ident}`"
                ),
            );
            None
        }
    }
}
