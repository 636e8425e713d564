//! Queries: which events are meant.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::LimitError;
use crate::limits::MAX_ITEM_TAGS;
use crate::name::EventType;
use crate::tag::{Tag, Tags};

/// Which events are meant: all, or those that match at least one item. Clones share the items.
///
/// ```
/// use factos_core::{EventType, Query, QueryItem, Tag, Tags};
/// let course = Tag::new("course", "c1")?;
/// let query = Query::from(QueryItem::new().of_type(EventType::new("CourseDefined")?).tagged(course.clone()));
///
/// let tags: Tags = [course].into_iter().collect();
/// assert!(query.matches(&EventType::new("CourseDefined")?, &tags));
/// assert!(!query.matches(&EventType::new("CourseDefined")?, &Tags::new()));
/// assert!(Query::new([]).is_all());
/// # Ok::<(), factos_core::LimitError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query(Option<Arc<Vec<QueryItem>>>);

impl Query {
    /// Every event of the log.
    pub const fn all() -> Self {
        Self(None)
    }

    fn of(items: Vec<QueryItem>) -> Self {
        Self((!items.is_empty()).then(|| Arc::new(items)))
    }

    /// The events that match at least one of the items; no items, or one without types and tags, means all.
    pub fn new(items: impl IntoIterator<Item = QueryItem>) -> Self {
        let mut different = Vec::new();
        for item in items {
            if item.is_any() {
                return Self::all();
            }
            if !different.contains(&item) {
                different.push(item);
            }
        }
        Self::of(different)
    }

    /// Whether every event matches.
    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// The items; none when all events are meant.
    pub fn items(&self) -> &[QueryItem] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    /// The events that match this query or `other`.
    ///
    /// Items that another one covers are left out, and items with the same tags become one: stores have less to ask.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.union_all([other])
    }

    /// The events that match this query or one of the others, as by [`Query::union`] one after the other, in one go.
    #[must_use]
    pub(crate) fn union_all(self, others: impl IntoIterator<Item = Self>) -> Self {
        let mut items: Vec<QueryItem> = Vec::with_capacity(self.items().len());
        let mut places: HashMap<Tags, usize> = HashMap::new();
        for query in std::iter::once(self).chain(others) {
            let Some(own) = query.0 else {
                return Self::all();
            };
            for item in Arc::unwrap_or_clone(own) {
                if let Some(&place) = places.get(&item.tags) {
                    items[place].add_types(item.types);
                } else {
                    places.insert(item.tags.clone(), items.len());
                    items.push(item);
                }
            }
        }
        // No two items have the same tags any more, so that one that covers another has fewer.
        let covers = |other: &QueryItem, item: &QueryItem| {
            other.tags.len() < item.tags.len() && other.covers(item)
        };
        let covered = |item: &QueryItem| items.iter().any(|other| covers(other, item));
        let uncovered = items.iter().filter(|item| !covered(item));
        Self::of(uncovered.cloned().collect())
    }

    /// Whether every event that matches `other` matches this query.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let covered = |item: &QueryItem| self.items().iter().any(|own| own.covers(item));
        self.is_all() || !other.is_all() && other.items().iter().all(covered)
    }

    /// Whether stores can be asked.
    pub(crate) fn check(&self) -> Result<(), LimitError> {
        let widest = self
            .items()
            .iter()
            .map(|item| item.tags.len())
            .max()
            .unwrap_or(0);
        if widest > MAX_ITEM_TAGS {
            return Err(LimitError::QueryTooWide {
                tags: widest,
                limit: MAX_ITEM_TAGS,
            });
        }
        Ok(())
    }

    /// The tags of the first item that an event of this type with these tags matches.
    pub(crate) fn matched_tags(&self, event_type: &EventType, tags: &Tags) -> Tags {
        let mut items = self.items().iter();
        let matched = items.find(|item| item.matches(event_type, tags));
        matched.map_or_else(Tags::new, |item| item.tags.clone())
    }

    /// Whether an event of this type with these tags is meant.
    pub fn matches(&self, event_type: &EventType, tags: &Tags) -> bool {
        self.is_all()
            || self
                .items()
                .iter()
                .any(|item| item.matches(event_type, tags))
    }
}

impl From<QueryItem> for Query {
    fn from(item: QueryItem) -> Self {
        Self::new([item])
    }
}

/// One alternative of a query: an event matches when its type is one of the types and it carries all of the tags.
///
/// No types means any type, no tags means any tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct QueryItem {
    types: Vec<EventType>,
    tags: Tags,
}

