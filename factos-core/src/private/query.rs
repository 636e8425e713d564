//! Queries that `query!` writes.

use std::marker::PhantomData;

use super::Cow;
use super::check::{check_fact, check_query_tag};
use super::message::Message;
use crate::error::LimitError;
use crate::event::Event;
use crate::query::{Query, QueryItem};
use crate::schema::Schema;
use crate::tag::{Tag, TagKind, TagValue};

/// The schema of the type that a closure matches a pattern with: the pattern tells the type.
pub const fn schema_of<E: Event>(_: &dyn Fn(&E)) -> &'static Schema {
    E::SCHEMA
}

/// The type of a tag's value, compared with what the events have once rustc knows it.
pub struct TagCheck<T: ?Sized> {
    kind: TagKind,
    text: fn(&T) -> Cow<'_, str>,
    value: PhantomData<fn(&T)>,
}

impl<T: TagValue + ?Sized> TagCheck<T> {
    /// The value's type as a tag.
    #[expect(
        clippy::new_without_default,
        reason = "only a constant makes one, which `Default` cannot"
    )]
    pub const fn new() -> Self {
        Self {
            kind: T::KIND,
            text: T::tag_value,
            value: PhantomData,
        }
    }
}

impl<T: ?Sized> TagCheck<T> {
    /// What is wrong with asking for the events at `path` by such a value: it is not what they carry.
    pub const fn wrong(&self, schema: &Schema, path: &[&str], key: &str) -> Option<Message> {
        // That there is no such tag is said at its key.
        if check_query_tag(schema, path, key).is_some() {
            return None;
        }
        check_fact(schema, "", path, &[(key, self.kind)])
    }
}

/// One tag of a query.
///
/// # Errors
/// [`LimitError`] when the value holds NUL or is too long.
pub fn query_tag<T: ?Sized>(key: &str, value: &T, check: &TagCheck<T>) -> Result<Tag, LimitError> {
    Tag::new(key, (check.text)(value))
}

/// One alternative of a query: the events at `path` with these tags.
///
/// # Errors
/// That of a tag.
pub fn query_item<const N: usize>(
    schema: &Schema,
    path: &[&str],
    tags: [Result<Tag, LimitError>; N],
) -> Result<QueryItem, LimitError> {
    let mut item = super::item(schema, &[path], &[])?;
    for tag in tags {
        item = item.tagged(tag?);
    }
    Ok(item)
}

/// The events of any of these items.
///
/// # Errors
/// That of an item.
pub fn query<const N: usize>(
    items: [Result<QueryItem, LimitError>; N],
) -> Result<Query, LimitError> {
    let mut items = items.into_iter();
    let Some(first) = items.next() else {
        return Ok(Query::all());
    };
    items.try_fold(Query::from(first?), |query, item| {
        Ok(query.union(Query::from(item?)))
    })
}
