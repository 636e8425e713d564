//! `query!`: parse, check every rule, expand.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::diagnostics::Diagnostics;

/// An expression for the query, or every mistake and an expression of the same type.
pub(crate) fn expression(input: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let query = match syn::parse2::<parse::QueryInput>(input) {
        Ok(query) => query,
        Err(error) => {
            errors.add(error);
            return expand::stub(&crate::options::default_crate(), &errors);
        }
    };
    check::check(&query, &mut errors);
    if errors.is_empty() {
        expand::expand(&query)
    } else {
        expand::stub(&query.krate, &errors)
    }
}
