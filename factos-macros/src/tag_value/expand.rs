//! What is written for a newtype that follows the rules.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::check::Newtype;
use super::parse::ValueInput;
use crate::diagnostics::{Diagnostics, at};

pub(super) fn expand(value: &ValueInput, newtype: &Newtype<'_>) -> TokenStream {
    let (member, ty) = (&newtype.member, &newtype.field.ty);
    let text = quote_spanned! {at(ty.span())=>
        <#ty as __factos::TagValue>::tag_value(&self.#member)
    };
    implementation(value, &text)
}

/// The errors, and an implementation, so that nothing else is reported.
pub(super) fn stub(value: &ValueInput, errors: &Diagnostics) -> TokenStream {
    let errors = errors.compile_errors();
    if !value.generics.params.is_empty() {
        return errors;
    }
    let stub = implementation(value, &quote!(loop {}));
    quote!(#errors #stub)
}

fn implementation(value: &ValueInput, text: &TokenStream) -> TokenStream {
    let (ident, krate) = (&value.ident, &value.krate);
    let name = ident.unraw().to_string();
    quote! {
        const _: () = {
            use #krate::__private as __factos;
            #[automatically_derived]
            impl __factos::TagValue for #ident {
                const KIND: __factos::TagKind = __factos::TagKind::new(::core::module_path!(), #name);
                fn tag_value(&self) -> __factos::Cow<'_, str> { #text }
            }
        };
    }
}
