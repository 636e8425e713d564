//! What is written for a fact: a type and a function of its name, the fold, and the implementation.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{FnArg, Ident, ReturnType, Type, parse_quote};

use super::check::{Argument, FactInput};
use super::parse::Written;
use crate::attributes::{carried, of_name, own};
use crate::diagnostics::{Diagnostics, at, fail_with};
use crate::infer::{self, Matched, Reads};
use crate::types::referent;

pub(super) fn expand(fact: &FactInput, reads: &Reads) -> TokenStream {
    let constructor = constructor(fact);
    let fold = fold(fact, &fact.item.block.to_token_stream());
    let (krate, name) = (&fact.options.krate, &fact.item.sig.ident);
    let kinds = tag_kinds(fact);
    let checks = checks(fact, reads);
    let methods = methods(fact, &query(fact, reads));
    quote! {
        #constructor
        #fold
        const _: () = {
            use #krate::__private as __factos;
            const __SCHEMA: &__factos::Schema = __factos::schema::<#name>();
            #kinds
            #checks
            #[automatically_derived]
            impl __factos::Fact for #name { #methods }
        };
    }
}

/// The errors, and a fact that is never folded, so that nothing else is reported.
pub(super) fn stub(fact: &FactInput, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    let item = &fact.item;
    let (krate, name, vis) = (&fact.options.krate, &item.sig.ident, &item.vis);
    let (input, state) = (&fact.input, &fact.state.ty);
    let mut sig = item.sig.clone();
    sig.ident = Ident::new("fold", name.span());
    (sig.asyncness, sig.constness, sig.abi, sig.variadic) = (None, None, None, None);
    sig.safety = syn::Safety::Default;
    let arguments = sig.inputs.iter().skip(2);
    let generics = &sig.generics;
    // The types may name a parameter, which nobody knows outside of the function.
    let implementation = generics.params.is_empty().then(|| {
        quote! {
            const _: () = {
                use #krate::__private as __factos;
                #[automatically_derived]
                impl __factos::Fact for #name {
                    type Input = #input;
                    type State = #state;
                    const NAME: &'static str = "";
                    fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> { loop {} }
                    fn initial(&self) -> #state { loop {} }
                    fn apply(&self, _: #state, _: &#input) -> #state { loop {} }
                }
            };
        }
    });
    quote! {
        #errors
        #[allow(warnings)]
        #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
        #vis struct #name {}
        #[allow(warnings)]
        #vis fn #name #generics(#(#arguments),*) -> #name { #name {} }
        #[allow(warnings)]
        impl #name {
            #vis #sig { loop {} }
        }
        #implementation
    }
}
/// The errors, and the function with the types that it has, when not even its signature is understood.
pub(super) fn least_stub(written: &Written, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    let mut item = written.item.clone();
    *item.block = parse_quote!({ loop {} });
    quote! {
        #errors
        #[allow(warnings)]
        #item
    }
}

