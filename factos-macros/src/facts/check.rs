//! The rules of a struct of results, one function each.

use syn::Expr;

use super::parse::{Argument, FactsInput, FieldInput, Shape};
use crate::diagnostics::Diagnostics;
use crate::types::impl_trait;

/// A field that follows the rules.
pub(super) struct FieldOf<'a> {
    pub(super) field: &'a FieldInput,
    pub(super) fact: &'a Expr,
}

pub(super) fn check<'a>(facts: &'a FactsInput, errors: &mut Diagnostics) -> Vec<FieldOf<'a>> {
    not_generic(facts, errors);
    a_struct(facts, errors);
    for argument in &facts.arguments {
        argument_names_its_type(argument, errors);
    }
    let Shape::Struct(fields) = &facts.shape else {
        return Vec::new();
    };
    not_empty(facts, fields, errors);
    let each = fields.iter();
    each.filter_map(|field| field_has_a_fact(facts, field, errors))
        .collect()
}

/// The facts of the fields are known where the struct is, and hold no parameters.
fn not_generic(facts: &FactsInput, errors: &mut Diagnostics) {
    if !facts.generics.params.is_empty() {
        errors.at(
            &facts.generics,
            "a struct of results cannot be generic, as its facts are not; name the types, and own the states",
        );
    }
}

fn a_struct(facts: &FactsInput, errors: &mut Diagnostics) {
    if let Shape::Other(keyword, span) = facts.shape {
        errors.at_span(
            span,
            format!(
                "facts are read all together, so their states stand in a struct: write `struct {}`, not `{keyword}`",
                facts.ident
            ),
        );
    }
}

fn not_empty(facts: &FactsInput, fields: &[FieldInput], errors: &mut Diagnostics) {
    if fields.is_empty() {
        errors.at(
            &facts.ident,
            "a struct of results has at least one field, which holds the state of a fact: \
             `#[fact(capacity_of(course))] capacity: Option<u32>`",
        );
    }
}

fn field_has_a_fact<'a>(
    facts: &FactsInput,
    field: &'a FieldInput,
    errors: &mut Diagnostics,
) -> Option<FieldOf<'a>> {
    let Some(fact) = &field.fact else {
        let arguments: Vec<String> = facts
            .arguments
            .iter()
            .map(|a| a.ident.to_string())
            .collect();
        let example = arguments.join(", ");
        errors.at_span(
            field.span,
            format!(
                "where does this come from? write `#[fact(..)]` in front of it, such as \
                 `#[fact(capacity_of({example}))]`; what is computed of other fields is a method"
            ),
        );
        return None;
    };
    Some(FieldOf { field, fact })
}

fn argument_names_its_type(argument: &Argument, errors: &mut Diagnostics) {
    if let Some(found) = impl_trait(&argument.ty) {
        errors.at(found, "name the type of this argument, such as `&CourseId`");
    }
}
