//! The rules of a decider's signature, one function each, and the signature as it is understood.

use quote::ToTokens as _;
use syn::{Expr, FnArg, Ident, ItemFn, Pat, Path, ReturnType, Safety, Type};

use super::parse::{Written, WrittenFact};
use crate::diagnostics::Diagnostics;
use crate::types::{elided_reference, impl_trait, last_segment, lifetime, referent};

/// A decider whose signature follows the rules.
pub(super) struct DeciderInput<'a> {
    pub(super) item: &'a ItemFn,
    pub(super) krate: &'a Path,
    /// The command's pattern and type, without the `&`.
    pub(super) command: &'a Pat,
    pub(super) command_type: &'a Type,
    /// The command's name, for messages.
    pub(super) name: &'a Ident,
    pub(super) parameters: Vec<Parameter<'a>>,
    pub(super) output: &'a Type,
}

/// A parameter behind the command.
pub(super) struct Parameter<'a> {
    pub(super) fact: &'a Expr,
    pub(super) ty: &'a Type,
}

pub(super) fn check<'a>(
    written: &'a Written,
    errors: &mut Diagnostics,
) -> Option<DeciderInput<'a>> {
    let item = &written.item;
    plain_function(item, errors);
    let output = output(item, errors);
    let mut inputs = item.sig.inputs.iter();
    let command = if let Some(first) = inputs.next() {
        command(first, errors)
    } else {
        errors.at(
            &item.sig.ident,
            "a decider takes its command: `fn subscribe(cmd: &Subscribe, ..)`",
        );
        None
    };
    let facts = written.facts.iter().skip(1);
    let parameters = inputs
        .zip(facts)
        .map(|(argument, fact)| parameter(argument, fact.as_ref(), errors))
        .collect::<Vec<_>>();
    let (command, command_type, name) = command?;
    Some(DeciderInput {
        item,
        krate: &written.krate,
        command,
        command_type,
        name,
        parameters: parameters.into_iter().collect::<Option<_>>()?,
        output: output?,
    })
}

/// A decision may be made again, when others were faster, and is not allowed to see anything but its facts.
fn plain_function(item: &ItemFn, errors: &mut Diagnostics) {
    let sig = &item.sig;
    if let Some(token) = &sig.asyncness {
        errors.at(
            token,
            "a decider is a pure function, as it may be called again: remove `async`, and take what it waits for as \
             a fact or as a part of the command",
        );
    }
    if let Some(token) = &sig.constness {
        errors.at(token, "a decider is called at run time: remove `const`");
    }
    if !matches!(sig.safety, Safety::Default) {
        let word = sig.safety.to_token_stream();
        errors.at(
            &sig.safety,
            format!("a decider is a plain function: remove `{word}`"),
        );
    }
    if let Some(abi) = &sig.abi {
        let word = abi.to_token_stream();
        errors.at(
            abi,
            format!("a decider is a plain function: remove `{word}`"),
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(
            variadic,
            "a decider has a fixed list of parameters: remove `...`",
        );
    }
    for parameter in sig.generics.lifetimes() {
        errors.at(
            parameter,
            "a command owns its data, and states are handed over: write the types without lifetimes",
        );
    }
}

fn output<'a>(item: &'a ItemFn, errors: &mut Diagnostics) -> Option<&'a Type> {
    let ReturnType::Type(_, output) = &item.sig.output else {
        errors.at(
            &item.sig.ident,
            "a decider returns the events to record: write `-> Result<CourseEvent, SubscribeError>`, or one event, an \
             `Option`, a `Vec`, or `Events`",
        );
        return None;
    };
    if let Some(found) = impl_trait(output) {
        errors.at(
            found,
            "name the returned type: an event, `Vec<E>`, `Option<E>`, or `Events` of several types",
        );
        return None;
    }
    if let Some(found) = elided_reference(output) {
        errors.at(
            found,
            "what is decided outlives the command: return owned data here, such as `String`",
        );
        return None;
    }
    Some(output)
}

