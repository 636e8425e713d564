//! What is written for an event type that follows the rules.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, Type};

use super::parse::{Body, EventInput, Shape, VariantInput, rust_name};
use crate::diagnostics::{Diagnostics, at, fail_with};

pub(super) fn expand(event: &EventInput) -> TokenStream {
    let ident = &event.ident;
    let krate = &event.krate;
    let (events, schema) = schema(event);
    let methods = [
        schema,
        event_type(event),
        tags(event),
        encode(event),
        decode(event),
    ];
    let unique = check_set(event);
    quote! {
        const _: () = {
            use #krate::__private as __factos;
            #events
            #unique
            #[automatically_derived]
            impl __factos::Event for #ident { #(#methods)* }
        };
    }
}

/// The errors, and an implementation that every check takes, so that nothing else is reported.
pub(super) fn stub(event: &EventInput, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    if !event.generics.params.is_empty() {
        return errors;
    }
    let (ident, krate) = (&event.ident, &event.krate);
    quote! {
        #errors
        const _: () = {
            use #krate::__private as __factos;
            #[automatically_derived]
            impl __factos::Event for #ident {
                const SCHEMA: &'static __factos::Schema = __factos::UNKNOWN;
                fn event_type(&self) -> &'static str { "" }
                fn tags(&self) -> __factos::Result<__factos::Tags, __factos::LimitError> { loop {} }
                fn encode(&self) -> __factos::Result<__factos::Data, __factos::CodecError> { loop {} }
                fn decode(
                    _: &str, _: u32, _: &__factos::Data,
                ) -> __factos::Result<__factos::Option<Self>, __factos::CodecError> { loop {} }
            }
        };
    }
}

