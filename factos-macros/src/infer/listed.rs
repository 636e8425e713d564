//! `events(A, B)`: events that are listed rather than inferred.

use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Pat, Result, Token};

use super::{Matched, pattern};
use crate::diagnostics::Diagnostics;
use crate::options::{TagKey, tags_attribute};

/// An event in `events(..)`, with its own `#[tags(..)]`.
pub(crate) struct Listed {
    pub(crate) pattern: Pat,
    pub(crate) tags: Option<Vec<TagKey>>,
}

impl Parse for Listed {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let pattern = Pat::parse_single(input)?;
        let mut tags = None;
        for attribute in &attributes {
            if attribute.path().is_ident("tags") {
                tags = Some(tags_attribute(attribute)?);
            } else {
                return Err(syn::Error::new_spanned(
                    attribute,
                    "only `#[tags(..)]` may stand here",
                ));
            }
        }
        Ok(Self { pattern, tags })
    }
}

/// The events behind `events`.
pub(crate) fn events_option(
    meta: &ParseNestedMeta<'_>,
    errors: &mut Diagnostics,
) -> Result<Vec<Listed>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let listed = Punctuated::<Listed, Token![,]>::parse_terminated(&content)?;
    if listed.is_empty() {
        errors.at(&meta.path, "name the events that are read: `events(A, B)`");
    }
    Ok(listed.into_iter().collect())
}

/// The events that a list names.
pub(crate) fn listed_events(listed: &[Listed], errors: &mut Diagnostics) -> Vec<Matched> {
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
