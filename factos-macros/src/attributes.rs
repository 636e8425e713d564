//! Attributes of a function that becomes a type as well.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, ItemFn};

/// The function that an attribute stands on, or what is written in place of something else.
pub(crate) fn function(item: &TokenStream) -> Result<ItemFn, TokenStream> {
    syn::parse2(item.clone()).map_err(|error| {
        let errors = error.to_compile_error();
        quote!(#errors #item)
    })
}

/// The attributes with one of these names.
pub(crate) fn of_name<'a>(
    attributes: &'a [Attribute],
    names: &'a [&'a str],
) -> impl Iterator<Item = &'a Attribute> {
    attributes
        .iter()
        .filter(|attribute| names.iter().any(|name| attribute.path().is_ident(name)))
}

/// What the type and the function that makes it have from the function, and what they are allowed to leave out.
pub(crate) fn carried(attributes: &[Attribute]) -> (Vec<&Attribute>, Option<TokenStream>) {
    let carried: Vec<&Attribute> = of_name(attributes, &["doc", "cfg", "deprecated"]).collect();
    let is_documented = carried.iter().any(|carried| carried.path().is_ident("doc"));
    let missing = (!is_documented).then(|| quote!(#[allow(missing_docs)]));
    (carried, missing)
}

/// What the function itself keeps.
pub(crate) fn own(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|a| !a.path().is_ident("doc") && !a.path().is_ident("deprecated"))
}
