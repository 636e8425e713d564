//! What is written for a struct of results: a function that makes its facts.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::check::FieldOf;
use super::parse::FactsInput;
use crate::diagnostics::{Diagnostics, at};
use crate::nested::nested;

pub(super) fn expand(facts: &FactsInput, fields: &[FieldOf<'_>]) -> TokenStream {
    let slots = nested(fields.iter().map(|FieldOf { field, fact }| {
        let ty = &field.ty;
        // With the fact's span, where one of another state is reported.
        quote_spanned!(at(fact.span())=> __factos::Slot::<__C, #ty>::new(#fact))
    }));
    let states = nested(fields.iter().enumerate().map(|(i, _)| {
        let state = format_ident!("__{i}");
        quote!(#state)
    }));
    let values = fields.iter().enumerate().map(|(i, FieldOf { field, .. })| {
        let (member, state) = (&field.member, format_ident!("__{i}"));
        quote!(#member: __factos::Arc::unwrap_or_clone(#state))
    });
    // With the struct's span, where a missing `Clone` is reported.
    let make = quote_spanned!(at(facts.ident.span())=> __factos::facts_of::<__C, Self, _>);
    function(
        facts,
        &quote!(#make(#slots, |#states| Self { #(#values),* })),
    )
}

/// The errors, and the function, so that nothing else is reported.
pub(super) fn stub(facts: &FactsInput, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    if !facts.generics.params.is_empty() {
        return errors;
    }
    let names: Vec<_> = facts
        .arguments
        .iter()
        .map(|argument| &argument.ident)
        .collect();
    let function = function(facts, &quote!({ #(let _ = #names;)* loop {} }));
    quote!(#errors #function)
}

fn function(facts: &FactsInput, body: &TokenStream) -> TokenStream {
    let (ident, vis, krate) = (&facts.ident, &facts.vis, &facts.krate);
    let arguments = facts.arguments.iter().map(|argument| {
        let (name, ty) = (&argument.ident, &argument.ty);
        quote!(#name: #ty)
    });
    let doc = format!("The facts that [`{0}`] is read from.", ident.unraw());
    quote! {
        const _: () = {
            use #krate::__private as __factos;
            impl #ident {
                #[doc = #doc]
                #[must_use]
                #vis fn facts<__C: 'static>(#(#arguments),*) -> __factos::FactsOf<__C, Self> { #body }
            }
        };
    }
}
