//! `#[decider]`: parse, check every rule, expand.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;
use syn::ItemFn;

use crate::diagnostics::Diagnostics;

/// The function as it was, with the implementations for its command, or every mistake and stubs of them.
pub(crate) fn attribute(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let item: ItemFn = match syn::parse2(item.clone()) {
        Ok(item) => item,
        Err(error) => {
            errors.add(error);
            let errors = errors.compile_errors();
            return quote::quote!(#errors #item);
        }
    };
    let written = parse::parse(arguments, item, &mut errors);
    match check::check(&written, &mut errors) {
        Some(decider) if errors.is_empty() => expand::expand(&decider),
        _ => expand::stub(&written, &errors),
    }
}
