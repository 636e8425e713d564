//! `#[fact]`: parse, check every rule, find out which events are read, expand.

mod check;
mod expand;
mod parse;
mod reads;
mod state;

use proc_macro2::TokenStream;

use crate::attributes;
use crate::diagnostics::Diagnostics;

/// The fact's type, function and implementation, or every mistake and stubs of them.
pub(crate) fn attribute(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let item = match attributes::function(item) {
        Ok(item) => item,
        Err(written) => return written,
    };
    let fact = parse::parse(arguments, item, &mut errors);
    let fact = check::check(fact, &mut errors);
    match fact {
        Ok(mut fact) => {
            let reads = reads::reads(&mut fact, &mut errors);
            check::narrowing(&fact, &reads, &mut errors);
            if errors.is_empty() {
                expand::expand(&fact, &reads)
            } else {
                expand::stub(&fact, &errors)
            }
        }
        Err(written) => expand::least_stub(&written, &errors),
    }
}
