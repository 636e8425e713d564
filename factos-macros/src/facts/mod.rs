//! `#[derive(Facts)]`: parse, check every rule, expand.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;

/// The function that makes the facts, or every mistake and a stub of it.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Diagnostics::default();
    let facts = parse::parse(input, &mut errors);
    let results = check::check(&facts, &mut errors);
    if errors.is_empty() {
        expand::expand(&facts, &results)
    } else {
        expand::stub(&facts, &errors)
    }
}
