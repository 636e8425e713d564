//! Short ways to write requests and to look at answers, for any store.
#![allow(dead_code, unreachable_pub, clippy::expect_used)]

use std::error::Error;

use factos_core::store::{
    Answer, AppendRequest, Appended, EventStore, Group, Guard, ReadPart, ReadRequest, Refusal,
};
use factos_core::{
    Data, EventType, Limits, NewEvent, Position, Query, QueryItem, StoredEvent, Tag, Timestamp,
};

pub type TestResult = Result<(), Box<dyn Error>>;

pub fn event_type(name: &str) -> EventType {
    EventType::new(name.to_owned()).expect("a short name")
}

pub fn tag(text: &str) -> Tag {
    Tag::parse(text).expect("a tag")
}

pub fn event(name: &str, tags: &[&str]) -> NewEvent {
    let data = Data::json(r#"{"n":1}"#).expect("JSON");
    let event = NewEvent::new(event_type(name), data);
    tags.iter()
        .fold(event, |event, text| event.tagged(tag(text)))
}

pub fn request(events: impl IntoIterator<Item = NewEvent>) -> AppendRequest {
    let now = Timestamp::from_micros(1_000);
    AppendRequest::append(events.into_iter().collect(), now, &Limits::default()).expect("small")
}

pub fn item(types: &[&str], tags: &[&str]) -> QueryItem {
    let item = types.iter().fold(QueryItem::new(), |item, name| {
        item.of_type(event_type(name))
    });
    tags.iter().fold(item, |item, text| item.tagged(tag(text)))
}

pub fn query(types: &[&str], tags: &[&str]) -> Query {
    Query::from(item(types, tags))
}

pub fn guard(types: &[&str], tags: &[&str], after: u64) -> Guard {
    Guard::new(query(types, tags), Position::new(after))
}

pub async fn append_one(
    store: &impl EventStore,
    request: AppendRequest,
) -> Result<Result<Answer, Refusal>, Box<dyn Error>> {
    let mut answers = store.append(Group::single(request)).await?;
    answers.pop().ok_or_else(|| "no answer".into())
}

/// Where an accepted append stands.
pub async fn accepted(
    store: &impl EventStore,
    request: AppendRequest,
) -> Result<Appended, Box<dyn Error>> {
    match append_one(store, request).await?? {
        Answer::Accepted(receipt) => receipt.appended.ok_or_else(|| "no events".into()),
        other => Err(format!("{other:?}").into()),
    }
}

pub async fn read_part(
    store: &impl EventStore,
    part: ReadPart,
) -> Result<Vec<StoredEvent>, Box<dyn Error>> {
    let mut snapshot = store.read(ReadRequest::new([part])).await?;
    snapshot.parts.pop().ok_or_else(|| "no part".into())
}

pub async fn positions(
    store: &impl EventStore,
    part: ReadPart,
) -> Result<Vec<u64>, Box<dyn Error>> {
    let events = read_part(store, part).await?;
    Ok(events.iter().map(|event| event.position.get()).collect())
}
