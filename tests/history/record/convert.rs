//! Records from the log's own types, and back.

use std::fmt;

use factos::store::{AppendRequest, ExpectedRevision, Guard as StoreGuard, IdempotencyKey};
use factos::{AppendId, Data, EventId, EventType, NewEvent, Position, QueryItem, StreamName, Tag};

use crate::shape::append;

use super::{Event, Expected, Guard, Id, Item, Query, Request};

impl Request {
    /// What is sent, without what it depends on.
    pub fn of(request: &AppendRequest) -> Self {
        Self {
            id: request.append_id().into(),
            events: (!request.is_check()).then(|| request.events().iter().map(Event::of).collect()),
            guards: request.guards().iter().map(Guard::of).collect(),
            on: Vec::new(),
            stream: request
                .stream()
                .map(|stream| (stream.name.as_str().into(), Expected::of(stream.expected))),
            key: request.key().map(|key| key.key().into()),
            again: false,
        }
    }

    /// The request itself, to be sent again.
    pub fn request(&self) -> AppendRequest {
        let guards = self.guards.iter().map(Guard::guard);
        let mut request = match &self.events {
            Some(events) => append(events.iter().map(Event::event).collect()),
            None => AppendRequest::check(Vec::new()),
        };
        request = request.with_id(self.id.into()).guarded(guards);
        if let Some((name, expected)) = &self.stream {
            let name = StreamName::new(name.clone()).expect("as it was sent");
            request = request.to_stream(name, expected.expected());
        }
        match &self.key {
            Some(key) => request.with_key(idempotency_key(key)),
            None => request,
        }
    }
}

/// All keys are used for one command.
pub fn idempotency_key(key: &str) -> IdempotencyKey {
    IdempotencyKey::new(key, "Write", []).expect("a key")
}

impl Event {
    fn of(event: &NewEvent) -> Self {
        let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        Self {
            id: event.id.into(),
            r#type: event.event_type.as_str().into(),
            version: event.version,
            tags: event.tags.iter().map(|tag| tag.as_str().into()).collect(),
            data: event.data.as_json().expect("json is sent").into(),
            metadata: event.metadata.iter().map(pair).collect(),
        }
    }

    pub fn event(&self) -> NewEvent {
        let event_type = EventType::new(self.r#type.clone()).expect("as it was sent");
        let data = Data::json(self.data.as_str()).expect("as it was sent");
        let mut event = NewEvent::new(event_type, data);
        event.id = EventId::from_bytes(self.id.0.to_be_bytes());
        event.version = self.version;
        let tag = |tag: &String| Tag::parse(tag.as_str()).expect("as it was sent");
        event.tags = self.tags.iter().map(tag).collect();
        event.metadata = self.metadata.iter().cloned().collect();
        event
    }
}

impl Guard {
    fn of(guard: &StoreGuard) -> Self {
        Self {
            query: Query::of(&guard.query),
            after: guard.after.get(),
        }
    }

    fn guard(&self) -> StoreGuard {
        StoreGuard::new(self.query.query(), Position::new(self.after))
    }
}

impl Query {
    pub fn of(query: &factos::Query) -> Self {
        let item = |item: &QueryItem| Item {
            types: item.types().iter().map(|t| t.as_str().into()).collect(),
            tags: item.tags().iter().map(|tag| tag.as_str().into()).collect(),
        };
        Self(query.items().iter().map(item).collect())
    }

    pub fn query(&self) -> factos::Query {
        let item = |item: &Item| {
            let types = item.types.iter().fold(QueryItem::new(), |made, name| {
                made.of_type(EventType::new(name.clone()).expect("as it was sent"))
            });
            item.tags.iter().fold(types, |made, tag| {
                made.tagged(Tag::parse(tag.as_str()).expect("as it was sent"))
            })
        };
        factos::Query::new(self.0.iter().map(item))
    }
}

impl Expected {
    fn of(expected: ExpectedRevision) -> Self {
        match expected {
            ExpectedRevision::NoStream => Self::NoStream,
            ExpectedRevision::At(revision) => Self::At(revision),
            _ => Self::Any,
        }
    }

    pub fn expected(self) -> ExpectedRevision {
        match self {
            Self::Any => ExpectedRevision::Any,
            Self::NoStream => ExpectedRevision::NoStream,
            Self::At(revision) => ExpectedRevision::At(revision),
        }
    }
}

impl From<AppendId> for Id {
    fn from(id: AppendId) -> Self {
        Self(u128::from_be_bytes(*id.as_bytes()))
    }
}

impl From<EventId> for Id {
    fn from(id: EventId) -> Self {
        Self(u128::from_be_bytes(*id.as_bytes()))
    }
}

impl From<Id> for EventId {
    fn from(id: Id) -> Self {
        Self::from_bytes(id.0.to_be_bytes())
    }
}

impl From<Id> for AppendId {
    fn from(id: Id) -> Self {
        Self::from_bytes(id.0.to_be_bytes())
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        format!("{:032x}", id.0)
    }
}

impl TryFrom<String> for Id {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&text, 16).map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AppendId::from(*self).fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = |item: &Item| match (item.types.join("|"), item.tags.join("&")) {
            (types, tags) if tags.is_empty() => types,
            (types, tags) => format!("{types}[{tags}]"),
        };
        match self.0.as_slice() {
            [] => f.write_str("all"),
            items => f.write_str(&items.iter().map(item).collect::<Vec<_>>().join(" or ")),
        }
    }
}
