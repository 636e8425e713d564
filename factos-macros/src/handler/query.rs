//! The query for the events that are read, and the checks that they exist.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemFn;

use crate::infer::{self, Reads};

/// One check an event, at its name in the pattern; it is given the event's path.
pub(crate) fn checks(
    item: &ItemFn,
    reads: &Reads,
    check: impl Fn(&TokenStream) -> TokenStream,
) -> TokenStream {
    match reads {
        Reads::Events(events) => {
            let has_items = infer::has_items(&item.block);
            let each = events.iter().map(|event| {
                let path = path(&event.path);
                infer::check_known(event, &check(&path), has_items)
            });
            each.collect()
        }
        Reads::All => TokenStream::new(),
        Reads::OnlyOfStruct(violation) => infer::check_struct(violation),
    }
}

/// One item for all events.
pub(crate) fn query(reads: &Reads) -> TokenStream {
    let paths = paths(reads);
    quote! {
        __factos::Ok(__factos::Query::new([__factos::item(__SCHEMA, &[#(#paths),*], &[])?]))
    }
}

/// What leads to each event that is read; an empty path leads to all of them.
pub(crate) fn paths(reads: &Reads) -> Vec<TokenStream> {
    match reads {
        Reads::Events(events) => events.iter().map(|event| path(&event.path)).collect(),
        Reads::All | Reads::OnlyOfStruct(_) => vec![path(&[])],
    }
}

fn path(names: &[String]) -> TokenStream {
    quote!(&[#(#names),*])
}