/// The same event in two wrapped types is seen only when both schemas are known.
fn check_set(event: &EventInput) -> TokenStream {
    let wraps = |variant: &VariantInput| matches!(variant.body, Body::Wraps(_));
    if !event.variants().iter().any(wraps) {
        return TokenStream::new();
    }
    let ident = &event.ident;
    let schema = quote!(<#ident as __factos::Event>::SCHEMA);
    fail_with(ident.span(), &quote!(__factos::check_set(#schema)))
}

/// The variants as a constant of their own, and the constant of the trait.
fn schema(event: &EventInput) -> (TokenStream, TokenStream) {
    let name = rust_name(&event.ident);
    let make = if let Shape::Struct(_) = event.shape {
        quote!(of_struct)
    } else {
        quote!(of_enum)
    };
    let variants = event.variants().iter().map(|variant| {
        let rust = rust_name(&variant.ident);
        if let Body::Wraps(inner) = &variant.body {
            let schema = quote_spanned!(at(inner.span())=> <#inner as __factos::Event>::SCHEMA);
            quote!(__factos::Variant::wraps(#rust, #schema))
        } else {
            own_event(event, variant)
        }
    });
    let events = quote!(const __EVENTS: &[__factos::Variant] = &[#(#variants),*];);
    let schema = quote! {
        const SCHEMA: &'static __factos::Schema = &__factos::#make(::core::module_path!(), #name, __EVENTS);
    };
    (events, schema)
}

fn own_event(event: &EventInput, variant: &VariantInput) -> TokenStream {
    let rust = rust_name(&variant.ident);
    let tags = tagged(event, variant).map(|(_, ty, key)| {
        let kind = quote_spanned!(at(ty.span())=> <#ty as __factos::TagField>::KIND);
        quote!((#key, #kind))
    });
    let mut own = quote!(__factos::event(#rust, &[#(#tags),*]));
    let name = event.stored_name(variant);
    if name != rust {
        own.extend(quote!(.named(#name)));
    }
    if !variant.aliases.is_empty() {
        let aliases = &variant.aliases;
        own.extend(quote!(.aliases(&[#(#aliases),*])));
    }
    if let Some(version) = &variant.version {
        own.extend(quote!(.version(#version)));
    }
    own
}

/// Each tag of a variant: the field, its type, the key.
fn tagged<'a>(
    event: &'a EventInput,
    variant: &'a VariantInput,
) -> impl Iterator<Item = (&'a Ident, &'a Type, &'a str)> {
    let fields = match &variant.body {
        Body::Named(fields) => fields.as_slice(),
        _ => &[],
    };
    fields.iter().flat_map(|field| {
        let keys = event.keys(field).into_iter();
        keys.map(|key| (&field.ident, &field.ty, key))
    })
}

fn event_type(event: &EventInput) -> TokenStream {
    let arms = event.variants().iter().map(|variant| {
        let path = path(event, variant);
        if let Body::Wraps(inner) = &variant.body {
            let inner = quote_spanned! {at(inner.span())=>
                <#inner as __factos::Event>::event_type(__e)
            };
            quote!(#path(__e) => #inner,)
        } else {
            let name = event.stored_name(variant);
            quote!(#path { .. } => #name,)
        }
    });
    quote! {
        fn event_type(&self) -> &'static str {
            match self { #(#arms)* }
        }
    }
}

/// The path of a variant in patterns: `Self::Variant`, or `Self` for a struct.
fn path(event: &EventInput, variant: &VariantInput) -> TokenStream {
    let ident = &variant.ident;
    if let Shape::Struct(_) = event.shape {
        quote!(Self)
    } else {
        quote!(Self::#ident)
    }
}

fn tags(event: &EventInput) -> TokenStream {
    let result = quote!(__factos::Result<__factos::Tags, __factos::LimitError>);
    // Variants with the same tags share an arm.
    let mut arms: Vec<(String, Vec<TokenStream>, TokenStream)> = Vec::new();
    for variant in event.variants() {
        let (pattern, body) = variant_tags(event, variant);
        let text = body.to_string();
        let is_own = !matches!(variant.body, Body::Wraps(_));
        match arms.iter_mut().find(|(other, ..)| is_own && *other == text) {
            Some((_, patterns, _)) => patterns.push(pattern),
            None => arms.push((text, vec![pattern], body)),
        }
    }
    if arms.iter().all(|(.., body)| body.is_empty()) {
        return quote!(fn tags(&self) -> #result { __factos::Ok(__factos::Tags::new()) });
    }
    let arms = arms
        .iter()
        .map(|(_, patterns, body)| quote!(#(#patterns)|* => { #body }));
    quote! {
        fn tags(&self) -> #result {
            let mut __tags = __factos::Tags::new();
            match self { #(#arms)* }
            __factos::Ok(__tags)
        }
    }
}

/// The pattern that takes a variant's tagged fields, and what adds their tags.
fn variant_tags(event: &EventInput, variant: &VariantInput) -> (TokenStream, TokenStream) {
    let path = path(event, variant);
    if let Body::Wraps(inner) = &variant.body {
        let inner = quote_spanned!(at(inner.span())=> <#inner as __factos::Event>::tags(__e)?);
        return (quote!(#path(__e)), quote!(__tags = #inner;));
    }
    let mut bindings: Vec<(&Ident, Ident)> = Vec::new();
    let mut adds = TokenStream::new();
    for (field, ty, key) in tagged(event, variant) {
        let known = bindings.iter().find(|(other, _)| *other == field);
        let binding = if let Some((_, binding)) = known {
            binding.clone()
        } else {
            let binding = format_ident!("__{}", bindings.len());
            bindings.push((field, binding.clone()));
            binding
        };
        adds.extend(quote_spanned! {at(ty.span())=>
            <#ty as __factos::TagField>::add_tags(#binding, #key, &mut __tags)?;
        });
    }
    let (fields, names): (Vec<_>, Vec<_>) = bindings.into_iter().unzip();
    (quote!(#path { #(#fields: #names,)* .. }), adds)
}

/// The codec, where a missing serde derive is reported: with the span of the type's name.
fn codec(event: &EventInput) -> TokenStream {
    let json = || quote_spanned!(at(event.ident.span())=> __factos::Json);
    event
        .codec
        .as_ref()
        .map_or_else(json, ToTokens::to_token_stream)
}

fn encode(event: &EventInput) -> TokenStream {
    let codec = codec(event);
    let encode = quote_spanned! {at(event.ident.span())=>
        <Self as __factos::StoredBy<#codec>>::encode_with(self)
    };
    let mut arms = Vec::new();
    let mut owns = false;
    for variant in event.variants() {
        let path = path(event, variant);
        match &variant.body {
            Body::Wraps(inner) => {
                let inner =
                    quote_spanned!(at(inner.span())=> <#inner as __factos::Event>::encode(__e));
                arms.push(quote!(#path(__e) => #inner,));
            }
            _ => owns = true,
        }
    }
    let body = match (owns, arms.is_empty()) {
        (true, true) => quote!(#encode),
        (true, false) => quote!(match self { #(#arms)* _ => #encode }),
        (false, _) => quote!(match self { #(#arms)* }),
    };
    quote! {
        fn encode(&self) -> __factos::Result<__factos::Data, __factos::CodecError> { #body }
    }
}

fn decode(event: &EventInput) -> TokenStream {
    let codec = codec(event);
    let decode = quote_spanned! {at(event.ident.span())=>
        <Self as __factos::StoredBy<#codec>>::decode_named(__type, __data)
    };
    let mut owns = false;
    let mut wraps = Vec::new();
    for variant in event.variants() {
        let Body::Wraps(inner) = &variant.body else {
            owns = true;
            continue;
        };
        let path = path(event, variant);
        let inner = quote_spanned! {at(inner.span())=>
            <#inner as __factos::Event>::decode(__type, __version, __data)?
        };
        wraps.push(quote! {
            if let __factos::Some(__e) = #inner {
                return __factos::Ok(__factos::Some(#path(__e)));
            }
        });
    }
    let own = if owns {
        decode
    } else {
        quote!(__factos::Ok(__factos::None))
    };
    let version = if wraps.is_empty() {
        quote!(_)
    } else {
        quote!(__version)
    };
    quote! {
        fn decode(
            __type: &str, #version: u32, __data: &__factos::Data,
        ) -> __factos::Decoded<Self> {
            #(#wraps)*
            #own
        }
    }
}
