//! What is written for an enum of commands: states and facts with a place for each variant, of which one is filled.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, parse_quote};

use super::check::Route;
use super::parse::CommandInput;
use crate::diagnostics::Diagnostics;
use crate::nested::{nested, one_of};

pub(super) fn expand(command: &CommandInput, routes: &[Route<'_>]) -> TokenStream {
    let (ident, krate) = (&command.ident, &command.krate);
    let name = ident.unraw().to_string();
    let states = nested(routes.iter().map(|route| {
        let ty = route.command;
        quote_spanned!(ty.span()=> __factos::Option<<#ty as __factos::Command>::States>)
    }));
    let facts = nested(routes.iter().map(|route| {
        let ty = route.command;
        quote_spanned!(ty.span()=> __factos::Option<<#ty as __factos::Reads<__C>>::Facts>)
    }));
    let bounds = routes.iter().map(|route| {
        let ty = route.command;
        quote_spanned!(ty.span()=> #ty: __factos::Reads<__C>)
    });
    let error = error(command, routes);
    let decisions = routes.iter().enumerate().map(|(i, route)| {
        let (variant, ty) = (route.variant, route.command);
        let filled = one_of(
            routes.len(),
            i,
            &quote!(__factos::Some(__states)),
            &quote!(_),
        );
        let decided = quote_spanned! {ty.span()=>
            match <#ty as __factos::Command>::decide(__command, __states) {
                __factos::Ok(__events) => __factos::Ok(__events),
                __factos::Err(__error) => __factos::Err(__factos::Rejection(__error).into_error()),
            }
        };
        quote!((Self::#variant(__command), #filled) => #decided,)
    });
    let reads = routes.iter().enumerate().map(|(i, route)| {
        let (variant, ty) = (route.variant, route.command);
        let facts = quote_spanned!(ty.span()=> <#ty as __factos::Reads<__C>>::facts(__command));
        let filled = one_of(
            routes.len(),
            i,
            &quote!(__factos::Some(#facts)),
            &quote!(__factos::None),
        );
        quote!(Self::#variant(__command) => #filled,)
    });
    quote! {
        // With the spans of the variants' types, the paths look as if the user had written them.
        #[allow(unused_qualifications)]
        const _: () = {
            use #krate::__private as __factos;
            #[allow(unused_imports)]
            use __factos::IntoError as _;
            #[automatically_derived]
            impl __factos::Command for #ident {
                type States = #states;
                type Error = #error;
                const NAME: &'static str = #name;
                // What follows an error that cannot be is never reached.
                #[allow(unreachable_code)]
                fn decide(&self, __states: Self::States) -> __factos::Result<__factos::Events, Self::Error> {
                    match (self, __states) {
                        #(#decisions)*
                        _ => __factos::not_routed(),
                    }
                }
            }
            #[automatically_derived]
            impl<__C: 'static> __factos::Reads<__C> for #ident
            where
                #(#bounds,)*
            {
                type Facts = #facts;
                fn facts(&self) -> Self::Facts {
                    match self { #(#reads)* }
                }
            }
        };
    }
}

/// The error that is named, or that of the first command.
fn error(command: &CommandInput, routes: &[Route<'_>]) -> TokenStream {
    match (&command.error, routes.first()) {
        (Some(error), _) => quote!(#error),
        (None, Some(first)) => {
            let ty = first.command;
            quote_spanned!(ty.span()=> <#ty as __factos::Command>::Error)
        }
        (None, None) => quote!(__factos::Infallible),
    }
}

/// The errors, and implementations that do nothing, so that nothing else is reported.
pub(super) fn stub(command: &CommandInput, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    let (ident, krate) = (&command.ident, &command.krate);
    let error = error(command, &[]);
    let generics = &command.generics;
    let (command_impl, ty, bounds) = generics.split_for_impl();
    let mut with_connection = generics.clone();
    let connection = Ident::new("__C", Span::call_site());
    with_connection.params.push(parse_quote!(#connection));
    let (reads_impl, ..) = with_connection.split_for_impl();
    quote! {
        #errors
        const _: () = {
            use #krate::__private as __factos;
            #[automatically_derived]
            impl #command_impl __factos::Command for #ident #ty #bounds {
                type States = ();
                type Error = #error;
                const NAME: &'static str = "";
                fn decide(&self, _: ()) -> __factos::Result<__factos::Events, #error> { loop {} }
            }
            #[automatically_derived]
            impl #reads_impl __factos::Reads<#connection> for #ident #ty #bounds {
                type Facts = ();
                fn facts(&self) {}
            }
        };
    }
}
