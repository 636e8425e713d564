//! What is written for a projection: a type and a function of its name, the user's function, and the implementation.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, Signature, Type, parse_quote};

use super::check::ProjectionInput;
use super::parse::Written;
use crate::attributes::{carried, of_name, own};
use crate::diagnostics::{Diagnostics, at};
use crate::handler::{self, EventsForm, event_type, query};
use crate::infer::Reads;

pub(super) fn expand(projection: &ProjectionInput, reads: &Reads) -> TokenStream {
    let constructor = constructor(projection);
    let function = function(projection);
    let (krate, name) = (&projection.options.krate, &projection.item.sig.ident);
    let checks = checks(projection, reads);
    let (constants, query) = (constants(projection), query(reads));
    let (set_up, apply) = (set_up(projection), apply(projection));
    let connection = &projection.connection;
    quote! {
        #constructor
        #function
        const _: () = {
            use #krate::__private as __factos;
            const __SCHEMA: &__factos::Schema = __factos::projected::<#connection, #name>();
            #checks
            #[automatically_derived]
            impl __factos::Projection<#connection> for #name {
                #constants
                fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> { #query }
                #set_up
                #apply
            }
        };
    }
}

/// The errors, and a projection that does nothing, so that nothing else is reported.
pub(super) fn stub(projection: &ProjectionInput, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    let item = &projection.item;
    let (krate, name, vis) = (&projection.options.krate, &item.sig.ident, &item.vis);
    let (connection, event) = (&projection.connection, event(projection));
    let mut sig = applied(&item.sig);
    (sig.constness, sig.abi, sig.variadic) = (None, None, None);
    sig.safety = syn::Safety::Default;
    // The types may name a parameter, which nobody knows outside of the function.
    let implementation = sig.generics.params.is_empty().then(|| {
        quote! {
            const _: () = {
                use #krate::__private as __factos;
                #[automatically_derived]
                impl __factos::Projection<#connection> for #name {
                    type Event = #event;
                    const NAME: &'static str = "";
                    const VERSION: u32 = 1;
                    const TABLES: &'static [&'static str] = &[];
                    const TAKES_SLICES: bool = false;
                    fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> { loop {} }
                    async fn set_up<'a>(&'a self, _: &'a mut #connection, _: &'a __factos::Tables)
                        -> __factos::Result<(), __factos::ProjectionFailure> { loop {} }
                    async fn apply<'a>(
                        &'a self,
                        _: &'a [__factos::Recorded<#event>],
                        _: &'a mut #connection,
                        _: &'a __factos::Tables,
                    ) -> __factos::Result<(), __factos::ProjectionFailure> { loop {} }
                }
            };
        }
    });
    quote! {
        #errors
        #[allow(warnings)]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #vis struct #name {}
        #[allow(warnings)]
        #vis fn #name() -> #name { #name {} }
        #[allow(warnings)]
        impl #name {
            #vis #sig { loop {} }
        }
        #implementation
    }
}

/// The errors, and what makes the projection, when not even its signature is understood.
pub(super) fn least_stub(written: &Written, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    let (name, vis) = (&written.item.sig.ident, &written.item.vis);
    if written.item.sig.receiver().is_some() {
        // Where it stands no type may be declared.
        let mut item = written.item.clone();
        *item.block = parse_quote!({ loop {} });
        return quote!(#errors #[allow(warnings)] #item);
    }
    quote! {
        #errors
        #[allow(warnings)]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #vis struct #name {}
        #[allow(warnings)]
        #vis fn #name() -> #name { #name {} }
    }
}

/// The type, and the function that makes its one value.
fn constructor(projection: &ProjectionInput) -> TokenStream {
    let item = &projection.item;
    let (name, vis) = (&item.sig.ident, &item.vis);
    let (docs, missing) = carried(&item.attrs);
    quote! {
        #(#docs)*
        #missing
        #[allow(non_camel_case_types)]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #vis struct #name {}
        #(#docs)*
        #[must_use]
        #vis fn #name() -> #name { #name {} }
    }
}

/// The user's function, as `apply` of the projection's type.
fn function(projection: &ProjectionInput) -> TokenStream {
    let item = &projection.item;
    let (name, vis, body) = (&item.sig.ident, &item.vis, &item.block);
    let sig = applied(&item.sig);
    let rest = own(&item.attrs);
    let cfg = of_name(&item.attrs, &["cfg"]);
    let what = match projection.events.form {
        EventsForm::One => "an event",
        EventsForm::Slice => "events",
    };
    let doc =
        format!("Changes the rows of `{name}` because of {what}: the function as it is written.");
    quote! {
        #(#cfg)*
        impl #name {
            #[doc = #doc]
            #[doc = ""]
            #[doc = "# Errors"]
            #[doc = "Those of the function."]
            // Clippy sees no docs that a macro wrote, and `async` is asked for.
            #[allow(clippy::missing_errors_doc, clippy::unused_async)]
            #(#rest)*
            #vis #sig #body
        }
    }
}

