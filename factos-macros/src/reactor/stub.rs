//! What is written beside the mistakes, so that nothing else is reported.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemFn, parse_quote};

use super::check::ReactorInput;
use super::expand::reacting;
use super::parse::Written;
use crate::diagnostics::Diagnostics;
use crate::handler::event_type;

/// The errors, and a reactor that does nothing.
pub(super) fn stub(reactor: &ReactorInput, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    let item = &reactor.item;
    let (krate, name, vis) = (&reactor.options.krate, &item.sig.ident, &item.vis);
    let event = event_type(&reactor.event.input);
    let constructor = constructor(item);
    let mut sig = reacting(&item.sig);
    (sig.constness, sig.abi, sig.variadic) = (None, None, None);
    sig.safety = syn::Safety::Default;
    // The types may name a parameter, which nobody knows outside of the function.
    let implementation = sig.generics.params.is_empty().then(|| {
        quote! {
            const _: () = {
                use #krate::__private as __factos;
                #[automatically_derived]
                impl __factos::AsyncReactor for #name {
                    type Event = #event;
                    const NAME: &'static str = "";
                    fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> { loop {} }
                    async fn react<'a>(&'a self, _: &'a __factos::Recorded<#event>)
                        -> __factos::Result<__factos::Commands, __factos::ReactionFailure> { loop {} }
                }
            };
        }
    });
    quote! {
        #errors
        #constructor
        #[allow(warnings)]
        impl #name {
            #vis #sig { loop {} }
        }
        #implementation
    }
}

/// The errors, and what makes the reactor, when not even its signature is understood.
pub(super) fn least_stub(written: &Written, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    if written.item.sig.receiver().is_some() {
        // Where it stands no type may be declared.
        let mut item = written.item.clone();
        *item.block = parse_quote!({ loop {} });
        return quote!(#errors #[allow(warnings)] #item);
    }
    let constructor = constructor(&written.item);
    quote!(#errors #constructor)
}

/// The function that makes it, out of whatever it is given.
fn constructor(item: &ItemFn) -> TokenStream {
    let (name, vis) = (&item.sig.ident, &item.vis);
    let types: Vec<_> = (1..item.sig.inputs.len())
        .map(|i| format_ident!("__T{i}"))
        .collect();
    quote! {
        #[allow(warnings)]
        #[derive(::core::fmt::Debug)]
        #vis struct #name {}
        #[allow(warnings)]
        #vis fn #name<#(#types),*>(#(_: #types),*) -> #name { loop {} }
    }
}
