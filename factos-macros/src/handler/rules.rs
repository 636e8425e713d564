//! The rules of such a function, whatever it does with events.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::{ItemFn, LitStr, Safety};

use crate::diagnostics::Diagnostics;
use crate::infer::{Listed, What};

/// The longest name in bytes, as that of a log.
const MAX_NAME_BYTES: usize = 255;

/// It is called while events come in, with types that are known here.
pub(crate) fn plain_function(item: &ItemFn, what: What, errors: &mut Diagnostics) {
    let sig = &item.sig;
    let word = what.word();
    let plain = match what {
        What::Projection => "`async fn`",
        _ => "function",
    };
    if let Some(token) = &sig.constness {
        errors.at(token, format!("a {word} is run: remove `const`"));
    }
    if !matches!(sig.safety, Safety::Default) {
        let unsafety = sig.safety.to_token_stream();
        errors.at(
            &sig.safety,
            format!("a {word} is a plain {plain}: remove `{unsafety}`"),
        );
    }
    if let Some(abi) = &sig.abi {
        let written = abi.to_token_stream();
        errors.at(
            abi,
            format!("a {word} is a plain {plain}: remove `{written}`"),
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(
            variadic,
            format!("a {word} has a fixed list of parameters: remove `...`"),
        );
    }
    if !sig.generics.params.is_empty() {
        errors.at(
            &sig.generics,
            format!(
                "a {word} cannot be generic: its events are checked where it stands; name the types, and leave \
                 lifetimes out"
            ),
        );
    }
}

/// `all` and `events(..)`, of which there is one, without tags.
pub(crate) fn one_way_to_choose(
    all: Option<Span>,
    events: Option<&[Listed]>,
    what: What,
    errors: &mut Diagnostics,
) {
    if let (Some(span), Some(_)) = (all, events) {
        errors.at_span(
            span,
            "`all` reads every event, `events(..)` only some; keep one of them",
        );
    }
    let word = what.word();
    for event in events.unwrap_or_default() {
        if event.tags.is_some() {
            errors.at(
                &event.pattern,
                format!(
                    "a {word} takes no tags that could narrow an event; remove `#[tags(..)]` here"
                ),
            );
        }
    }
}

/// Whether a name can be stored; else it is reported.
pub(crate) fn name_fits(name: &LitStr, what: What, errors: &mut Diagnostics) -> bool {
    let value = name.value();
    let fits = !value.is_empty() && value.len() <= MAX_NAME_BYTES && !value.contains('\0');
    if !fits {
        let word = what.word();
        errors.at(
            name,
            format!(
                "a {word}'s name has 1 to {MAX_NAME_BYTES} bytes and no NUL; write another one"
            ),
        );
    }
    fits
}
