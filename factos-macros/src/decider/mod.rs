//! `#[decider]`: parse, check every rule, expand.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::attributes;
use crate::diagnostics::Diagnostics;

/// The function as it was, with the implementations for its command, or every mistake and stubs of them.
pub(crate) fn attribute(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let item = match attributes::function(item) {
        Ok(item) => item,
        Err(written) => return written,
    };
    let written = parse::parse(arguments, item, &mut errors);
    match check::check(&written, &mut errors) {
        Some(decider) if errors.is_empty() => expand::expand(&decider),
        _ => expand::stub(&written, &errors),
    }
}
