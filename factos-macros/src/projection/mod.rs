//! `#[projection]`: parse, check every rule, find out which events are read, expand.

mod check;
mod expand;
mod output;
mod parse;
mod reads;
mod slices;

use proc_macro2::TokenStream;

use crate::attributes;
use crate::diagnostics::Diagnostics;

/// The projection's type, function and implementation, or every mistake and stubs of them.
pub(crate) fn attribute(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let item = match attributes::function(item) {
        Ok(item) => item,
        Err(written) => return written,
    };
    let written = parse::parse(arguments, item, &mut errors);
    match check::check(written, &mut errors) {
        Ok(mut projection) => {
            let reads = reads::reads(&mut projection, &mut errors);
            if errors.is_empty() {
                expand::expand(&projection, &reads)
            } else {
                expand::stub(&projection, &errors)
            }
        }
        Err(written) => expand::least_stub(&written, &errors),
    }
}
