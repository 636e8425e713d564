//! Questions about types, as far as their tokens tell.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{GenericArgument, Ident, Lifetime, PathArguments, Type, TypeImplTrait, TypeReference};

/// A type without the invisible brackets around one that a user's macro was given.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(inner) => ungrouped(&inner.elem),
        ty => ty,
    }
}

/// What a plain reference points to; none for owned types, and for `&'static`, which is kept as it is.
pub(crate) fn referent(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) if !is_static(reference) => Some(&reference.elem),
        Type::Paren(inner) => referent(&inner.elem),
        Type::Group(inner) => referent(&inner.elem),
        _ => None,
    }
}

fn is_static(reference: &TypeReference) -> bool {
    reference
        .lifetime
        .as_ref()
        .is_some_and(|lifetime| lifetime.ident == "static")
}

/// What a path holds in its brackets: `E` of `Recorded<E>`.
pub(crate) fn inner(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ungrouped(ty) else {
        return None;
    };
    match &path.path.segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// A type as people write it, for messages.
pub(crate) fn written(ty: &Type) -> String {
    let tokens = ty.to_token_stream().to_string();
    let joined = [" <", "< ", " >", " ::", ":: ", "& "];
    let tight = joined
        .iter()
        .fold(tokens, |text, spaced| text.replace(spaced, spaced.trim()));
    tight.replace(" ,", ",")
}

/// The last name of a path: `CourseId` of `ids::CourseId`.
pub(crate) fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        Type::Paren(inner) => last_segment(&inner.elem),
        Type::Group(inner) => last_segment(&inner.elem),
        _ => None,
    }
}

/// An `impl Trait` in a type.
pub(crate) fn impl_trait(ty: &Type) -> Option<&TypeImplTrait> {
    struct Find<'a>(Option<&'a TypeImplTrait>);
    impl<'a> Visit<'a> for Find<'a> {
        fn visit_type_impl_trait(&mut self, found: &'a TypeImplTrait) {
            self.0.get_or_insert(found);
        }
    }
    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

/// A reference in a type that does not live for ever.
pub(crate) fn elided_reference(ty: &Type) -> Option<&TypeReference> {
    struct Find<'a>(Option<&'a TypeReference>);
    impl<'a> Visit<'a> for Find<'a> {
        fn visit_type_reference(&mut self, found: &'a TypeReference) {
            if is_static(found) {
                visit::visit_type_reference(self, found);
            } else {
                self.0.get_or_insert(found);
            }
        }

        // `fn(&T)` holds nothing.
        fn visit_type_fn_ptr(&mut self, _: &'a syn::TypeFnPtr) {}
    }
    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

/// What a type borrows that does not live for ever: a lifetime, or a reference.
pub(crate) fn borrowed(ty: &Type) -> Option<TokenStream> {
    let named = lifetime(ty).map(quote::ToTokens::to_token_stream);
    named.or_else(|| elided_reference(ty).map(quote::ToTokens::to_token_stream))
}

/// A lifetime in a type, other than `'static`.
pub(crate) fn lifetime(ty: &Type) -> Option<&Lifetime> {
    struct Find<'a>(Option<&'a Lifetime>);
    impl<'a> Visit<'a> for Find<'a> {
        fn visit_lifetime(&mut self, found: &'a Lifetime) {
            if found.ident != "static" {
                self.0.get_or_insert(found);
            }
        }
    }
    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}
