//! What was written: the function, and the facts that stand on its parameters.

use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, FnArg, Ident, ItemFn, Path, Token};

use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::options;

/// A function with `#[decider]`, before its signature is understood.
pub(super) struct Written {
    /// The function without the attributes that are ours.
    pub(super) item: ItemFn,
    pub(super) krate: Path,
    /// The fact of each parameter, in order.
    pub(super) facts: Vec<Option<WrittenFact>>,
}

/// What stands in `#[fact(..)]` on a parameter.
pub(super) struct WrittenFact {
    pub(super) expr: Expr,
    /// `guard`: the fact has to hold, whatever its state is.
    pub(super) guard: bool,
}

pub(super) fn parse(arguments: TokenStream, mut item: ItemFn, errors: &mut Diagnostics) -> Written {
    let mut krate = None;
    options::parse_arguments(arguments, errors, |meta, errors| {
        if meta.path.is_ident("crate") {
            options::set_once(
                &mut krate,
                options::crate_path(meta.value()?)?,
                meta,
                errors,
            );
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
fn take_fact(
    attrs: &mut Vec<Attribute>,
    place: usize,
    errors: &mut Diagnostics,
) -> Option<WrittenFact> {
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
        let (attribute, guard) = take_guard(attribute, errors);
        let expr = options::fact_expression(
            &attribute,
            "name the fact: `#[fact(seats_taken(&cmd.course))]`",
            errors,
        );
        fact = Some(WrittenFact { expr, guard });
    }
    attrs.retain(|attribute| !attribute.path().is_ident("fact"));
    fact
}

/// The attribute without `guard,` in front of the fact, and whether it was there.
fn take_guard(attribute: &Attribute, errors: &mut Diagnostics) -> (Attribute, bool) {
    let parsed = attribute.parse_args_with(|input: ParseStream<'_>| {
        let word: Ident = input.parse()?;
        input.parse::<Token![,]>()?;
        Ok((word, input.parse::<TokenStream>()?))
    });
    let mut attribute = attribute.clone();
    let (syn::Meta::List(list), Ok((word, rest))) = (&mut attribute.meta, parsed) else {
        return (attribute, false);
    };
    let near = did_you_mean(&word.to_string(), &["guard"]);
    if word != "guard" && near.starts_with("did") {
        errors.at(&word, format!("a fact has no option `{word}`; {near}"));
    } else if word != "guard" {
        return (attribute, false);
    }
    list.tokens = rest;
    (attribute, true)
}