fn applied(sig: &Signature) -> Signature {
    let mut sig = sig.clone();
    sig.ident = Ident::new("apply", sig.ident.span());
    sig.asyncness = Some(sig.asyncness.unwrap_or_default());
    sig
}

fn event(projection: &ProjectionInput) -> TokenStream {
    event_type(&projection.events.input)
}

/// One check an event, at its name in the pattern: it exists.
fn checks(projection: &ProjectionInput, reads: &Reads) -> TokenStream {
    let name = projection.item.sig.ident.unraw().to_string();
    handler::checks(
        &projection.item,
        reads,
        |path| quote!(__factos::check_projection(__SCHEMA, #name, #path)),
    )
}

fn constants(projection: &ProjectionInput) -> TokenStream {
    let (event, name, version) = (event(projection), projection.name(), projection.version());
    let tables = projection.table_names();
    let takes_slices = projection.events.form == EventsForm::Slice;
    quote! {
        type Event = #event;
        const NAME: &'static str = #name;
        const VERSION: u32 = #version;
        const TABLES: &'static [&'static str] = &[#(#tables),*];
        const TAKES_SLICES: bool = #takes_slices;
    }
}

fn set_up(projection: &ProjectionInput) -> TokenStream {
    let connection = &projection.connection;
    let (db, tables, body) = match &projection.options.setup {
        Some(path) => {
            let call = quote_spanned! {at(path.span())=>
                __factos::Outcome::boxed(#path(__db, __tables).await)
            };
            (quote!(__db), quote!(__tables), call)
        }
        None => (quote!(_), quote!(_), quote!(__factos::Ok(()))),
    };
    quote! {
        async fn set_up<'a>(&'a self, #db: &'a mut #connection, #tables: &'a __factos::Tables)
            -> __factos::Result<(), __factos::ProjectionFailure> { #body }
    }
}

fn apply(projection: &ProjectionInput) -> TokenStream {
    let connection = &projection.connection;
    let event = event(projection);
    let one = projection.events.form == EventsForm::One;
    let (events, db) = match projection.events.form {
        EventsForm::Slice => (quote!(__events), quote!(__db)),
        EventsForm::One if projection.is_recorded() => (quote!(__event), quote!(&mut *__db)),
        EventsForm::One => (quote!(&__event.data), quote!(&mut *__db)),
    };
    // With the span of the parameter's type, where another one is reported.
    let tables = projection
        .tables
        .as_ref()
        .map(|ty: &Type| quote_spanned!(at(ty.span())=> __tables));
    let tables_name = tables
        .as_ref()
        .map_or_else(|| quote!(_), |_| quote!(__tables));
    let output = &projection.output;
    let arguments = [Some(events), Some(db), tables].into_iter().flatten();
    let called = quote_spanned! {at(output.span())=>
        <#output as __factos::Outcome>::boxed(Self::apply(#(#arguments),*).await)
    };
    let body = if one {
        quote! {
            for __event in __events { #called?; }
            __factos::Ok(())
        }
    } else {
        called.into_token_stream()
    };
    // With the span of the name, where it is reported that the function cannot be sent to another thread.
    quote_spanned! {at(projection.item.sig.ident.span())=>
        async fn apply<'a>(
            &'a self,
            __events: &'a [__factos::Recorded<#event>],
            __db: &'a mut #connection,
            #tables_name: &'a __factos::Tables,
        ) -> __factos::Result<(), __factos::ProjectionFailure> { #body }
    }
}
