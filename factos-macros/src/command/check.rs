//! The rules of an enum of commands, one function each.

use syn::{Fields, Ident, Type};

use super::parse::{CommandInput, Shape, VariantInput};
use crate::diagnostics::Diagnostics;

/// A variant and the command in it.
pub(super) struct Route<'a> {
    pub(super) variant: &'a Ident,
    pub(super) command: &'a Type,
}

pub(super) fn check<'a>(command: &'a CommandInput, errors: &mut Diagnostics) -> Vec<Route<'a>> {
    not_generic(command, errors);
    an_enum(command, errors);
    let Shape::Enum(variants) = &command.shape else {
        return Vec::new();
    };
    not_empty(command, variants, errors);
    let routes = variants.iter();
    routes
        .filter_map(|variant| one_command(variant, errors))
        .collect()
}

/// The states of all variants stand side by side, whose types parameters would leave open.
fn not_generic(command: &CommandInput, errors: &mut Diagnostics) {
    if !command.generics.params.is_empty() {
        errors.at(
            &command.generics,
            "an enum of commands cannot be generic, as it has one list of facts; name the types, and own the data",
        );
    }
}

fn an_enum(command: &CommandInput, errors: &mut Diagnostics) {
    let ident = &command.ident;
    match command.shape {
        Shape::Enum(_) => {}
        Shape::Struct(span) => errors.at_span(
            span,
            format!(
                "one command is decided by a function: write `#[decider] fn decide(cmd: &{ident}, ..)` and remove this \
                 derive, which routes an enum to the deciders of its variants"
            ),
        ),
        Shape::Union(span) => errors.at_span(
            span,
            "a union cannot be routed, as nobody knows which field is set; write an enum with one command a variant",
        ),
    }
}

fn not_empty(command: &CommandInput, variants: &[VariantInput], errors: &mut Diagnostics) {
    if variants.is_empty() {
        errors.at(
            &command.ident,
            "an enum of commands has at least one variant, which holds a command: `Subscribe(Subscribe)`",
        );
    }
}

fn one_command<'a>(variant: &'a VariantInput, errors: &mut Diagnostics) -> Option<Route<'a>> {
    let ident = &variant.ident;
    let command = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => &fields.unnamed.first()?.ty,
        Fields::Unit => {
            errors.at(
                ident,
                format!("a variant holds the command that it is decided as: write `{ident}({ident})`, with \
                         `struct {ident};` and its decider"),
            );
            return None;
        }
        fields => {
            errors.at(
                fields,
                format!(
                    "a variant holds one command without a name: write `{ident}({ident})`, and move the fields into \
                     `struct {ident} {{ .. }}`, which has a decider of its own"
                ),
            );
            return None;
        }
    };
    Some(Route {
        variant: ident,
        command,
    })
}
