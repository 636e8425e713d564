//! Which events a fact reads.

use syn::visit::Visit;

use super::check::FactInput;
use crate::diagnostics::Diagnostics;
use crate::infer::{Body, Reader, Reads, Violation, What, listed_events, not_conditional};

/// Finds the events, and gives each match on the event the arm that keeps the state.
pub(super) fn reads(fact: &mut FactInput, errors: &mut Diagnostics) -> Reads {
    if fact.options.all.is_some() {
        return Reads::All;
    }
    if let Some(listed) = &fact.options.events {
        return Reads::Events(listed_events(listed, errors));
    }
    let reader = Reader::new(What::Fact, &fact.item.sig.ident);
    not_conditional(&fact.item.block, &reader, errors);
    let Some(kept) = fact.state.kept.clone() else {
        let unnamed = Violation::new(
            fact.state.span,
            "the state needs a name, by which it comes back when no pattern fits: `taken: u32`; or list the events: \
             `#[fact(events(..))]`",
        );
        if has_patterns(fact) {
            errors.at_span(unnamed.span, &unnamed.message);
        }
        return Reads::OnlyOfStruct(unnamed);
    };
    let mut body = Body::new(reader.clone(), fact.event.clone(), fact.is_recorded(), kept);
    body.read(&mut fact.item.block, errors);
    Reads::found(body.found(), &reader, &fact.item.sig.ident, errors)
}

/// Whether the body matches anything at all.
fn has_patterns(fact: &FactInput) -> bool {
    struct Patterns(bool);
    impl<'ast> Visit<'ast> for Patterns {
        fn visit_expr_match(&mut self, _: &'ast syn::ExprMatch) {
            self.0 = true;
        }
        fn visit_expr_let(&mut self, _: &'ast syn::ExprLet) {
            self.0 = true;
        }
    }
    let mut patterns = Patterns(false);
    patterns.visit_block(&fact.item.block);
    patterns.0
}
