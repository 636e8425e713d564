//! Queries: which events are meant.

use crate::event::EventType;
use crate::tag::{Tag, Tags};

/// Which events are meant: all, or those that match at least one item.
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
pub struct Query(Vec<QueryItem>);

impl Query {
    /// Every event of the log.
    pub const fn all() -> Self {
        Self(Vec::new())
    }

    /// The events that match at least one of the items; no items, or one without types and tags, means all.
    pub fn new(items: impl IntoIterator<Item = QueryItem>) -> Self {
        let mut query = Self::all();
        for item in items {
            if item.is_any() {
                return Self::all();
            }
            if !query.0.contains(&item) {
                query.0.push(item);
            }
        }
        query
    }

    /// Whether every event matches.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// The items; none when all events are meant.
    pub fn items(&self) -> &[QueryItem] {
        &self.0
    }

    /// The events that match this query or `other`.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        if self.is_all() || other.is_all() {
            return Self::all();
        }
        Self::new(self.0.into_iter().chain(other.0))
    }

    /// Whether an event of this type with these tags is meant.
    pub fn matches(&self, event_type: &EventType, tags: &Tags) -> bool {
        self.is_all() || self.0.iter().any(|item| item.matches(event_type, tags))
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

    fn is_any(&self) -> bool {
        self.types.is_empty() && self.tags.is_empty()
    }

    fn matches(&self, event_type: &EventType, tags: &Tags) -> bool {
        (self.types.is_empty() || self.types.contains(event_type))
            && self.tags.iter().all(|tag| tags.contains(tag))
    }
}
