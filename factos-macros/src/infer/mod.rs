//! Which events a fact or a projection reads, taken from the patterns that its body matches the event with.
//!
//! What is accepted is sound: on every path that no pattern has narrowed, the state comes back as it was, or nothing is
//! written. So an event that no pattern names cannot change the outcome, and need not be read.

mod behind;
mod body;
mod checked;
mod choice;
mod kept;
mod listed;
mod local;
mod pattern;
mod pure;
mod scrutinee;
mod words;

use proc_macro2::Span;
use syn::visit::{self, Visit};

use crate::diagnostics::Diagnostics;
use crate::options::TagKey;

pub(crate) use body::Body;
pub(crate) use checked::{check_known, check_struct, has_items};
pub(crate) use kept::{Form, Kept};
pub(crate) use listed::{Listed, events_option, listed_events};
pub(crate) use words::{Reader, What};

/// What is read.
pub(crate) enum Reads {
    /// These events.
    Events(Vec<Matched>),
    /// Every event of the type.
    All,
    /// Every event, provided that the type is a struct: else there is this mistake.
    OnlyOfStruct(Violation),
}

/// An event that is matched.
pub(crate) struct Matched {
    /// The variant, and those inside of it.
    pub(crate) path: Vec<String>,
    /// The last name with the type in front of it, when that is written.
    pub(crate) qualified: Option<syn::Path>,
    /// The tags that narrow it; none for all of the fact's.
    pub(crate) tags: Option<Vec<TagKey>>,
    /// The name in the pattern.
    pub(crate) span: Span,
}

impl Matched {
    /// The keys of the tags, to compare; none for all of the fact's.
    pub(crate) fn tag_set(&self) -> Option<Vec<&str>> {
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
    /// What was found in a body. Without an event it can be right all the same, on a struct.
    pub(crate) fn found(
        (events, mut violations): (Vec<Matched>, Vec<Violation>),
        reader: &Reader,
        name: &syn::Ident,
        errors: &mut Diagnostics,
    ) -> Self {
        if events.is_empty() {
            return Self::OnlyOfStruct(if violations.is_empty() {
                reader.no_event(name)
            } else {
                violations.swap_remove(0)
            });
        }
        for violation in violations {
            errors.at_span(violation.span, violation.message);
        }
        Self::Events(events)
    }

    /// The events that are named.
    pub(crate) fn events(&self) -> &[Matched] {
        match self {
            Self::Events(events) => events,
            _ => &[],
        }
    }
}

/// A place that keeps the macro from knowing what is read.
pub(crate) struct Violation {
    pub(crate) span: Span,
    pub(crate) message: String,
}

impl Violation {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
        }
    }
}

/// Whether an expression or pattern reads the same as another.
fn same_tokens(a: &impl quote::ToTokens, b: &impl quote::ToTokens) -> bool {
    a.to_token_stream().to_string() == b.to_token_stream().to_string()
}

/// The macro sees the body before conditions are resolved, so what is read could differ from what is done.
pub(crate) fn not_conditional(block: &syn::Block, reader: &Reader, errors: &mut Diagnostics) {
    struct Conditions<'a>(&'a Reader, &'a mut Diagnostics);
    impl<'ast> Visit<'ast> for Conditions<'_> {
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
                self.1.at(attribute, self.0.conditional());
            }
            visit::visit_attribute(self, attribute);
        }
    }
    Conditions(reader, errors).visit_block(block);
}
