//! What can be wrong with facts, queries and sets of events, found while the program compiles.

use super::find;
use super::message::Message;
use super::words::{Nearest, same};
use crate::schema::{OwnEvent, Schema, VariantForm};
use crate::tag::TagKind;

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
        None => Some(no_such_event(schema, &subject(fact), first)),
        Some(variant) => match &variant.form {
            VariantForm::Own(own) => check_own(variant.ident, own, fact, tags),
            VariantForm::Wraps(inner) => check_fact(inner, fact, rest, tags),
        },
    }
}

/// What is wrong with a projection that reads the events at `path`: there is no such event.
pub const fn check_projection(schema: &Schema, projection: &str, path: &[&str]) -> Option<Message> {
    let subject = Message::new().text("projection ").quoted(projection);
    check_path(schema, &subject, path)
}

/// What is wrong with a reactor that reads the events at `path`: there is no such event.
pub const fn check_reactor(schema: &Schema, reactor: &str, path: &[&str]) -> Option<Message> {
    let subject = Message::new().text("reactor ").quoted(reactor);
    check_path(schema, &subject, path)
}

const fn check_path(schema: &Schema, subject: &Message, path: &[&str]) -> Option<Message> {
    if schema.variants.is_empty() {
        return None;
    }
    let Some((first, rest)) = path.split_first() else {
        return None;
    };
    match find(schema, first) {
        None => Some(no_such_event(schema, subject, first)),
        Some(variant) => match &variant.form {
            VariantForm::Own(_) => None,
            VariantForm::Wraps(inner) => check_path(inner, subject, rest),
        },
    }
}

/// What is wrong with a reactor that orders the events at `path` by a tag: one of them does not have it. That an event does
/// not exist is said at its name.
pub const fn check_order(
    schema: &Schema,
    reactor: &str,
    path: &[&str],
    key: &str,
) -> Option<Message> {
    let named = path.first();
    let mut i = 0;
    while i < schema.variants.len() {
        let variant = &schema.variants[i];
        let wrong = match named {
            Some(name) if !same(variant.ident, name) => None,
            _ => match &variant.form {
                VariantForm::Own(own) if tag_kind(own, key, ANY_KIND).is_some() => None,
                VariantForm::Own(own) => Some(not_ordered(variant.ident, own, reactor, key)),
                VariantForm::Wraps(inner) => check_order(inner, reactor, rest(path), key),
            },
        };
        if wrong.is_some() {
            return wrong;
        }
        i += 1;
    }
    None
}

const fn rest<'a>(path: &'a [&'a str]) -> &'a [&'a str] {
    match path.split_first() {
        Some((_, rest)) => rest,
        None => path,
    }
}

const fn not_ordered(ident: &str, event: &OwnEvent, reactor: &str, key: &str) -> Message {
    let message = Message::new()
        .text("reactor ")
        .quoted(reactor)
        .text(" is ordered by tag ")
        .quoted(key)
        .text(", but event ")
        .quoted(ident)
        .text(" has no such tag");
    match nearest_tag(event, key) {
        Some(name) => message.text("; did you mean ").quoted(name).text("?"),
        None => message
            .text(": write `#[tag]` on its field ")
            .quoted(key)
            .text(", or order by a tag that all of them have"),
    }
}

/// What is wrong with a query for the events at `path`: there is no such event.
pub const fn check_query(schema: &Schema, path: &[&str]) -> Option<Message> {
    check_fact(schema, "", path, &[])
}

/// What is wrong with a query for the events at `path` by this tag: one of them does not have it.
pub const fn check_query_tag(schema: &Schema, path: &[&str], key: &str) -> Option<Message> {
    // That the event does not exist is said at its name.
    if check_query(schema, path).is_some() {
        return None;
    }
    check_fact(schema, "", path, &[(key, ANY_KIND)])
}

/// What is wrong with a fact or projection that names no events: nothing, when the type is a struct, which is one event.
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
            None => return Some(no_such_tag(ident, event, fact, key)),
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

const fn no_such_event(schema: &Schema, subject: &Message, ident: &str) -> Message {
    let message = subject
        .text(" matches ")
        .quoted(ident)
        .text(", but ")
        .quoted(schema.name)
        .text(" has no event of that name; ");
    let mut near = Nearest::to(ident);
    let mut i = 0;
    while i < schema.variants.len() {
        near = near.or(schema.variants[i].ident);
        i += 1;
    }
    if let Some(name) = near.found {
        return message.text("did you mean ").quoted(name).text("?");
    }
    let mut message = message.text("write the name that it was declared with: ");
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

const fn no_such_tag(ident: &str, event: &OwnEvent, fact: &str, key: &str) -> Message {
    let message = subject(fact)
        .text(" is narrowed by tag ")
        .quoted(key)
        .text(", but event ")
        .quoted(ident)
        .text(" has no such tag");
    if let Some(name) = nearest_tag(event, key) {
        return message.text("; did you mean ").quoted(name).text("?");
    }
    let message = message
        .text(": write `#[tag]` on its field ")
        .quoted(key)
        .text(", or ");
    if fact.is_empty() {
        message.text("ask for this event without that tag")
    } else {
        message.text("`#[tags(..)]` on the fact's arm with the tags that this event is narrowed by")
    }
}

/// The event's tag that was probably meant by this key.
const fn nearest_tag(event: &OwnEvent, key: &str) -> Option<&'static str> {
    let mut near = Nearest::to(key);
    let mut i = 0;
    while i < event.tags.len() {
        near = near.or(event.tags[i].0);
        i += 1;
    }
    near.found
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
        .text(", but ")
        .then(subject(fact))
        .text(if fact.is_empty() {
            " asks for a "
        } else {
            " takes a "
        })
        .kind(arg, full)
        .text(": it would never find the event; give both the same type")
}

/// Who reads: the fact of this name, or a query, which has none.
const fn subject(fact: &str) -> Message {
    if fact.is_empty() {
        Message::new().text("the query")
    } else {
        Message::new().text("fact ").quoted(fact)
    }
}

/// The kind of a tag whose value is compared later.
const ANY_KIND: TagKind = TagKind::new("", "");

const fn same_kind(a: TagKind, b: TagKind) -> bool {
    b.name.is_empty() || same(a.module, b.module) && same(a.name, b.name)
}
