//! A parameter behind the event: what the reactor's value holds, and its function borrows.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{FnArg, Ident, Pat, Path, Type, TypeReference};

use crate::diagnostics::{Diagnostics, at};
use crate::types::{borrowed, impl_trait, ungrouped, written};

pub(super) struct Dependency {
    pub(super) ident: Ident,
    /// What the function borrows, without `&`.
    pub(super) ty: Type,
}

impl Dependency {
    pub(super) fn parse(argument: &FnArg, errors: &mut Diagnostics) -> Option<Self> {
        let FnArg::Typed(typed) = argument else {
            return None;
        };
        let ident = match &*typed.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => &name.ident,
            pattern => {
                errors.at(
                    pattern,
                    "what a reactor needs is a part of its value, and has a name: `mailer: &Mailer`",
                );
                return None;
            }
        };
        let ty = ungrouped(&typed.ty);
        if let Some(found) = impl_trait(ty) {
            errors.at(
                found,
                "what a reactor needs is a part of its value: name its type",
            );
            return None;
        }
        let reference = reference(ty, errors)?;
        is_owned(&reference.elem, errors)?;
        Some(Self {
            ident: ident.clone(),
            ty: ungrouped(&reference.elem).clone(),
        })
    }

    /// The type of the field: `String` for `&str`, `Vec<T>` for `&[T]`.
    pub(super) fn held(&self, krate: &Path) -> TokenStream {
        let ty = &self.ty;
        let unsized_text = matches!(ty, Type::Path(path) if path.path.is_ident("str"));
        if unsized_text || matches!(ty, Type::Slice(_)) {
            quote_spanned!(at(ty.span())=> <#ty as #krate::__private::ToOwned>::Owned)
        } else {
            ty.to_token_stream()
        }
    }

    /// What is asked of the type, with its span, where rustc says that it cannot be sent to another thread.
    pub(super) fn bounds(&self, krate: &Path) -> TokenStream {
        let held = self.held(krate);
        quote_spanned! {at(self.ty.span())=>
            #held: ::core::marker::Send + ::core::marker::Sync
        }
    }

    /// The argument of the function, out of the reactor's value.
    pub(super) fn passed(&self) -> TokenStream {
        let ident = &self.ident;
        quote!(&self.#ident)
    }
}

fn reference<'a>(ty: &'a Type, errors: &mut Diagnostics) -> Option<&'a TypeReference> {
    let reference = match ty {
        Type::Reference(reference) => reference,
        ty => {
            let written = written(ty);
            errors.at(
                ty,
                format!(
                    "a reactor is called for many events, and so borrows what it needs from its value: write `&{written}`"
                ),
            );
            return None;
        }
    };
    if let Some(token) = &reference.mutability {
        errors.at(
            token,
            "a reactor may be called for several events at once: remove `mut`, and keep what changes in a `Mutex`",
        );
        return None;
    }
    if let Type::TraitObject(_) = ungrouped(&reference.elem) {
        let written = written(&reference.elem);
        errors.at(
            &reference.elem,
            format!(
                "the reactor's value holds this, which has no size: write `&Arc<{written} + Send + Sync>`, or name the type"
            ),
        );
        return None;
    }
    Some(reference)
}

/// The reactor's value lives as long as the log is followed.
fn is_owned(ty: &Type, errors: &mut Diagnostics) -> Option<()> {
    if let Some(found) = borrowed(ty) {
        errors.at(
            found,
            "the reactor's value holds this, and owns it: write an owned type here, such as `String` or an `Arc`",
        );
        return None;
    }
    Some(())
}
