//! What is written for a decider: the function as it was, and the implementations for its command.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{FnArg, Ident, Type, parse_quote};

use super::check::{DeciderInput, command};
use super::parse::Written;
use crate::diagnostics::{Diagnostics, at};
use crate::types::{elided_reference, impl_trait, referent};

pub(super) fn expand(decider: &DeciderInput<'_>) -> TokenStream {
    let (mut item, krate) = (decider.item.clone(), decider.krate);
    // A command may serve the facts alone.
    if let Some(FnArg::Typed(command)) = item.sig.inputs.first_mut()
        && !decider.parameters.is_empty()
    {
        command.attrs.push(parse_quote!(#[allow(unused_variables)]));
    }
    let impls = impls(decider);
    quote! {
        #item
        const _: () = {
            use #krate::__private as __factos;
            #impls
        };
    }
}

/// Both implementations carry the span of the command's type, where a second decider for it is reported.
fn impls(decider: &DeciderInput<'_>) -> TokenStream {
    let (ty, function) = (decider.command_type, &decider.item.sig.ident);
    let (command, output) = (decider.command, decider.output);
    let name = decider.name.to_string();
    let states: Vec<Type> = decider.parameters.iter().map(|p| state(p.ty)).collect();
    let locals: Vec<Ident> = (0..states.len()).map(|i| format_ident!("__{i}")).collect();
    let arguments = decider
        .parameters
        .iter()
        .zip(&locals)
        .map(|(parameter, local)| {
            if referent(parameter.ty).is_some() {
                quote!(&#local)
            } else {
                quote!(__factos::Arc::unwrap_or_clone(#local))
            }
        });
    let facts = decider
        .parameters
        .iter()
        .zip(&states)
        .map(|(parameter, state)| {
            let fact = parameter.fact;
            quote_spanned!(at(fact.span())=> __factos::Slot::<__C, #state>::new(#fact))
        });
    let span = at(ty.span());
    let connection = Ident::new("__C", span);
    let states_type = nested(
        states
            .iter()
            .map(|s| quote_spanned!(span=> __factos::Arc<#s>)),
        span,
    );
    let facts_type = nested(
        states
            .iter()
            .map(|s| quote_spanned!(span=> __factos::Slot<__C, #s>)),
        span,
    );
    let pattern = nested(locals.iter().map(ToTokens::to_token_stream), span);
    let values = nested(facts, span);
    let generics = &decider.item.sig.generics;
    let (command_impl, _, bounds) = generics.split_for_impl();
    let mut with_connection = generics.clone();
    with_connection
        .params
        .push(parse_quote!(#connection: 'static));
    let (reads_impl, ..) = with_connection.split_for_impl();
    let error = quote_spanned!(at(output.span())=> <#output as __factos::IntoDecision>::Error);
    // With the span of the returned type, where a type without events is reported.
    let decide = quote_spanned! {at(output.span())=>
        fn decide(&self, __states: Self::States) -> __factos::Result<__factos::Events, Self::Error> {
            let #pattern = __states;
            __factos::IntoDecision::into_decision(#function(self, #(#arguments),*))
        }
    };
    quote_spanned! {span=>
        #[automatically_derived]
        impl #command_impl __factos::Command for #ty #bounds {
            type States = #states_type;
            type Error = #error;
            const NAME: &'static str = #name;
            #decide
        }
        #[automatically_derived]
        impl #reads_impl __factos::Reads<#connection> for #ty #bounds {
            type Facts = #facts_type;
            #[allow(clippy::unused_unit)]
            fn facts(&self) -> Self::Facts {
                #[allow(unused_variables)]
                let #command = self;
                #values
            }
        }
    }
}

/// Pairs in pairs, `(a, (b, ()))`, so that there may be any number.
fn nested<I>(parts: I, span: Span) -> TokenStream
where
    I: Iterator<Item = TokenStream> + DoubleEndedIterator,
{
    parts.rfold(
        quote_spanned!(span=> ()),
        |rest, part| quote_spanned!(span=> (#part, #rest)),
    )
}

/// The type of the state behind a parameter: what a borrowed one points to, owned.
fn state(parameter: &Type) -> Type {
    match referent(parameter) {
        Some(Type::Slice(slice)) => {
            let item = &slice.elem;
            parse_quote!(::std::vec::Vec<#item>)
        }
        Some(Type::Path(path)) if path.path.is_ident("str") => parse_quote!(::std::string::String),
        Some(inner) => inner.clone(),
        None => parameter.clone(),
    }
}

/// The errors, the function, and implementations that do nothing, so that nothing else is reported.
pub(super) fn stub(written: &Written, errors: &Diagnostics) -> TokenStream {
    let item = &written.item;
    let errors = errors.compile_errors();
    // What is wrong with the command was said already.
    let first = item.sig.inputs.first();
    let ty = first.and_then(|first| command(first, &mut Diagnostics::default()));
    let lifetimes = item.sig.generics.lifetimes().next().is_some();
    let impls = ty
        .filter(|_| !lifetimes)
        .map(|(_, ty, _)| stub_impls(written, ty));
    quote!(#errors #[allow(warnings)] #item #impls)
}

fn stub_impls(written: &Written, ty: &Type) -> TokenStream {
    let krate = &written.krate;
    let generics = &written.item.sig.generics;
    let (command_impl, _, bounds) = generics.split_for_impl();
    let mut with_connection = generics.clone();
    with_connection.params.push(parse_quote!(__C: 'static));
    let (reads_impl, ..) = with_connection.split_for_impl();
    let error = match &written.item.sig.output {
        syn::ReturnType::Type(_, output)
            if impl_trait(output).is_none() && elided_reference(output).is_none() =>
        {
            quote!(<#output as __factos::IntoDecision>::Error)
        }
        _ => quote!(__factos::Infallible),
    };
    quote! {
        const _: () = {
            use #krate::__private as __factos;
            #[automatically_derived]
            impl #command_impl __factos::Command for #ty #bounds {
                type States = ();
                type Error = #error;
                const NAME: &'static str = "";
                fn decide(&self, _: ()) -> __factos::Result<__factos::Events, #error> { loop {} }
            }
            #[automatically_derived]
            impl #reads_impl __factos::Reads<__C> for #ty #bounds {
                type Facts = ();
                fn facts(&self) {}
            }
        };
    }
}
