//! Which events a reactor reads.

use quote::quote_spanned;
use syn::spanned::Spanned as _;

use super::check::ReactorInput;
use crate::diagnostics::{Diagnostics, at};
use crate::infer::{Body, Form, Kept, Reader, Reads, What, listed_events, not_conditional};

/// Finds the events, and gives each match on an event the arm that answers nothing.
pub(super) fn reads(reactor: &mut ReactorInput, errors: &mut Diagnostics) -> Reads {
    if reactor.options.all.is_some() {
        return Reads::All;
    }
    if let Some(listed) = &reactor.options.events {
        return Reads::Events(listed_events(listed, errors));
    }
    let name = reactor.item.sig.ident.clone();
    let reader = Reader::new(What::Reactor, &name);
    not_conditional(&reactor.item.block, &reader, errors);
    let (krate, output) = (&reactor.options.krate, &reactor.output);
    // With the span of the returned type, where it is reported that it cannot be nothing.
    let nothing = quote_spanned! {at(output.span())=>
        <#output as #krate::__private::Nothing>::nothing()
    };
    let kept = Kept {
        form: Form::Unanswered(nothing),
        names: Vec::new(),
        mutable: false,
    };
    let event = reactor.event.name.clone();
    let mut body = Body::new(reader.clone(), event, reactor.is_recorded(), kept);
    body.read(&mut reactor.item.block, errors);
    Reads::found(body.found(), &reader, &name, errors)
}
