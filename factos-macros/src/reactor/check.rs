//! The rules of a reactor's signature, one function each, and the signature as it is understood.

use syn::ext::IdentExt as _;
use syn::{FnArg, ItemFn, ReturnType, Type, parse_quote_spanned};

use super::dependency::Dependency;
use super::parse::{Options, Written};
use crate::diagnostics::{Diagnostics, at};
use crate::handler::{
    EventsForm, EventsParameter, is_recorded, name_fits, one_way_to_choose, plain_function,
};
use crate::infer::What;
use crate::types::{borrowed, impl_trait, written};

/// A reactor whose signature follows the rules.
pub(super) struct ReactorInput {
    pub(super) item: ItemFn,
    pub(super) options: Options,
    pub(super) event: EventsParameter,
    pub(super) dependencies: Vec<Dependency>,
    /// What is returned, `()` too.
    pub(super) output: Type,
}

pub(super) fn check(
    written: Written,
    errors: &mut Diagnostics,
) -> Result<ReactorInput, Box<Written>> {
    let (item, options) = (&written.item, &written.options);
    plain_function(item, What::Reactor, errors);
    one_way_to_choose(
        options.all,
        options.events.as_deref(),
        What::Reactor,
        errors,
    );
    if let Some(name) = &options.name {
        name_fits(name, What::Reactor, errors);
    }
    let mut inputs = item.sig.inputs.iter();
    let Some(event) = inputs.next() else {
        errors.at(
            &item.sig.ident,
            "a reactor takes an event, and what it needs: \
             `async fn welcome(event: &Recorded<UserEvent>, mailer: &Mailer) -> Result<(), MailError>`",
        );
        return Err(Box::new(written));
    };
    let event = parse_event(event, errors);
    if item.sig.receiver().is_some() {
        return Err(Box::new(written));
    }
    let dependencies: Vec<Option<Dependency>> = inputs
        .map(|argument| Dependency::parse(argument, errors))
        .collect();
    let output = output(item, errors);
    match (event, dependencies.into_iter().collect(), output) {
        (Some(event), Some(dependencies), Some(output)) => Ok(ReactorInput {
            item: written.item,
            options: written.options,
            event,
            dependencies,
            output,
        }),
        _ => Err(Box::new(written)),
    }
}

/// Each event is retried, and left aside, by itself.
fn parse_event(argument: &FnArg, errors: &mut Diagnostics) -> Option<EventsParameter> {
    let event = EventsParameter::parse(argument, What::Reactor, errors)?;
    if event.form == EventsForm::Slice {
        let written = written(&event.input);
        let FnArg::Typed(typed) = argument else {
            return None;
        };
        errors.at(
            &typed.ty,
            format!(
                "a reactor is called with one event, since what fails is done again for this event alone: write \
                 `&{written}`"
            ),
        );
        return None;
    }
    Some(event)
}

fn output(item: &ItemFn, errors: &mut Diagnostics) -> Option<Type> {
    let ReturnType::Type(_, output) = &item.sig.output else {
        return Some(parse_quote_spanned!(at(item.sig.ident.span())=> ()));
    };
    if let Some(found) = impl_trait(output) {
        errors.at(
            found,
            "name the returned type: a command, `Option<C>`, `Vec<C>`, `Commands` of several types, or a `Result` of these",
        );
        return None;
    }
    if let Some(found) = borrowed(output) {
        errors.at(
            found,
            "a command outlives the event that leads to it: return owned data here, such as `String`",
        );
        return None;
    }
    Some((**output).clone())
}

impl ReactorInput {
    /// The name under which it is known.
    pub(super) fn name(&self) -> String {
        match &self.options.name {
            Some(name) => name.value(),
            None => self.item.sig.ident.unraw().to_string(),
        }
    }

    /// Whether the body is called with `Recorded<E>`.
    pub(super) fn is_recorded(&self) -> bool {
        is_recorded(&self.event.input)
    }

    /// Whether the events are told from the patterns.
    pub(super) fn is_inferred(&self) -> bool {
        self.options.all.is_none() && self.options.events.is_none()
    }
}
