//! What was written: the function, and the facts that stand on its parameters.

use proc_macro2::TokenStream;
use syn::{Attribute, Expr, FnArg, ItemFn, Path};

use crate::diagnostics::Diagnostics;
use crate::options;

/// A function with `#[decider]`, before its signature is understood.
pub(super) struct Written {
    /// The function without the attributes that are ours.
    pub(super) item: ItemFn,
    pub(super) krate: Path,
    /// The fact of each parameter, in order.
    pub(super) facts: Vec<Option<Expr>>,
}

pub(super) fn parse(arguments: TokenStream, mut item: ItemFn, errors: &mut Diagnostics) -> Written {
    let mut krate = None;
    options::parse_arguments(arguments, errors, |meta, errors| {
        if meta.path.is_ident("crate") {
            options::set_once(&mut krate, options::value(meta)?, meta, errors);
            Ok(())
        } else {
            options::unknown("decider", &["crate"], meta, errors)
        }
    });
    let mut facts = Vec::new();
    for (place, argument) in item.sig.inputs.iter_mut().enumerate() {
        let (FnArg::Typed(syn::PatType { attrs, .. })
        | FnArg::Receiver(syn::Receiver { attrs, .. })) = argument;
        facts.push(take_fact(attrs, place, errors));
    }
    Written {
        item,
        krate: krate.unwrap_or_else(options::default_crate),
        facts,
    }
}

/// Takes `#[fact(..)]` off a parameter. A broken one counts as there, so that it is reported once.
fn take_fact(attrs: &mut Vec<Attribute>, place: usize, errors: &mut Diagnostics) -> Option<Expr> {
    let mut fact = None;
    for attribute in attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("fact"))
    {
        if place == 0 {
            errors.at(
                attribute,
                "the first parameter is the command, which is given; remove `#[fact(..)]` here",
            );
        } else if fact.is_some() {
            errors.at(
                attribute,
                "a parameter is one fact; for several write a tuple: `#[fact((a(..), b(..)))]`",
            );
        }
        let expr = options::fact_expression(
            attribute,
            "name the fact: `#[fact(seats_taken(&cmd.course))]`",
            errors,
        );
        fact = Some(expr);
    }
    attrs.retain(|attribute| !attribute.path().is_ident("fact"));
    fact
}
