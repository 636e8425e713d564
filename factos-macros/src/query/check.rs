//! The rules of a query, one function each; the schema's rules are checked by rustc, in what is expanded.

use super::parse::QueryInput;
use crate::diagnostics::Diagnostics;
use crate::options::check_key;

pub(super) fn check(query: &QueryInput, errors: &mut Diagnostics) {
    keys_are_words(query, errors);
    tag_given_twice(query, errors);
}

fn keys_are_words(query: &QueryInput, errors: &mut Diagnostics) {
    for tag in query.events.iter().flat_map(|event| &event.tags) {
        check_key(&tag.key, errors);
    }
}

/// An event matches when it carries all of the tags, which is rarely meant by two values of one key.
fn tag_given_twice(query: &QueryInput, errors: &mut Diagnostics) {
    for event in &query.events {
        for (i, tag) in event.tags.iter().enumerate() {
            if event.tags[..i]
                .iter()
                .any(|other| other.key.key == tag.key.key)
            {
                let (name, key) = (event.name(), &tag.key.key);
                errors.at_span(
                    tag.key.span,
                    format!(
                        "tag `{key}` of `{name}` is given twice; keep one, or for either of two values write \
                         `{name} {{ {key}: a }} | {name} {{ {key}: b }}`"
                    ),
                );
            }
        }
    }
}