/// The command's pattern, type and name.
pub(super) fn command<'a>(
    argument: &'a FnArg,
    errors: &mut Diagnostics,
) -> Option<(&'a Pat, &'a Type, &'a Ident)> {
    let argument = match argument {
        FnArg::Typed(argument) => argument,
        FnArg::Receiver(receiver) => {
            errors.at(
                receiver,
                "a decider is a free function: write it outside of the `impl`, with `cmd: &Subscribe` here",
            );
            return None;
        }
    };
    let reference = match &*argument.ty {
        Type::Reference(reference) => reference,
        ty => {
            errors.at(
                ty,
                format!(
                    "a decider borrows its command, as it may be decided again: write `&{}`",
                    ty.to_token_stream()
                ),
            );
            return None;
        }
    };
    if let Some(token) = &reference.mutability {
        errors.at(
            token,
            "a decider only looks at its command, which may be decided again: remove `mut`",
        );
        return None;
    }
    if let Some(found) = impl_trait(&reference.elem) {
        errors.at(found, "a decider belongs to one type of command: name it");
        return None;
    }
    let borrowed = lifetime(&reference.elem);
    if let Some(found) = borrowed {
        errors.at(found, "a command owns its data, so that it can wait for its turn: own it there, and write the type without a lifetime");
        return None;
    }
    if let Some(found) = elided_reference(&reference.elem) {
        errors.at(found, "a command owns its data, so that it can wait for its turn: own it, and take `&Command` here");
        return None;
    }
    if let Some(name) = of_another_crate(&reference.elem) {
        errors.at(
            &reference.elem,
            format!(
                "a command is a struct or enum of your own, named after what is asked for; wrap this one: \
                 `struct Command({name});`"
            ),
        );
        return None;
    }
    let Some(name) = last_segment(&reference.elem) else {
        errors.at(
            &reference.elem,
            "a command is a struct or enum of your own: `struct Subscribe { .. }`",
        );
        return None;
    };
    Some((&argument.pat, &reference.elem, name))
}

fn parameter<'a>(
    argument: &'a FnArg,
    fact: Option<&'a WrittenFact>,
    errors: &mut Diagnostics,
) -> Option<Parameter<'a>> {
    let FnArg::Typed(argument) = argument else {
        return None;
    };
    let ty = &*argument.ty;
    let fact = fact.or_else(|| {
        let name = argument.pat.to_token_stream();
        errors.at(
            &argument.pat,
            format!(
                "where does `{name}` come from? write `#[fact(..)]` in front of it, or make it a part of the command"
            ),
        );
        None
    })?;
    fact_is_used(&argument.pat, fact, errors);
    if let Type::Reference(reference) = ty
        && let Some(token) = &reference.mutability
    {
        errors.at(
            token,
            "states are only looked at: remove `mut`, or take the state by value to change a copy",
        );
        return None;
    }
    if let Some(found) = impl_trait(ty) {
        errors.at(found, "name the type of the fact's state");
        return None;
    }
    if let Some(found) = elided_reference(referent(ty).unwrap_or(ty)) {
        errors.at(found, "a fact owns its state: write the owned type here, and borrow the whole with `&` if at all");
        return None;
    }
    Some(Parameter {
        fact: &fact.expr,
        ty,
    })
}

/// A fact that is read guards the decision, whether or not its state is looked at.
fn fact_is_used(pattern: &Pat, fact: &WrittenFact, errors: &mut Diagnostics) {
    let unused = match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(name) => name.ident.to_string().starts_with('_'),
        _ => false,
    };
    if unused && !fact.guard {
        let name = pattern.to_token_stream();
        errors.at(
            pattern,
            format!(
                "`{name}` is not used, but events that change its fact would still make the decision be made again: \
                 remove the parameter, or say that this is meant: `#[fact(guard, ..)]`"
            ),
        );
    }
}

/// The name of a type that is surely none of this crate's; of others rustc says it.
fn of_another_crate(ty: &Type) -> Option<String> {
    const BUILT_IN: [&str; 21] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8",
        "u16", "u32", "u64", "u128", "usize", "String", "Vec", "Option", "Result",
    ];
    let Type::Path(path) = ty else {
        return None;
    };
    let segments = &path.path.segments;
    let first = segments.first()?.ident.to_string();
    let foreign = if segments.len() == 1 {
        BUILT_IN.contains(&first.as_str())
    } else {
        matches!(first.as_str(), "std" | "core" | "alloc")
    };
    foreign.then(|| ty.to_token_stream().to_string().replace(' ', ""))
}