impl QueryItem {
    /// An item that every event matches, to be narrowed.
    pub const fn new() -> Self {
        Self {
            types: Vec::new(),
            tags: Tags::new(),
        }
    }

    /// The same, but also with events of this type.
    #[must_use]
    pub fn of_type(mut self, event_type: EventType) -> Self {
        if !self.types.contains(&event_type) {
            self.types.push(event_type);
        }
        self
    }

    /// The same, but only with events that carry this tag.
    #[must_use]
    pub fn tagged(mut self, tag: Tag) -> Self {
        self.tags.insert(tag);
        self
    }

    /// The types, one of which an event must have; none means any.
    pub fn types(&self) -> &[EventType] {
        &self.types
    }

    /// The tags, all of which an event must carry.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// Takes on the types of an item with the same tags.
    fn add_types(&mut self, types: Vec<EventType>) {
        if self.types.is_empty() || types.is_empty() {
            self.types.clear();
            return;
        }
        for event_type in types {
            if !self.types.contains(&event_type) {
                self.types.push(event_type);
            }
        }
    }

    /// Whether every event that matches `other` matches this item.
    fn covers(&self, other: &Self) -> bool {
        let types = self.types.is_empty()
            || (!other.types.is_empty() && other.types.iter().all(|t| self.types.contains(t)));
        types && self.tags.iter().all(|tag| other.tags.contains(tag))
    }

    fn is_any(&self) -> bool {
        self.types.is_empty() && self.tags.is_empty()
    }

    fn matches(&self, event_type: &EventType, tags: &Tags) -> bool {
        (self.types.is_empty() || self.types.contains(event_type))
            && self.tags.iter().all(|tag| tags.contains(tag))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    use super::*;

    fn types() -> impl Strategy<Value = Vec<EventType>> {
        subsequence(vec!["A", "B", "C"], 0..3).prop_map(|names| {
            names
                .into_iter()
                .filter_map(|name| EventType::new(name).ok())
                .collect()
        })
    }

    fn tags() -> impl Strategy<Value = Tags> {
        subsequence(vec!["x:1", "x:2", "y:1"], 0..=3).prop_map(|tags| {
            tags.into_iter()
                .filter_map(|tag| Tag::parse(tag).ok())
                .collect()
        })
    }

    fn query() -> impl Strategy<Value = Query> {
        vec(
            (types(), tags()).prop_map(|(types, tags)| QueryItem { types, tags }),
            0..4,
        )
        .prop_map(Query::new)
    }

    proptest! {
        #[test]
        fn a_union_matches_what_either_matches(one in query(), two in query(), name in select(vec!["A", "B", "C"]), tags in tags()) {
            let name = EventType::new(name).expect("a type");
            let either = one.matches(&name, &tags) || two.matches(&name, &tags);
            let union = one.clone().union(two.clone());
            prop_assert!(union.items().len() <= one.items().len() + two.items().len());
            prop_assert_eq!(union.matches(&name, &tags), either);
        }

        #[test]
        fn a_union_of_many_is_that_of_each_after_the_other(
            queries in vec(query(), 1..6), name in select(vec!["A", "B", "C"]), tags in tags()
        ) {
            let name = EventType::new(name).expect("a type");
            let (first, rest) = queries.split_first().expect("one at least");
            let at_once = first.clone().union_all(rest.iter().cloned());
            let one_by_one = rest.iter().cloned().fold(first.clone(), Query::union);
            prop_assert!(at_once.items().len() <= queries.iter().map(|query| query.items().len()).sum());
            prop_assert_eq!(at_once.is_all(), one_by_one.is_all());
            prop_assert_eq!(at_once.matches(&name, &tags), one_by_one.matches(&name, &tags));
        }
    }

    #[test]
    fn a_union_asks_for_nothing_twice() {
        let item = |types: &[&'static str], tags: &[&str]| QueryItem {
            types: types
                .iter()
                .filter_map(|t| EventType::new(*t).ok())
                .collect(),
            tags: tags.iter().filter_map(|t| Tag::parse(*t).ok()).collect(),
        };
        let capacity = Query::from(item(&["Defined"], &["course:1"]));
        let taken = Query::from(item(&["Subscribed"], &["course:1"]));
        let subscribed = Query::from(item(&["Subscribed"], &["course:1", "student:1"]));
        let both = item(&["Defined", "Subscribed"], &["course:1"]);
        assert_eq!(capacity.union(taken).union(subscribed), Query::from(both));
    }
}
