//! Which events a fact reads, taken from the patterns that its body matches the event with.
//!
//! What is accepted is sound: on every path that no pattern has narrowed, the state comes back as it was. So an event
//! that no pattern names cannot change the fact, and need not be read.

mod body;
mod choice;
mod local;
mod pattern;
mod pure;
mod scrutinee;

use proc_macro2::Span;
use syn::visit::{self, Visit};

use super::check::FactInput;
use super::parse::Listed;
use crate::diagnostics::Diagnostics;
use crate::options::TagKey;

/// What a fact reads.
pub(super) enum Reads {
    /// These events.
    Events(Vec<Matched>),
    /// Every event of the type.
    All,
    /// Every event, provided that the type is a struct: else there is this mistake.
    OnlyOfStruct(Violation),
}

/// An event that is matched.
pub(super) struct Matched {
    /// The variant, and those inside of it.
    pub(super) path: Vec<String>,
    /// The last name with the type in front of it, when that is written.
    pub(super) qualified: Option<syn::Path>,
    /// The tags that narrow it; none for all of the fact's.
    pub(super) tags: Option<Vec<TagKey>>,
    /// The name in the pattern.
    pub(super) span: Span,
}

impl Matched {
    /// The keys of the tags, to compare; none for all of the fact's.
    pub(super) fn tag_set(&self) -> Option<Vec<&str>> {
        let mut keys: Vec<&str> = self
            .tags
            .as_ref()?
            .iter()
            .map(|tag| tag.key.as_str())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }
}

impl Reads {
    /// The events that are named.
    pub(super) fn events(&self) -> &[Matched] {
        match self {
            Self::Events(events) => events,
            _ => &[],
        }
    }
}

/// A place that keeps the macro from knowing what is read.
pub(super) struct Violation {
    pub(super) span: Span,
    pub(super) message: String,
}

/// Finds the events, and gives each match on the event the arm that keeps the state.
pub(super) fn reads(fact: &mut FactInput, errors: &mut Diagnostics) -> Reads {
    if fact.options.all.is_some() {
        return Reads::All;
    }
    if let Some(listed) = &fact.options.events {
        return Reads::Events(listed_events(listed, errors));
    }
    not_conditional(fact, errors);
    let Some(kept) = fact.state.kept.clone() else {
        let unnamed = Violation {
            span: fact.state.span,
            message: "the state needs a name, by which it comes back when no pattern fits: `taken: u32`; or list the \
                      events: `#[fact(events(..))]`"
                .to_owned(),
        };
        if has_patterns(fact) {
            errors.at_span(unnamed.span, &unnamed.message);
        }
        return Reads::OnlyOfStruct(unnamed);
    };
    let mut body = body::Body::new(fact, kept);
    body.read(&mut fact.item.block, errors);
    let (events, mut violations) = body.found();
    if events.is_empty() {
        let name = &fact.item.sig.ident;
        let none = || Violation {
            span: name.span(),
            message: format!(
                "fact `{name}` matches no event, and so would never change: match on the event, or write \
                 `#[fact(all)]` to read all of them"
            ),
        };
        let first = if violations.is_empty() {
            none()
        } else {
            violations.swap_remove(0)
        };
        return Reads::OnlyOfStruct(first);
    }
    for violation in violations {
        errors.at_span(violation.span, violation.message);
    }
    Reads::Events(events)
}

fn listed_events(listed: &[Listed], errors: &mut Diagnostics) -> Vec<Matched> {
    let mut events = Vec::new();
    for event in listed {
        match pattern::events(&event.pattern) {
            Ok(Some(paths)) => events.extend(paths.into_iter().map(|path| Matched {
                path: path.names,
                qualified: path.qualified,
                tags: event.tags.clone(),
                span: path.span,
            })),
            Ok(None) | Err(_) => errors.at(
                &event.pattern,
                "name an event: `events(CourseDefined, StudentSubscribed)`; for all of them write `all`",
            ),
        }
    }
    events
}

/// Whether the body declares or imports anything.
pub(super) fn has_items(block: &syn::Block) -> bool {
    struct Items(bool);
    impl<'ast> Visit<'ast> for Items {
        fn visit_item(&mut self, _: &'ast syn::Item) {
            self.0 = true;
        }
    }
    let mut items = Items(false);
    items.visit_block(block);
    items.0
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

/// The macro sees the body before conditions are resolved, so the query could differ from the fold.
fn not_conditional(fact: &FactInput, errors: &mut Diagnostics) {
    struct Conditions<'a>(&'a mut Diagnostics);
    impl<'ast> Visit<'ast> for Conditions<'_> {
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
                self.0.at(
                    attribute,
                    "which events a fact reads is known before `cfg` is resolved: put this on the whole fact, or list \
                     the events: `#[fact(events(..))]`",
                );
            }
            visit::visit_attribute(self, attribute);
        }
    }
    Conditions(errors).visit_block(&fact.item.block);
}
