//! `#[derive(Event)]`: parse, check every rule, expand.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;

/// The `Event` implementation, or every mistake and a stub of it.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Diagnostics::default();
    let event = parse::parse(input, &mut errors);
    check::check(&event, &mut errors);
    if errors.is_empty() {
        expand::expand(&event)
    } else {
        expand::stub(&event, &errors)
    }
}
