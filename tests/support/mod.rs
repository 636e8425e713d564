//! What several tests need.

#![allow(dead_code, reason = "each test takes what it needs")]

pub mod staged;
pub mod stores;
pub mod worker;

use factos::store::{AppendRequest, ReadPart, ReadRequest};
use factos::{Data, EventType, Limits, NewEvent, Query, Tag, Timestamp};

/// A URL for a new SQLite file in this directory.
pub fn sqlite_url(directory: &tempfile::TempDir) -> String {
    format!("sqlite:{}", directory.path().join("log.db").display())
}

/// An event of this type with these tags.
pub fn event(event_type: &str, tags: &[&str]) -> NewEvent {
    let event_type = EventType::new(event_type.to_owned()).expect("a type");
    let event = NewEvent::new(event_type, Data::json("{}").expect("json"));
    tags.iter().fold(event, |event, tag| {
        event.tagged(Tag::parse(*tag).expect("a tag"))
    })
}

/// A request to append these events.
pub fn append(events: impl Into<Vec<NewEvent>>) -> AppendRequest {
    AppendRequest::append(events.into(), Timestamp::from_micros(0), &Limits::default())
        .expect("within the limits")
}

/// A read of the whole log.
pub fn everything() -> ReadRequest {
    ReadRequest::new([ReadPart::query(Query::all())])
}
