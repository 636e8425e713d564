//! The rules of a fact's signature, one function each, and the signature as it is understood.

use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::{Expr, FnArg, Ident, ItemFn, Pat, Safety, Type};

use super::parse::{Options, Written, plain_name};
use super::state::{self, State};
use crate::diagnostics::{Diagnostics, did_you_mean};
use crate::infer::Reads;
use crate::options::{self, TagKey, check_key};
use crate::types::{elided_reference, impl_trait, last_segment, referent, ungrouped};

/// A fact whose signature follows the rules.
pub(super) struct FactInput {
    /// The function without the attributes that are ours.
    pub(super) item: ItemFn,
    pub(super) options: Options,
    pub(super) state: State,
    /// The event's name in the body; none when it is `_`.
    pub(super) event: Option<Ident>,
    /// What the fold is called with, `E` or `Recorded<E>`.
    pub(super) input: Type,
    pub(super) arguments: Vec<Argument>,
}

/// An argument behind the event.
pub(super) struct Argument {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    /// Where it stands in the function's parameters.
    pub(super) index: usize,
    pub(super) tag: Option<TagKey>,
}

pub(super) fn check(
    mut written: Written,
    errors: &mut Diagnostics,
) -> Result<FactInput, Box<Written>> {
    plain_function(&written.item, errors);
    one_way_to_choose(&written.options, errors);
    let tags = take_tags(&mut written.item, errors);
    let inputs: Vec<FnArg> = written.item.sig.inputs.iter().cloned().collect();
    let (Some(state), Some(event)) = (inputs.first(), inputs.get(1)) else {
        errors.at(
            &written.item.sig.ident,
            "a fact takes its state and an event: `fn seats(taken: u32, event: &CourseEvent, ..) -> u32`",
        );
        return Err(Box::new(written));
    };
    for (argument, tag) in [(state, &tags[0]), (event, &tags[1])] {
        if tag.is_some() {
            errors.at(
                argument,
                "`#[tag]` stands on an argument behind the event; remove it here",
            );
        }
    }
    let state = state::parse(state, &written.item.sig.output, errors);
    let event = parse_event(event, errors);
    let mut arguments = Vec::new();
    for (index, (argument, tag)) in inputs.iter().zip(tags).enumerate().skip(2) {
        arguments.extend(parse_argument(index, argument, tag, errors));
    }
    match (state, event) {
        (Some(state), Some((event, input))) => Ok(FactInput {
            item: written.item,
            options: written.options,
            state,
            event,
            input,
            arguments,
        }),
        _ => Err(Box::new(written)),
    }
}

/// A fold is called any number of times, while events are read, with types that are known here.
fn plain_function(item: &ItemFn, errors: &mut Diagnostics) {
    let sig = &item.sig;
    if let Some(token) = &sig.asyncness {
        errors.at(
            token,
            "a fact is a pure function of the events: remove `async`",
        );
    }
    if let Some(token) = &sig.constness {
        errors.at(token, "a fact is folded at run time: remove `const`");
    }
    if !matches!(sig.safety, Safety::Default) {
        let word = sig.safety.to_token_stream();
        errors.at(
            &sig.safety,
            format!("a fact is a plain function: remove `{word}`"),
        );
    }
    if let Some(abi) = &sig.abi {
        let word = abi.to_token_stream();
        errors.at(abi, format!("a fact is a plain function: remove `{word}`"));
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(
            variadic,
            "a fact has a fixed list of arguments: remove `...`",
        );
    }
    if !sig.generics.params.is_empty() {
        errors.at(
            &sig.generics,
            "a fact cannot be generic: its events are checked where it stands; name the types",
        );
    }
}

fn one_way_to_choose(options: &Options, errors: &mut Diagnostics) {
    if let (Some(span), Some(_)) = (options.all, &options.events) {
        errors.at_span(
            span,
            "`all` reads every event, `events(..)` only some; keep one of them",
        );
    }
}

/// Takes `#[tag]` off the parameters.
fn take_tags(item: &mut ItemFn, errors: &mut Diagnostics) -> Vec<Option<TagKey>> {
    let mut tags = Vec::new();
    for argument in &mut item.sig.inputs {
        let name = plain_name(argument).cloned();
        let (FnArg::Typed(syn::PatType { attrs, .. })
        | FnArg::Receiver(syn::Receiver { attrs, .. })) = argument;
        let mut tag = None;
        for attribute in attrs.iter().filter(|a| a.path().is_ident("tag")) {
            let ident = name
                .clone()
                .unwrap_or_else(|| Ident::new("_tag", attribute.span()));
            match options::tag_key(attribute, &ident) {
                Ok(_) if tag.is_some() => {
                    errors.at(attribute, "an argument is one tag; keep one of these");
                }
                Ok(key) => {
                    check_key(&key, errors);
                    tag = Some(key);
                }
                Err(error) => errors.add(error),
            }
        }
        attrs.retain(|attribute| !attribute.path().is_ident("tag"));
        tags.push(tag);
    }
    tags
}

