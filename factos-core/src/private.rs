//! What the macros' code is made of; not for users, and free to change in any release.
//!
//! The checks run while the user's program compiles. Each gives its message back, and the macro's own code panics with
//! it, since rustc shows the place of the `panic!`, which has to be the user's.

#[path = "private/message.rs"]
mod message;

pub use core::option::Option::{self, None, Some};
pub use core::result::Result::{self, Ok};
pub use std::borrow::{Cow, ToOwned};
pub use std::convert::Infallible;
pub use std::sync::Arc;

pub use crate::{
    Codec, CodecError, Command, Data, Event, EventForm, Events, Fact, FoldInput, IntoDecision,
    Json, LimitError, OwnEvent, Query, QueryItem, Reads, Schema, Slot, Tag, TagField, TagKind,
    TagValue, Tags, Variant, VariantForm,
};

use crate::name::EventType;
pub use message::Message;

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
pub const fn of_enum(name: &'static str, variants: &'static [Variant]) -> Schema {
    Schema::of_enum(name, variants)
}

/// The schema of a struct, with its one event.
pub const fn of_struct(name: &'static str, variants: &'static [Variant]) -> Schema {
    Schema::of_struct(name, variants)
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
///
/// # Errors
/// When the data does not fit.
pub fn decode<E: Event>(
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

/// What is wrong with a fact that reads the events at `path`, narrowed by these tags: an event that does not exist, a
/// tag that an event lacks, or a tag of another type.
pub const fn check_fact(
    schema: &Schema,
    fact: &str,
    path: &[&str],
    tags: &[(&str, TagKind)],
) -> Option<Message> {
    if schema.variants.is_empty() {
        return None;
    }
    let Some((first, rest)) = path.split_first() else {
        return check_schema(schema, fact, tags);
    };
    match find(schema, first) {
        None => Some(no_such_event(schema, fact, first)),
        Some(variant) => match &variant.form {
            VariantForm::Own(own) => check_own(variant.ident, own, fact, tags),
            VariantForm::Wraps(inner) => check_fact(inner, fact, rest, tags),
        },
    }
}

/// What is wrong with a fact that names no events: nothing, when the type is a struct, which is one event.
pub const fn check_choice(schema: &Schema, message: &str) -> Option<Message> {
    if schema.is_struct || schema.variants.is_empty() {
        return None;
    }
    Some(Message::new().text(message))
}

/// What is wrong with a set of events: one stored name that stands for two of them.
pub const fn check_set(schema: &Schema) -> Option<Message> {
    let count = count_names(schema);
    let mut i = 0;
    while i < count {
        let mut j = i + 1;
        while j < count {
            if let (Some((name, one)), Some((other, two))) =
                (nth_name(schema, i), nth_name(schema, j))
                && same(name, other)
            {
                let message = Message::new()
                    .quoted(schema.name)
                    .text(" would read an event stored as ")
                    .quoted(name)
                    .text(" both as ")
                    .quoted(one)
                    .text(" and as ")
                    .quoted(two)
                    .text(": leave one of them out, or give its event another name: `#[event(name = \"..\")]`");
                return Some(message);
            }
            j += 1;
        }
        i += 1;
    }
    None
}

const fn count_names(schema: &Schema) -> usize {
    let mut count = 0;
    let mut i = 0;
    while i < schema.variants.len() {
        count += match &schema.variants[i].form {
            VariantForm::Own(own) => 1 + own.aliases.len(),
            VariantForm::Wraps(inner) => count_names(inner),
        };
        i += 1;
    }
    count
}

/// The stored name with this number, counted through wrapped events, and the variant that it is read as.
const fn nth_name(schema: &Schema, mut n: usize) -> Option<(&'static str, &'static str)> {
    let mut i = 0;
    while i < schema.variants.len() {
        let variant = &schema.variants[i];
        let here = match &variant.form {
            VariantForm::Own(own) => 1 + own.aliases.len(),
            VariantForm::Wraps(inner) => count_names(inner),
        };
        if n < here {
            let name = match &variant.form {
                VariantForm::Own(own) if n == 0 => own.name,
                VariantForm::Own(own) => own.aliases[n - 1],
                VariantForm::Wraps(inner) => match nth_name(inner, n) {
                    Some((name, _)) => name,
                    None => return None,
                },
            };
            return Some((name, variant.ident));
        }
        n -= here;
        i += 1;
    }
    None
}

const fn find<'a>(schema: &'a Schema, ident: &str) -> Option<&'a Variant> {
    let mut i = 0;
    while i < schema.variants.len() {
        if same(schema.variants[i].ident, ident) {
            return Some(&schema.variants[i]);
        }
        i += 1;
    }
    None
}

