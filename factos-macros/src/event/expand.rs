//! What is written for an event type that follows the rules.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, Type};

use super::parse::{Body, EventInput, Shape, VariantInput, rust_name};
use crate::diagnostics::{Diagnostics, at, fail_with};

pub(super) fn expand(event: &EventInput) -> TokenStream {
    let ident = &event.ident;
    let krate = &event.krate;
    let methods = [
        schema(event),
        event_type(event),
        event_version(event),
        tags(event),
        encode(event),
        decode(event),
    ];
    let unique = check_set(event);
    quote! {
        const _: () = {
            use #krate::__private as __factos;
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
                fn event_version(&self) -> u32 { 1 }
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

fn schema(event: &EventInput) -> TokenStream {
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
            let own = own_event(event, variant);
            quote!(__factos::Variant::own(#rust, #own))
        }
    });
    quote! {
        const SCHEMA: &'static __factos::Schema = &__factos::Schema::#make(#name, &[#(#variants),*]);
    }
}

fn own_event(event: &EventInput, variant: &VariantInput) -> TokenStream {
    let name = event.stored_name(variant);
    let mut own = quote!(__factos::OwnEvent::named(#name));
    if !variant.aliases.is_empty() {
        let aliases = &variant.aliases;
        own.extend(quote!(.aliases(&[#(#aliases),*])));
    }
    if let Some(version) = &variant.version {
        own.extend(quote!(.version(#version)));
    }
    let tags: Vec<TokenStream> = tagged(event, variant)
        .map(|(_, ty, key)| {
            let kind = quote_spanned!(at(ty.span())=> <#ty as __factos::TagField>::KIND);
            quote!((#key, #kind))
        })
        .collect();
    if !tags.is_empty() {
        own.extend(quote!(.tags(&[#(#tags),*])));
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
    let arms = arms(
        event,
        |variant| event.stored_name(variant).to_token_stream(),
        |inner| quote_spanned!(at(inner.span())=> <#inner as __factos::Event>::event_type(__e)),
    );
    quote!(fn event_type(&self) -> &'static str { match self { #(#arms)* } })
}

fn event_version(event: &EventInput) -> TokenStream {
    let arms = arms(
        event,
        |variant| {
            variant
                .version
                .as_ref()
                .map_or_else(|| quote!(1), |v| quote!(#v))
        },
        |inner| quote_spanned!(at(inner.span())=> <#inner as __factos::Event>::event_version(__e)),
    );
    quote!(fn event_version(&self) -> u32 { match self { #(#arms)* } })
}

/// One match arm a variant; `wraps` has the inner event as `__e`. Variants with the same answer share an arm.
fn arms(
    event: &EventInput,
    own: impl Fn(&VariantInput) -> TokenStream,
    wraps: impl Fn(&Type) -> TokenStream,
) -> Vec<TokenStream> {
    let mut shared: Vec<(String, Vec<TokenStream>, TokenStream)> = Vec::new();
    for variant in event.variants() {
        let path = path(event, variant);
        let (pattern, answer) = match &variant.body {
            Body::Wraps(inner) => (quote!(#path(__e)), wraps(inner)),
            _ => (quote!(#path { .. }), own(variant)),
        };
        let text = answer.to_string();
        let is_own = !matches!(variant.body, Body::Wraps(_));
        match shared
            .iter_mut()
            .find(|(other, ..)| is_own && *other == text)
        {
            Some((_, patterns, _)) => patterns.push(pattern),
            None => shared.push((text, vec![pattern], answer)),
        }
    }
    let arm = |(_, patterns, answer): (_, Vec<TokenStream>, TokenStream)| quote!(#(#patterns)|* => #answer,);
    shared.into_iter().map(arm).collect()
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
    let mut arms = Vec::new();
    let mut untagged = Vec::new();
    for variant in event.variants() {
        let path = path(event, variant);
        if let Body::Wraps(inner) = &variant.body {
            let inner = quote_spanned!(at(inner.span())=> <#inner as __factos::Event>::tags(__e)?);
            arms.push(quote!(#path(__e) => __tags = #inner,));
            continue;
        }
        let mut bindings: Vec<(&Ident, Ident)> = Vec::new();
        let mut adds = Vec::new();
        for (field, ty, key) in tagged(event, variant) {
            let known = bindings.iter().find(|(other, _)| *other == field);
            let binding = if let Some((_, binding)) = known {
                binding.clone()
            } else {
                let binding = format_ident!("__{}", bindings.len());
                bindings.push((field, binding.clone()));
                binding
            };
            adds.push(quote_spanned! {at(ty.span())=>
                <#ty as __factos::TagField>::add_tags(#binding, #key, &mut __tags)?;
            });
        }
        if adds.is_empty() {
            untagged.push(quote!(#path { .. }));
        } else {
            let (fields, names): (Vec<_>, Vec<_>) = bindings.into_iter().unzip();
            arms.push(quote!(#path { #(#fields: #names,)* .. } => { #(#adds)* }));
        }
    }
    if arms.is_empty() {
        return quote!(fn tags(&self) -> #result { __factos::Ok(__factos::Tags::new()) });
    }
    if !untagged.is_empty() {
        arms.push(quote!(#(#untagged)|* => {}));
    }
    quote! {
        fn tags(&self) -> #result {
            let mut __tags = __factos::Tags::new();
            match self { #(#arms)* }
            __factos::Ok(__tags)
        }
    }
}

/// The codec with the span of the type's name, where a missing serde derive is reported.
fn codec(event: &EventInput) -> TokenStream {
    let span = at(event.ident.span());
    let codec = if let Some(codec) = &event.codec {
        codec.to_token_stream()
    } else {
        quote_spanned!(span=> __factos::Json)
    };
    quote_spanned!(span=> <#codec as __factos::Codec<Self>>)
}

fn encode(event: &EventInput) -> TokenStream {
    let codec = codec(event);
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
        (true, true) => quote!(#codec::encode(self)),
        (true, false) => quote!(match self { #(#arms)* _ => #codec::encode(self) }),
        (false, _) => quote!(match self { #(#arms)* }),
    };
    quote! {
        fn encode(&self) -> __factos::Result<__factos::Data, __factos::CodecError> { #body }
    }
}

fn decode(event: &EventInput) -> TokenStream {
    let codec = codec(event);
    let mut wraps = Vec::new();
    let mut forms = Vec::new();
    for (index, variant) in (0_u32..).zip(event.variants()) {
        let path = path(event, variant);
        let rust = rust_name(&variant.ident);
        if let Body::Wraps(inner) = &variant.body {
            let decode = quote_spanned! {at(inner.span())=>
                <#inner as __factos::Event>::decode(__type, __version, __data)?
            };
            wraps.push(quote! {
                if let __factos::Some(__e) = #decode { return __factos::Ok(__factos::Some(#path(__e))); }
            });
            continue;
        }
        let name = event.stored_name(variant);
        let aliases = &variant.aliases;
        let form = if let Shape::Struct(_) = event.shape {
            quote!(__factos::EventForm::Struct)
        } else {
            quote!(__factos::EventForm::Variant { index: #index, ident: #rust })
        };
        forms.push(quote!(#name #(| #aliases)* => #form,));
    }
    let own = if forms.is_empty() {
        quote!(__factos::Ok(__factos::None))
    } else {
        quote! {
            let __form = match __type { #(#forms)* _ => return __factos::Ok(__factos::None) };
            #codec::decode(__form, __data).map(__factos::Some)
        }
    };
    let version = if wraps.is_empty() {
        quote!(_)
    } else {
        quote!(__version)
    };
    quote! {
        fn decode(
            __type: &str, #version: u32, __data: &__factos::Data,
        ) -> __factos::Result<__factos::Option<Self>, __factos::CodecError> {
            #(#wraps)*
            #own
        }
    }
}
