//! `#[reactor]`: parse, check every rule, find out which events are read, expand.

mod check;
mod dependency;
mod expand;
mod parse;
mod reads;
mod stub;

use proc_macro2::TokenStream;

use crate::attributes;
use crate::diagnostics::Diagnostics;

/// The reactor's type, function and implementation, or every mistake and stubs of them.
pub(crate) fn attribute(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Diagnostics::default();
    let item = match attributes::function(item) {
        Ok(item) => item,
        Err(written) => return written,
    };
    let written = parse::parse(arguments, item, &mut errors);
    match check::check(written, &mut errors) {
        Ok(mut reactor) => {
            let reads = reads::reads(&mut reactor, &mut errors);
            if errors.is_empty() {
                expand::expand(&reactor, &reads)
            } else {
                stub::stub(&reactor, &errors)
            }
        }
        Err(written) => stub::least_stub(&written, &errors),
    }
}