fn parse_event(argument: &FnArg, errors: &mut Diagnostics) -> Option<(Option<Ident>, Type)> {
    let FnArg::Typed(typed) = argument else {
        errors.at(
            argument,
            "a fact takes an event here: `event: &CourseEvent`",
        );
        return None;
    };
    let input = match ungrouped(&typed.ty) {
        Type::Reference(reference) => {
            if let Some(token) = &reference.mutability {
                errors.at(
                    token,
                    "an event is a thing of the past, which nobody changes: remove `mut`",
                );
            }
            (*reference.elem).clone()
        }
        ty => {
            errors.at(
                ty,
                format!(
                    "a fact borrows its event: write `&{}`",
                    ty.to_token_stream()
                ),
            );
            return None;
        }
    };
    if let Some(found) = impl_trait(&input) {
        errors.at(found, "a fact names its event type: write `&CourseEvent`");
        return None;
    }
    match &*typed.pat {
        Pat::Wild(_) => Some((None, input)),
        Pat::Ident(name) if name.subpat.is_none() => Some((Some(name.ident.clone()), input)),
        pattern => {
            errors.at(
                pattern,
                "name the event, as in `event: &CourseEvent`, and match on it in the body",
            );
            None
        }
    }
}

fn parse_argument(
    index: usize,
    argument: &FnArg,
    tag: Option<TagKey>,
    errors: &mut Diagnostics,
) -> Option<Argument> {
    let FnArg::Typed(typed) = argument else {
        return None;
    };
    let Some(ident) = plain_name(argument) else {
        errors.at(
            &typed.pat,
            "an argument is a part of the fact's value, and needs a name: `course: &CourseId`",
        );
        return None;
    };
    argument_is_owned(&typed.ty, errors)?;
    if tag.is_some() {
        tag_is_one_value(&typed.ty, errors)?;
    }
    Some(Argument {
        ident: ident.clone(),
        ty: (*typed.ty).clone(),
        index,
        tag,
    })
}

/// The fact's value holds its arguments, so that it can be kept, compared and sent.
fn argument_is_owned(ty: &Type, errors: &mut Diagnostics) -> Option<()> {
    if let Some(found) = impl_trait(ty) {
        errors.at(
            found,
            "an argument is a part of the fact's value: name its type",
        );
        return None;
    }
    if let Type::Reference(reference) = ty
        && let Some(token) = &reference.mutability
    {
        errors.at(token, "an argument is only looked at: remove `mut`");
        return None;
    }
    let inner = referent(ty).unwrap_or(ty);
    if let Some(found) = elided_reference(inner) {
        errors.at(
            found,
            "an argument is kept in the fact's value, which owns it: write an owned type here, such as `String`",
        );
        return None;
    }
    Some(())
}

/// No value would be no tag, and then every event of the type would be read.
fn tag_is_one_value(ty: &Type, errors: &mut Diagnostics) -> Option<()> {
    let name = last_segment(referent(ty).unwrap_or(ty))?.to_string();
    if matches!(name.as_str(), "Option" | "Vec" | "HashSet" | "BTreeSet") {
        errors.at(
            ty,
            format!(
                "a fact is narrowed by one value of a tag: `{name}` can be empty, and would read every event; \
                 take one value, and combine facts in an `Option` or a `Vec`"
            ),
        );
        return None;
    }
    Some(())
}

/// Tags that are named at an arm exist, and one event is narrowed in one way.
pub(super) fn narrowing(fact: &FactInput, reads: &Reads, errors: &mut Diagnostics) {
    let keys: Vec<&str> = fact.tags().map(|(_, key)| key.key.as_str()).collect();
    for matched in reads.events() {
        for tag in matched.tags.iter().flatten() {
            if !keys.contains(&tag.key.as_str()) {
                errors.at_span(
                    tag.span,
                    format!(
                        "fact `{}` has no argument with tag `{}`; {}",
                        fact.item.sig.ident,
                        tag.key,
                        did_you_mean(&tag.key, &keys)
                    ),
                );
            }
        }
    }
    for (i, matched) in reads.events().iter().enumerate() {
        let twice = reads.events()[..i].iter().any(|other| {
            let overlap =
                matched.path.starts_with(&other.path) || other.path.starts_with(&matched.path);
            overlap && matched.tag_set() != other.tag_set()
        });
        if twice {
            errors.at_span(
                matched.span,
                "this event is matched twice and narrowed in two ways; write the same `#[tags(..)]` on both arms",
            );
        }
    }
}

impl FactInput {
    /// The arguments that narrow the query.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&Argument, &TagKey)> {
        let arguments = self.arguments.iter();
        arguments.filter_map(|argument| Some((argument, argument.tag.as_ref()?)))
    }

    /// Whether the fold is called with `Recorded<E>`.
    pub(super) fn is_recorded(&self) -> bool {
        last_segment(&self.input).is_some_and(|name| name == "Recorded")
    }

    /// The expression of the first state.
    pub(super) fn initial(&self) -> Option<&Expr> {
        self.options.initial.as_ref()
    }
}