/// The type that holds the arguments, and the function that makes it.
fn constructor(fact: &FactInput) -> TokenStream {
    let item = &fact.item;
    let (name, vis) = (&item.sig.ident, &item.vis);
    let (docs, missing) = carried(&item.attrs);
    let fields = fact.arguments.iter().map(|argument| {
        let (ident, ty) = (&argument.ident, stored_type(argument, fact));
        quote!(#ident: #ty)
    });
    let krate = &fact.options.krate;
    let parameters = fact.arguments.iter().map(|argument| {
        let (ident, ty) = (&argument.ident, &argument.ty);
        quote!(#ident: #ty)
    });
    let values = fact.arguments.iter().map(|argument| {
        let ident = &argument.ident;
        if referent(&argument.ty).is_some() {
            quote_spanned! {at(argument.ty.span())=>
                #ident: #krate::__private::ToOwned::to_owned(#ident)
            }
        } else {
            ident.to_token_stream()
        }
    });
    quote! {
        #(#docs)*
        #missing
        #[allow(non_camel_case_types)]
        #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
        #vis struct #name { #(#fields),* }
        #(#docs)*
        #[must_use]
        #vis fn #name(#(#parameters),*) -> #name { #name { #(#values),* } }
    }
}

/// The type of an argument inside of the fact's value.
fn stored_type(argument: &Argument, fact: &FactInput) -> TokenStream {
    let krate = &fact.options.krate;
    match referent(&argument.ty) {
        Some(inner) => quote_spanned! {at(inner.span())=>
            <#inner as #krate::__private::ToOwned>::Owned
        },
        None => argument.ty.to_token_stream(),
    }
}

/// The user's function, as `fold` of the fact's type.
fn fold(fact: &FactInput, body: &TokenStream) -> TokenStream {
    let item = &fact.item;
    let (name, vis) = (&item.sig.ident, &item.vis);
    let mut sig = item.sig.clone();
    sig.ident = Ident::new("fold", name.span());
    for argument in &fact.arguments {
        // A tag narrows the query, and the first state may take arguments: the fold need not use them.
        if argument.tag.is_none() && fact.initial().is_none() {
            continue;
        }
        if let Some(FnArg::Typed(typed)) = sig.inputs.iter_mut().nth(argument.index) {
            typed.attrs.push(parse_quote!(#[allow(unused_variables)]));
        }
    }
    let rest = own(&item.attrs);
    let cfg = of_name(&item.attrs, &["cfg"]);
    let returns = !fact.state.in_place && of_name(&item.attrs, &["must_use"]).next().is_none();
    let must_use = returns.then(|| quote!(#[must_use]));
    let doc =
        format!("Folds one more event into the state of `{name}`: the function as it is written.");
    quote! {
        #(#cfg)*
        impl #name {
            #[doc = #doc]
            #must_use
            #(#rest)*
            #vis #sig #body
        }
    }
}

/// The key and kind of each tag, in the order of the arguments.
fn tag_kinds(fact: &FactInput) -> TokenStream {
    let kinds = fact.tags().map(|(argument, key)| {
        let ty = referent(&argument.ty).unwrap_or(&argument.ty);
        let (key, kind) = (
            &key.key,
            quote_spanned!(at(ty.span())=> <#ty as __factos::TagValue>::KIND),
        );
        quote!((#key, #kind))
    });
    quote!(const __TAGS: &[(&str, __factos::TagKind)] = &[#(#kinds),*];)
}

/// One check an event, at its name in the pattern: it exists and carries the tags.
fn checks(fact: &FactInput, reads: &Reads) -> TokenStream {
    let name = fact.item.sig.ident.unraw().to_string();
    let has_items = infer::has_items(&fact.item.block);
    let all = || {
        let check = quote!(__factos::check_fact(__SCHEMA, #name, &[], __TAGS));
        fail_with(fact.item.sig.ident.span(), &quote!({ #check }))
    };
    match reads {
        Reads::Events(events) => {
            let each = events.iter().map(|event| {
                let tags = if event.tags.is_none() {
                    quote!(__TAGS)
                } else {
                    let places = narrowed_by(fact, event);
                    quote!(&[#(__TAGS[#places]),*])
                };
                let path = &event.path;
                let check = quote!(__factos::check_fact(__SCHEMA, #name, &[#(#path),*], #tags));
                infer::check_known(event, &check, has_items)
            });
            each.collect()
        }
        Reads::All => all(),
        Reads::OnlyOfStruct(violation) => {
            let (many, all) = (infer::check_struct(violation), all());
            quote!(#many #all)
        }
    }
}

/// The places of the tags that narrow an event, among all tags of the fact.
fn narrowed_by(fact: &FactInput, event: &Matched) -> Vec<usize> {
    let keys = event.tag_set();
    let tags = fact.tags().enumerate();
    tags.filter(|(_, (_, tag))| {
        keys.as_ref()
            .is_none_or(|keys| keys.contains(&tag.key.as_str()))
    })
    .map(|(place, _)| place)
    .collect()
}

/// One item for all events that are narrowed alike.
fn query(fact: &FactInput, reads: &Reads) -> TokenStream {
    let all = [Matched {
        path: Vec::new(),
        qualified: None,
        tags: None,
        span: fact.item.sig.ident.span(),
    }];
    let events = match reads {
        Reads::Events(events) => events.as_slice(),
        Reads::All | Reads::OnlyOfStruct(_) => &all,
    };
    let mut groups: Vec<(Vec<usize>, Vec<TokenStream>)> = Vec::new();
    for event in events {
        let places = narrowed_by(fact, event);
        let names = &event.path;
        let path = quote!(&[#(#names),*]);
        match groups.iter_mut().find(|(other, _)| *other == places) {
            Some((_, paths)) => paths.push(path),
            None => groups.push((places, vec![path])),
        }
    }
    let tags = fact.tags().enumerate().map(|(place, (argument, key))| {
        let (tag, ident, key) = (format_ident!("__tag{place}"), &argument.ident, &key.key);
        let ty = referent(&argument.ty).unwrap_or(&argument.ty);
        // The same tokens as for the kind, so that a type that is no tag value is reported once.
        let value = quote_spanned! {at(ty.span())=>
            <#ty as __factos::TagValue>::tag_value(&self.#ident)
        };
        quote!(let #tag = __factos::Tag::new(#key, #value)?;)
    });
    let items = groups.iter().map(|(places, paths)| {
        let tags = places.iter().map(|place| format_ident!("__tag{place}"));
        quote!(__factos::item(__SCHEMA, &[#(#paths),*], &[#(&#tags),*])?)
    });
    quote! {
        #(#tags)*
        __factos::Ok(__factos::Query::new([#(#items),*]))
    }
}

fn methods(fact: &FactInput, query: &TokenStream) -> TokenStream {
    let (input, state) = (&fact.input, &fact.state.ty);
    let name = fact.item.sig.ident.unraw().to_string();
    let last = fact.options.last.map(|_| {
        quote!(
            const LAST_ONLY: bool = true;
        )
    });
    let initial = initial(fact);
    let apply = apply(fact);
    quote! {
        type Input = #input;
        type State = #state;
        const NAME: &'static str = #name;
        #last
        fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> { #query }
        fn initial(&self) -> #state { #initial }
        fn apply(&self, __state: #state, __event: &#input) -> #state { #apply }
    }
}

fn initial(fact: &FactInput) -> TokenStream {
    let state = &fact.state.ty;
    let Some(initial) = fact.initial() else {
        return quote_spanned!(at(state.span())=> <#state as ::core::default::Default>::default());
    };
    let arguments = fact.arguments.iter().map(|argument| {
        let (ident, ty, value) = (&argument.ident, &argument.ty, passed(argument));
        quote!(#[allow(unused_variables)] let #ident: #ty = #value;)
    });
    quote!(#(#arguments)* #initial)
}

fn apply(fact: &FactInput) -> TokenStream {
    let arguments = fact.arguments.iter().map(passed);
    if fact.state.in_place {
        return quote! {
            let mut __state = __state;
            Self::fold(&mut __state, __event, #(#arguments),*);
            __state
        };
    }
    let span = match &fact.item.sig.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => fact.state.span,
    };
    quote_spanned!(at(span)=> Self::fold(__state, __event, #(#arguments),*))
}

/// An argument as the fold takes it, out of the fact's value.
fn passed(argument: &Argument) -> TokenStream {
    let (ident, ty): (_, &Type) = (&argument.ident, &argument.ty);
    if referent(ty).is_some() {
        quote!(&self.#ident)
    } else {
        quote_spanned!(at(ty.span())=> ::core::clone::Clone::clone(&self.#ident))
    }
}
