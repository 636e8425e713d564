//! The state of a fact: its type, and how it comes back unchanged.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::spanned::Spanned as _;
use syn::{FnArg, Ident, Pat, ReturnType, Type};

use crate::diagnostics::Diagnostics;
use crate::infer::{Form, Kept};
use crate::types::{impl_trait, ungrouped};

/// The state.
pub(super) struct State {
    pub(super) ty: Type,
    /// `&mut State`, and nothing is returned.
    pub(super) in_place: bool,
    /// How the body gives it back unchanged; none when its pattern leaves parts out.
    pub(super) kept: Option<Kept>,
    pub(super) span: Span,
}

pub(super) fn parse(
    argument: &FnArg,
    output: &ReturnType,
    errors: &mut Diagnostics,
) -> Option<State> {
    let FnArg::Typed(argument) = argument else {
        errors.at(
            argument,
            "a fact is a free function: take the state here, `taken: u32`",
        );
        return None;
    };
    let (ty, in_place) = match ungrouped(&argument.ty) {
        Type::Reference(reference) if reference.mutability.is_some() => {
            if let ReturnType::Type(_, output) = output {
                errors.at(
                    output,
                    "a state that is changed in place is not returned: remove this, or take the state by value",
                );
            }
            ((*reference.elem).clone(), true)
        }
        Type::Reference(reference) => {
            let inner = &reference.elem;
            errors.at(
                reference,
                format!(
                    "a fact owns its state: take it by value, `{0}`, or as `&mut {0}`",
                    inner.to_token_stream()
                ),
            );
            return None;
        }
        ty => {
            if matches!(output, ReturnType::Default) {
                errors.at(
                    ty,
                    format!(
                        "a fact returns the next state: write `-> {0}`, or take the state as `&mut {0}`",
                        ty.to_token_stream()
                    ),
                );
            }
            (ty.clone(), false)
        }
    };
    if let Some(found) = impl_trait(&ty) {
        errors.at(
            found,
            "a fact's state is kept between events: name its type",
        );
        return None;
    }
    let mut names = Vec::new();
    let mut mutable = in_place;
    let expr = rebuild(&argument.pat, &mut names, &mut mutable);
    let kept = expr.map(|expr| Kept {
        form: if in_place {
            Form::InPlace
        } else {
            Form::State(expr)
        },
        names,
        mutable,
    });
    Some(State {
        ty,
        in_place,
        kept,
        span: argument.pat.span(),
    })
}

/// The expression that a pattern takes apart, out of plain names and tuples.
fn rebuild(pattern: &Pat, names: &mut Vec<Ident>, mutable: &mut bool) -> Option<TokenStream> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            *mutable |= name.mutability.is_some();
            names.push(name.ident.clone());
            Some(name.ident.to_token_stream())
        }
        Pat::Paren(inner) => rebuild(&inner.pat, names, mutable),
        Pat::Tuple(tuple) => {
            let mut parts = Vec::new();
            for part in &tuple.elems {
                parts.push(rebuild(part, names, mutable)?);
            }
            let comma = (parts.len() == 1).then(|| quote!(,));
            Some(quote!((#(#parts),* #comma)))
        }
        _ => None,
    }
}
