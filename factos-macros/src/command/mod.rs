//! `#[derive(Command)]`: parse, check every rule, expand.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;

/// The implementations that route to each variant's decider, or every mistake and stubs of them.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Diagnostics::default();
    let command = parse::parse(input, &mut errors);
    let routes = check::check(&command, &mut errors);
    if errors.is_empty() {
        expand::expand(&command, &routes)
    } else {
        expand::stub(&command, &errors)
    }
}