const fn check_schema(schema: &Schema, fact: &str, tags: &[(&str, TagKind)]) -> Option<Message> {
    let mut i = 0;
    while i < schema.variants.len() {
        let variant = &schema.variants[i];
        let wrong = match &variant.form {
            VariantForm::Own(own) => check_own(variant.ident, own, fact, tags),
            VariantForm::Wraps(inner) => check_schema(inner, fact, tags),
        };
        if wrong.is_some() {
            return wrong;
        }
        i += 1;
    }
    None
}

const fn check_own(
    ident: &str,
    event: &OwnEvent,
    fact: &str,
    tags: &[(&str, TagKind)],
) -> Option<Message> {
    let mut i = 0;
    while i < tags.len() {
        let (key, kind) = tags[i];
        match tag_kind(event, key, kind) {
            None => return Some(no_such_tag(ident, fact, key)),
            Some(found) if !same_kind(found, kind) => {
                return Some(other_kind(ident, fact, key, found, kind));
            }
            Some(_) => {}
        }
        i += 1;
    }
    None
}

/// The kind of the event's tag with this key; the wanted one, when fields of several kinds share the key.
const fn tag_kind(event: &OwnEvent, key: &str, wanted: TagKind) -> Option<TagKind> {
    let mut found = None;
    let mut i = 0;
    while i < event.tags.len() {
        let (name, kind) = event.tags[i];
        if same(name, key) {
            if same_kind(kind, wanted) {
                return Some(kind);
            }
            found = Some(kind);
        }
        i += 1;
    }
    found
}

const fn no_such_event(schema: &Schema, fact: &str, ident: &str) -> Message {
    let message = Message::new()
        .text("fact ")
        .quoted(fact)
        .text(" matches ")
        .quoted(ident)
        .text(", but ")
        .quoted(schema.name)
        .text(" has no event of that name; write the name that it was declared with: ");
    let mut message = message;
    let mut i = 0;
    while i < schema.variants.len() {
        if i > 0 {
            message = message.text(", ");
        }
        message = message.quoted(schema.variants[i].ident);
        i += 1;
    }
    message
}

const fn no_such_tag(ident: &str, fact: &str, key: &str) -> Message {
    Message::new()
        .text("fact ")
        .quoted(fact)
        .text(" is narrowed by tag ")
        .quoted(key)
        .text(", but event ")
        .quoted(ident)
        .text(" has no such tag: write `#[tag]` on its field ")
        .quoted(key)
        .text(", or `#[tags(..)]` on the fact's arm with the tags that this event is narrowed by")
}

const fn other_kind(ident: &str, fact: &str, key: &str, event: TagKind, arg: TagKind) -> Message {
    // Types of one name are told apart by their modules.
    let full = same(event.name, arg.name);
    Message::new()
        .text("tag ")
        .quoted(key)
        .text(" of event ")
        .quoted(ident)
        .text(" is a ")
        .kind(event, full)
        .text(", but fact ")
        .quoted(fact)
        .text(" takes a ")
        .kind(arg, full)
        .text(": the fact would never find the event; give both the same type")
}

const fn same_kind(a: TagKind, b: TagKind) -> bool {
    same(a.module, b.module) && same(a.name, b.name)
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
