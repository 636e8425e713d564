//! What is recorded with events beside their data: ids, and what led to them.

mod support;

use factos::prelude::*;
use factos::store::ExpectedRevision;
use factos::testing::CountedIds;
use factos::{
    Causation, Decider, EventId, EventLog, LogOptions, Metadata, NewEvent, Query, StoredEvent,
};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use support::stores::{memory, on_every_store};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct SeatTaken {
    #[tag]
    room: String,
}

fn taken(room: &str) -> SeatTaken {
    SeatTaken { room: room.into() }
}

#[fact]
fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
    match event {
        SeatTaken { .. } => taken + 1,
    }
}

struct TakeSeats(u32);

#[decider]
fn take_seats(cmd: &TakeSeats, #[fact(guard, seats_taken("a"))] _taken: u32) -> Vec<SeatTaken> {
    (0..cmd.0).map(|_| taken("a")).collect()
}

fn seats() -> Decider<u32, (), SeatTaken, ()> {
    Decider::new(
        (),
        |n: &u32, ()| Ok((0..*n).map(|_| taken("b")).collect()),
        |(), _| (),
    )
}

async fn stored(log: &EventLog) -> Vec<StoredEvent> {
    let events = log.events(Query::all()).stored();
    events.try_collect().await.expect("a read")
}

async fn ids_are_those_of_the_source(log: EventLog) {
    let given = NewEvent::encode(&taken("c")).expect("it can be encoded");
    let given_id = given.id;
    log.append([taken("a"), taken("a")])
        .await
        .expect("an append");
    log.append(events![given, taken("c")])
        .await
        .expect("an append");
    log.dispatch(TakeSeats(2)).await.expect("it is free");
    log.dispatch(TakeSeats(0)).await.expect("it is free");
    let stream = log.stream("s").expect("a name");
    stream.execute(&seats(), 2).await.expect("it is free");
    stream.execute(&seats(), 0).await.expect("it is free");
    stream
        .append(taken("b"), ExpectedRevision::At(1))
        .await
        .expect("it is at 1");

    let stored = stored(&log).await;
    let mut expected: Vec<EventId> = (1..=8).map(CountedIds::event).collect();
    expected.insert(2, given_id);
    let ids: Vec<EventId> = stored.iter().map(|event| event.id).collect();
    assert_eq!(ids, expected);
    let appends: Vec<_> = stored.iter().map(|event| event.append_id).collect();
    let expected = [1, 1, 2, 2, 3, 3, 4, 4, 5].map(CountedIds::append);
    assert_eq!(appends, expected);
}

fn counted() -> LogOptions {
    LogOptions::default().ids(CountedIds::new())
}

mod with_counted_ids {
    use super::*;

    on_every_store! { crate::counted(); ids_are_those_of_the_source }
}

/// The metadata that says what led to an event: what came before it, and where it all began.
fn origin(event: &StoredEvent) -> [Option<&str>; 2] {
    [Metadata::CAUSATION_ID, Metadata::CORRELATION_ID].map(|key| event.metadata.get(key))
}

async fn what_led_to_events_is_told_over_three_steps(log: EventLog) {
    let first = log.append(taken("a")).await.expect("an append").remove(0);
    assert_eq!(origin(&first), [None, None]);
    let root = first.id.to_string();

    let because = Metadata::new()
        .with(Metadata::ACTOR, "ann")
        .caused_by(&first);
    let second = log
        .dispatch(TakeSeats(2))
        .metadata(because)
        .await
        .expect("it is free")
        .events;
    for event in &second {
        assert_eq!(origin(event), [Some(root.as_str()), Some(root.as_str())]);
        assert_eq!(event.metadata.get(Metadata::ACTOR), Some("ann"));
    }

    let recorded: Recorded<SeatTaken> = second[1].decode().expect("it can be decoded");
    let because = Metadata::new().caused_by(&recorded);
    let stream = log.stream("s").expect("a name");
    let third = stream
        .execute(&seats(), 1)
        .metadata(because)
        .await
        .expect("it is free")
        .events;
    let before = recorded.id.to_string();
    assert_eq!(
        origin(&third[0]),
        [Some(before.as_str()), Some(root.as_str())]
    );

    let message = Causation::by("message-7").correlated(&root);
    let metadata = Metadata::new().caused_by(message);
    log.append(taken("c"))
        .metadata(metadata)
        .await
        .expect("an append");
    let stored = stored(&log).await;
    let last = stored.last().expect("five events");
    assert_eq!(origin(last), [Some("message-7"), Some(root.as_str())]);
}

on_every_store! { what_led_to_events_is_told_over_three_steps }

#[tokio::test]
async fn what_an_event_says_itself_of_its_cause_wins() {
    let log = memory(LogOptions::default()).await.log;
    let mut own = NewEvent::encode(&taken("a")).expect("it can be encoded");
    own.metadata.set(Metadata::CAUSATION_ID, "own");
    let append = log.append(events![own, taken("a")]);
    let because = Metadata::new().caused_by(Causation::by("other"));
    let stored = append.metadata(because).await.expect("an append");
    assert_eq!(origin(&stored[0]), [Some("own"), Some("other")]);
    assert_eq!(origin(&stored[1]), [Some("other"), Some("other")]);
}
