//! What is written for a reactor: a type and a function of its name, the user's function, and the implementation.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, Signature, Type};

use super::check::ReactorInput;
use super::dependency::Dependency;
use crate::attributes::{carried, of_name, own};
use crate::diagnostics::{at, fail_with};
use crate::handler::{self, event_type, paths, query};
use crate::infer::Reads;

pub(super) fn expand(reactor: &ReactorInput, reads: &Reads) -> TokenStream {
    let constructor = constructor(reactor);
    let function = function(reactor);
    let (krate, name) = (&reactor.options.krate, &reactor.item.sig.ident);
    let checks = checks(reactor, reads);
    let implementation = implementation(reactor, reads);
    let text = name.unraw().to_string();
    let (input, event) = (&reactor.event.input, event_type(&reactor.event.input));
    // Not by the reactor: when what it holds cannot be sent, that is said once.
    let schema = quote_spanned!(at(input.span())=> <#event as __factos::Event>::SCHEMA);
    quote! {
        #constructor
        #function
        const _: () = {
            use #krate::__private as __factos;
            const __SCHEMA: &__factos::Schema = #schema;
            #checks
            #[automatically_derived]
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    __f.debug_struct(#text).finish_non_exhaustive()
                }
            }
            #implementation
        };
    }
}

/// The type that holds what the function needs, and the function that makes it.
fn constructor(reactor: &ReactorInput) -> TokenStream {
    let item = &reactor.item;
    let (name, vis) = (&item.sig.ident, &item.vis);
    let (docs, missing) = carried(&item.attrs);
    let krate = &reactor.options.krate;
    let fields: Vec<TokenStream> = reactor
        .dependencies
        .iter()
        .map(|dependency| {
            let (ident, held) = (&dependency.ident, dependency.held(krate));
            quote!(#ident: #held)
        })
        .collect();
    let values = reactor.dependencies.iter().map(|it| &it.ident);
    quote! {
        #(#docs)*
        #missing
        #[allow(non_camel_case_types)]
        #vis struct #name { #(#fields),* }
        #(#docs)*
        #[must_use]
        // `_mailer` is used here, if nowhere else.
        #[allow(clippy::used_underscore_binding)]
        #vis fn #name(#(#fields),*) -> #name { #name { #(#values),* } }
    }
}

/// The user's function, as `react` of the reactor's type.
fn function(reactor: &ReactorInput) -> TokenStream {
    let item = &reactor.item;
    let (name, vis, body) = (&item.sig.ident, &item.vis, &item.block);
    let sig = reacting(&item.sig);
    let rest = own(&item.attrs);
    let cfg = of_name(&item.attrs, &["cfg"]);
    let doc =
        format!("What `{name}` does about an event, and answers: the function as it is written.");
    quote! {
        #(#cfg)*
        impl #name {
            #[doc = #doc]
            // Its docs are the reactor's own, and that it borrows is asked for.
            #[allow(
                clippy::missing_errors_doc, clippy::must_use_candidate,
                clippy::trivially_copy_pass_by_ref, clippy::ref_option
            )]
            #(#rest)*
            #vis #sig #body
        }
    }
}

pub(super) fn reacting(sig: &Signature) -> Signature {
    let mut sig = sig.clone();
    sig.ident = Ident::new("react", sig.ident.span());
    sig
}

/// Each event exists, and has the tag by which they are ordered; and where the events are told from the patterns, there is
/// an answer to the others.
fn checks(reactor: &ReactorInput, reads: &Reads) -> TokenStream {
    let name = reactor.item.sig.ident.unraw().to_string();
    let known = handler::checks(
        &reactor.item,
        reads,
        |path| quote!(__factos::check_reactor(__SCHEMA, #name, #path)),
    );
    let ordered = reactor.options.order_by.iter().flat_map(|by| {
        let (key, name) = (&by.key, &name);
        paths(reads).into_iter().map(move |path| {
            let check = quote!(__factos::check_order(__SCHEMA, #name, #path, #key));
            fail_with(by.span, &check)
        })
    });
    let output = &reactor.output;
    let is_told = reactor.is_inferred() && matches!(reads, Reads::Events(_));
    let nothing = is_told.then(|| {
        quote_spanned! {at(output.span())=>
            const _: fn() -> #output = <#output as __factos::Nothing>::nothing;
        }
    });
    quote!(#known #(#ordered)* #nothing)
}

fn implementation(reactor: &ReactorInput, reads: &Reads) -> TokenStream {
    let name = &reactor.item.sig.ident;
    let (known_as, event) = (reactor.name(), event_type(&reactor.event.input));
    let query = query(reads);
    let order_key = reactor.options.order_by.as_ref().map(|by| {
        let key = &by.key;
        quote! {
            fn order_key<'e>(&self, __event: &'e __factos::StoredEvent) -> __factos::Option<&'e str> {
                __factos::tag_of(__event, #key)
            }
        }
    });
    let react = react(reactor, &event);
    let bounds = reactor
        .dependencies
        .iter()
        .map(|dependency| dependency.bounds(&reactor.options.krate));
    let bounds = (!reactor.dependencies.is_empty()).then(|| quote!(where #(#bounds),*));
    quote! {
        #[automatically_derived]
        impl __factos::AsyncReactor for #name #bounds {
            type Event = #event;
            const NAME: &'static str = #known_as;
            fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> { #query }
            #order_key
            #react
        }
    }
}

fn react(reactor: &ReactorInput, event: &TokenStream) -> TokenStream {
    let sig = &reactor.item.sig;
    let passed = if reactor.is_recorded() {
        quote!(__event)
    } else {
        quote!(&__event.data)
    };
    let dependencies = reactor.dependencies.iter().map(Dependency::passed);
    let waits = sig.asyncness.is_some().then(|| quote!(.await));
    let output: &Type = &reactor.output;
    // With the span of the returned type, where one that holds no commands is reported.
    let called = quote_spanned! {at(output.span())=>
        <#output as __factos::Reaction>::into_reaction(Self::react(#passed, #(#dependencies),*)#waits)
    };
    // With the span of the name, where it is reported that the function cannot be sent to another thread.
    quote_spanned! {at(sig.ident.span())=>
        #[allow(clippy::unit_arg)]
        async fn react<'a>(
            &'a self,
            __event: &'a __factos::Recorded<#event>,
        ) -> __factos::Result<__factos::Commands, __factos::ReactionFailure> { #called }
    }
}
