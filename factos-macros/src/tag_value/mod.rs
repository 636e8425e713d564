//! `#[derive(TagValue)]`: parse, check every rule, expand.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;

/// The `TagValue` implementation, or every mistake and a stub of it.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Diagnostics::default();
    let value = parse::parse(input, &mut errors);
    let newtype = check::check(&value, &mut errors);
    match newtype {
        Some(newtype) if errors.is_empty() => expand::expand(&value, &newtype),
        _ => expand::stub(&value, &errors),
    }
}
