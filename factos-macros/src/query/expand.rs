//! What is written for a query: constants that check it, and an expression that builds it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, Path};

use super::parse::{EventInput, QueryInput, TagInput};
use crate::diagnostics::{Diagnostics, at, fail_with, panic_at};

pub(super) fn expand(query: &QueryInput) -> TokenStream {
    let krate = &query.krate;
    let (checks, items): (Vec<_>, Vec<_>) = query
        .events
        .iter()
        .enumerate()
        .map(|(i, event)| {
            let schema = format_ident!("__SCHEMA{i}");
            (checks(event, &schema), item(event, &schema))
        })
        .unzip();
    quote! {{
        use #krate::__private as __factos;
        #(#checks)*
        __factos::query([#(#items),*])
    }}
}

/// The errors, and an expression of the type that a query has.
pub(super) fn stub(krate: &Path, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    quote! {{
        #errors
        #krate::__private::query([])
    }}
}

/// The schema of the type that the event's name belongs to, and whether the event and its tags are in it.
fn checks(event: &EventInput, schema: &Ident) -> TokenStream {
    let names = event.names();
    let pattern = pattern(&event.paths);
    let exists = fail_with(
        event.span(),
        &quote!(__factos::check_query(#schema, &[#(#names),*])),
    );
    let tags = event.tags.iter().map(|tag| {
        let key = &tag.key.key;
        fail_with(
            tag.key.span,
            &quote!(__factos::check_query_tag(#schema, &[#(#names),*], #key)),
        )
    });
    // With the event's span, where a type that is no event is reported.
    let found = quote_spanned! {at(event.span())=>
        __factos::schema_of(&|__event: &_| match __event {
            #pattern => {}
            #[allow(unreachable_patterns)]
            _ => {}
        })
    };
    quote! {
        const #schema: &__factos::Schema = #found;
        #exists
        #(#tags)*
    }
}

/// A pattern that fits the event, whatever its fields: it tells rustc the type.
fn pattern(paths: &[Path]) -> TokenStream {
    match paths {
        [] => quote!(_),
        [event] => quote!(#event { .. }),
        [outer, inner @ ..] => {
            let inner = pattern(inner);
            quote!(#outer(#inner))
        }
    }
}

fn item(event: &EventInput, schema: &Ident) -> TokenStream {
    let names = event.names();
    let tags = event.tags.iter().map(|tag| value(tag, schema, &names));
    quote!(__factos::query_item(#schema, &[#(#names),*], [#(#tags),*]))
}

/// One tag. The type of its value is known to rustc alone, so it is compared in a constant that rustc infers it for.
fn value(tag: &TagInput, schema: &Ident, names: &[String]) -> TokenStream {
    let (key, value) = (&tag.key.key, &tag.value);
    let place = value.span();
    let (message, fail) = panic_at(place);
    quote_spanned! {at(place)=>
        __factos::query_tag(#key, &#value, &const {
            let __check = __factos::TagCheck::new();
            if let __factos::Some(#message) = __check.wrong(#schema, &[#(#names),*], #key) { #fail }
            __check
        })
    }
}
