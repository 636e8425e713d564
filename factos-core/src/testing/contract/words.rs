//! Short ways to say what the tests ask for and expect.

use std::future::Future;
use std::sync::Arc;

use tokio::task::{JoinHandle, JoinSet};

use super::fixture::StoreFixture;
use crate::codec::Data;
use crate::event::{NewEvent, StoredEvent};
use crate::id::AppendId;
use crate::limits::Limits;
use crate::name::{EventType, LogName, StreamName};
use crate::position::Position;
use crate::query::{Query, QueryItem};
use crate::store::{
    Answer, AppendRequest, Appended, BrokenGuard, EventStore, Group, Guard, IdempotencyKey,
    ReadPart, ReadRequest, Receipt, Refusal, Settled, Snapshot,
};
use crate::tag::Tag;
use crate::testing::with_causes;
use crate::time::Timestamp;

/// The value, or a failed test: the kit's own words are never refused.
pub(super) fn valid<T, E: std::error::Error>(value: Result<T, E>) -> T {
    value.unwrap_or_else(|error| panic!("the test itself is wrong: {}", with_causes(&error)))
}

pub(super) fn event_type(name: &str) -> EventType {
    valid(EventType::new(name.to_owned()))
}

pub(super) fn tag(text: &str) -> Tag {
    valid(Tag::parse(text))
}

pub(super) fn stream(name: &str) -> StreamName {
    valid(StreamName::new(name))
}

pub(super) fn log_name(name: &str) -> LogName {
    valid(LogName::new(name))
}

pub(super) fn key(text: &str, content: &[u8]) -> IdempotencyKey {
    valid(IdempotencyKey::new(text, "Command", content))
}

pub(super) fn event(name: &str, tags: &[&str]) -> NewEvent {
    let event = NewEvent::new(event_type(name), valid(Data::json(r#"{"n":1}"#)));
    tags.iter()
        .fold(event, |event, text| event.tagged(tag(text)))
}

pub(super) fn request(events: impl IntoIterator<Item = NewEvent>) -> AppendRequest {
    request_at(1_000, events)
}

/// A request whose client's clock shows so many microseconds since 1970.
pub(super) fn request_at(micros: i64, events: impl IntoIterator<Item = NewEvent>) -> AppendRequest {
    let at = Timestamp::from_micros(micros);
    valid(AppendRequest::append(
        events.into_iter().collect(),
        at,
        &Limits::default(),
    ))
}

pub(super) fn item(types: &[&str], tags: &[&str]) -> QueryItem {
    let item = types.iter().fold(QueryItem::new(), |item, name| {
        item.of_type(event_type(name))
    });
    tags.iter().fold(item, |item, text| item.tagged(tag(text)))
}

pub(super) fn query(types: &[&str], tags: &[&str]) -> Query {
    Query::from(item(types, tags))
}

pub(super) fn guard(types: &[&str], tags: &[&str], after: u64) -> Guard {
    Guard::new(query(types, tags), Position::new(after))
}

pub(super) fn all() -> ReadPart {
    ReadPart::query(Query::all())
}

/// The log that nobody named.
pub(super) async fn open<F: StoreFixture>(fixture: &F) -> Arc<F::Store> {
    Arc::new(fixture.open(LogName::default()).await)
}

/// The log that nobody named, as two processes have it.
pub(super) async fn open_twice<F: StoreFixture>(fixture: &F) -> [Arc<F::Store>; 2] {
    [open(fixture).await, open(fixture).await]
}

/// Runs all of them at the same time, and answers what they answered in any order.
pub(super) async fn together<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    tasks.into_iter().collect::<JoinSet<T>>().join_all().await
}

pub(super) async fn append_group(
    store: &impl EventStore,
    group: Group,
) -> Vec<Result<Answer, Refusal>> {
    let requests = group.len();
    let answers = store.append(group).await;
    let answers =
        answers.unwrap_or_else(|error| panic!("the store cannot append: {}", with_causes(&error)));
    assert_eq!(answers.len(), requests, "each request has an answer");
    answers
}

pub(super) async fn append(
    store: &impl EventStore,
    request: AppendRequest,
) -> Result<Answer, Refusal> {
    append_group(store, Group::single(request)).await.remove(0)
}

/// What the store remembers of an append that it has just accepted.
pub(super) async fn receipt(store: &impl EventStore, request: AppendRequest) -> Receipt {
    match append(store, request.clone()).await {
        Ok(Answer::Accepted(receipt)) => receipt,
        other => panic!("it is to be accepted, not {other:?}: {request:#?}"),
    }
}

/// Where an append stands that the store has just accepted.
pub(super) async fn accepted(store: &impl EventStore, request: AppendRequest) -> Appended {
    let receipt = receipt(store, request).await;
    let appended = receipt.appended;
    appended.unwrap_or_else(|| panic!("its events have positions: {receipt:?}"))
}

pub(super) async fn refused(store: &impl EventStore, request: AppendRequest) -> Refusal {
    match append(store, request.clone()).await {
        Err(refusal) => refusal,
        Ok(answer) => panic!("it is to be refused, not {answer:?}: {request:#?}"),
    }
}

/// The number and position of each guard that does not hold.
pub(super) fn broken(answer: &Result<Answer, Refusal>) -> Vec<(usize, u64)> {
    match answer {
        Err(Refusal::Conflict(broken)) => {
            let pair = |b: &BrokenGuard| (b.guard, b.position.get());
            broken.iter().map(pair).collect()
        }
        other => panic!("a conflict is to be answered, not {other:?}"),
    }
}

pub(super) async fn read(store: &impl EventStore, request: ReadRequest) -> Snapshot {
    let parts = request.parts.len();
    let snapshot = store.read(request).await;
    let snapshot =
        snapshot.unwrap_or_else(|error| panic!("the store cannot read: {}", with_causes(&error)));
    assert_eq!(snapshot.parts.len(), parts, "each part has an answer");
    snapshot
}

pub(super) async fn events(store: &impl EventStore, part: ReadPart) -> Vec<StoredEvent> {
    read(store, ReadRequest::new([part])).await.parts.remove(0)
}

pub(super) fn places(events: &[StoredEvent]) -> Vec<u64> {
    events.iter().map(|event| event.position.get()).collect()
}

pub(super) async fn positions(store: &impl EventStore, part: ReadPart) -> Vec<u64> {
    places(&events(store, part).await)
}

pub(super) async fn head(store: &impl EventStore) -> u64 {
    read(store, ReadRequest::new([])).await.head.get()
}

pub(super) async fn settle(store: &impl EventStore, id: AppendId) -> Settled {
    let settled = store.settle(id).await;
    settled.unwrap_or_else(|error| panic!("the store cannot settle: {}", with_causes(&error)))
}

/// What a task answered; its panic is the test's.
pub(super) async fn joined<T>(task: JoinHandle<T>) -> T {
    match task.await {
        Ok(answer) => answer,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// What a call answers that must not wait for a lock which nobody holds.
pub(super) async fn within<F: StoreFixture, T>(fixture: &F, call: impl Future<Output = T>) -> T {
    let answer = tokio::time::timeout(fixture.patience(), call).await;
    answer.unwrap_or_else(|_| panic!("the call hangs: somebody has left with the log's lock"))
}
