//! What the macros' code is made of; not for users, and free to change in any release.
//!
//! The checks run while the user's program compiles. Each gives its message back, and the macro's own code panics with
//! it, since rustc shows the place of the `panic!`, which has to be the user's.

#[path = "private/check.rs"]
mod check;
#[path = "private/collect.rs"]
mod collect;
#[path = "private/message.rs"]
mod message;
#[path = "private/outcome.rs"]
mod outcome;
#[path = "private/query.rs"]
mod query;
#[path = "private/reaction.rs"]
mod reaction;
#[path = "private/route.rs"]
mod route;
#[path = "private/words.rs"]
mod words;

pub use core::option::Option::{self, None, Some};
pub use core::result::Result::{self, Err, Ok};
pub use std::borrow::{Cow, ToOwned};
pub use std::convert::Infallible;
pub use std::sync::Arc;

pub use crate::{
    AsyncReactor, Codec, CodecError, Command, Commands, Data, Event, EventForm, Events, Fact,
    FoldInput, IntoDecision, Json, LimitError, OwnEvent, Projection, ProjectionFailure, Query,
    QueryItem, ReactionFailure, Reads, Recorded, Schema, Slot, StoredEvent, Tables, Tag, TagField,
    TagKind, TagValue, Tags, Variant, VariantForm,
};

use crate::name::EventType;
pub use check::{
    check_choice, check_fact, check_order, check_projection, check_query, check_query_tag,
    check_reactor, check_set,
};
pub use collect::{FactsOf, Results, StoredBy, facts_of};
pub use message::Message;
pub use outcome::Outcome;
pub use query::{TagCheck, query, query_item, query_tag, schema_of};
pub use reaction::{Nothing, Reaction, tag_of};
pub use route::{IntoError, RejectedAs, Rejection, not_routed};

/// The schema of an event whose derive failed: every check passes, so that one mistake gives one error.
pub const UNKNOWN: &Schema = &Schema::of_enum("", &[]);

/// The events at `path` in a schema, and how they are narrowed: one item of a fact's query.
///
/// # Errors
/// [`LimitError`] when a stored name is beyond the limits, which `#[derive(Event)]` refuses.
pub fn item(schema: &Schema, paths: &[&[&str]], tags: &[&Tag]) -> Result<QueryItem, LimitError> {
    let mut item = QueryItem::new();
    for path in paths {
        for name in names(schema, path) {
            item = item.of_type(EventType::new(name)?);
        }
    }
    for tag in tags {
        item = item.tagged((*tag).clone());
    }
    Ok(item)
}

/// The schema of an enum.
pub const fn of_enum(
    module: &'static str,
    name: &'static str,
    variants: &'static [Variant],
) -> Schema {
    Schema::of_enum(name, variants).in_module(module)
}

/// The schema of a struct, with its one event.
pub const fn of_struct(
    module: &'static str,
    name: &'static str,
    variants: &'static [Variant],
) -> Schema {
    Schema::of_struct(name, variants).in_module(module)
}

/// A variant that is an event of its own.
pub const fn event(ident: &'static str, tags: &'static [(&'static str, TagKind)]) -> Variant {
    Variant::event(ident, tags)
}

/// The version in which an event with this stored name is written, found through wrapped events.
pub(crate) fn version(schema: &Schema, name: &str) -> u32 {
    let of = |variant: &Variant| match &variant.form {
        VariantForm::Own(own) => (own.name == name).then_some(own.version),
        VariantForm::Wraps(inner) => Some(version(inner, name)).filter(|version| *version > 0),
    };
    schema.variants.iter().find_map(of).unwrap_or(0)
}

/// What decoding gives: none when the name is not known.
pub type Decoded<E> = Result<Option<E>, CodecError>;

/// Decodes an event of the type's own; none when no variant has that stored name.
fn decode<E: Event>(
    name: &str,
    data: &Data,
    decode: fn(EventForm, &Data) -> Result<E, CodecError>,
) -> Decoded<E> {
    let named = |variant: &Variant| match &variant.form {
        VariantForm::Own(own) => own.name == name || own.aliases.contains(&name),
        VariantForm::Wraps(_) => false,
    };
    for (index, variant) in (0..).zip(E::SCHEMA.variants) {
        if named(variant) {
            let ident = variant.ident;
            let form = if E::SCHEMA.is_struct {
                EventForm::Struct
            } else {
                EventForm::Variant { index, ident }
            };
            return decode(form, data).map(Some);
        }
    }
    Ok(None)
}

/// The schema of the events that a fact reads.
pub const fn schema<F: Fact>() -> &'static Schema {
    <<F::Input as FoldInput>::Event as Event>::SCHEMA
}

/// The schema of the events that a projection is about.
pub const fn projected<C, P: Projection<C>>() -> &'static Schema {
    <P::Event as Event>::SCHEMA
}

/// The stored names, aliases too, of what the path of Rust names leads to.
fn names(schema: &Schema, path: &[&str]) -> Vec<&'static str> {
    let [first, rest @ ..] = path else {
        return schema.type_names();
    };
    match find(schema, first) {
        Some(Variant {
            form: VariantForm::Own(own),
            ..
        }) => [own.name]
            .into_iter()
            .chain(own.aliases.iter().copied())
            .collect(),
        Some(Variant {
            form: VariantForm::Wraps(inner),
            ..
        }) => names(inner, rest),
        None => Vec::new(),
    }
}

/// The variant with this name in Rust.
const fn find<'a>(schema: &'a Schema, ident: &str) -> Option<&'a Variant> {
    let mut i = 0;
    while i < schema.variants.len() {
        if words::same(schema.variants[i].ident, ident) {
            return Some(&schema.variants[i]);
        }
        i += 1;
    }
    None
}
