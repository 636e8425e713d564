//! The first parameter: an event, or several.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{FnArg, Ident, Pat, Type};

use crate::diagnostics::{Diagnostics, at};
use crate::infer::What;
use crate::types::{impl_trait, inner, last_segment, ungrouped, written};

/// The first parameter.
pub(crate) struct EventsParameter {
    /// Its name in the body; none when it is `_`.
    pub(crate) name: Option<Ident>,
    /// `E` or `Recorded<E>`, without `&` and brackets.
    pub(crate) input: Type,
    pub(crate) form: EventsForm,
}

/// How events are taken.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum EventsForm {
    /// `&E` or `&Recorded<E>`.
    One,
    /// `&[E]` or `&[Recorded<E>]`.
    Slice,
}

impl EventsParameter {
    pub(crate) fn parse(argument: &FnArg, what: What, errors: &mut Diagnostics) -> Option<Self> {
        let word = what.word();
        let FnArg::Typed(typed) = argument else {
            errors.at(
                argument,
                format!(
                    "a {word} is a free function: take the event here, `event: &Recorded<CourseEvent>`"
                ),
            );
            return None;
        };
        let reference = match ungrouped(&typed.ty) {
            Type::Reference(reference) => reference,
            ty => {
                let written = written(ty);
                errors.at(
                    ty,
                    format!("a {word} borrows its events: write `&{written}`"),
                );
                return None;
            }
        };
        if let Some(token) = &reference.mutability {
            let instead = match what {
                What::Projection => ", or take the connection as the second parameter",
                _ => "",
            };
            errors.at(
                token,
                format!(
                    "events come first, and are things of the past, which nobody changes: remove `mut`{instead}"
                ),
            );
            return None;
        }
        let (input, form) = match ungrouped(&reference.elem) {
            Type::Slice(slice) => ((*slice.elem).clone(), EventsForm::Slice),
            ty => (ty.clone(), EventsForm::One),
        };
        if let Some(found) = impl_trait(&input) {
            errors.at(
                found,
                format!("a {word} names its event type: write `&Recorded<CourseEvent>`"),
            );
            return None;
        }
        let name = match &*typed.pat {
            Pat::Wild(_) => None,
            Pat::Ident(name) if name.subpat.is_none() => Some(name.ident.clone()),
            pattern => {
                errors.at(
                    pattern,
                    "name this, as in `event: &Recorded<CourseEvent>`, and match on it in the body",
                );
                return None;
            }
        };
        Some(Self { name, input, form })
    }
}

/// Whether a function is called with `Recorded<E>`.
pub(crate) fn is_recorded(input: &Type) -> bool {
    last_segment(input).is_some_and(|name| name == "Recorded")
}

/// The event type; where its name is not written, it is found through an alias.
pub(crate) fn event_type(input: &Type) -> TokenStream {
    if !is_recorded(input) {
        return input.to_token_stream();
    }
    inner(input).map_or_else(
        || quote_spanned!(at(input.span())=> <#input as __factos::FoldInput>::Event),
        quote::ToTokens::to_token_stream,
    )
}
