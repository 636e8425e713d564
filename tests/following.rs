//! The log followed: subscriptions and watched facts, on every store.

mod support;

#[path = "following/failures.rs"]
mod failures;
#[path = "following/paging.rs"]
mod paging;
#[path = "following/watching.rs"]
mod watching;

use std::time::Duration;

use factos::prelude::*;
use factos::store::StoreError;
use factos::{Checkpoint, EventId, EventLog, LogId, Position, Query, ReadError};
use futures_util::{Stream, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

/// Long enough for everything that comes at all.
const SOON: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(room))]
enum RoomEvent {
    SeatTaken { room: String, number: u32 },
    SeatGiven { room: String, number: u32 },
}
use RoomEvent::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct DoorOpened {
    #[tag]
    room: String,
}

fn taken(room: &str, number: u32) -> RoomEvent {
    let room = room.into();
    SeatTaken { room, number }
}

fn given(room: &str, number: u32) -> RoomEvent {
    let room = room.into();
    SeatGiven { room, number }
}

fn opened(room: &str) -> DoorOpened {
    DoorOpened { room: room.into() }
}

fn rooms() -> Query {
    query!(SeatTaken | SeatGiven).expect("a query")
}

fn seats_only() -> Query {
    query!(SeatTaken).expect("a query")
}

/// What comes next, and soon.
async fn next<T>(stream: &mut (impl Stream<Item = Result<T, ReadError>> + Unpin)) -> T {
    let next = timeout(SOON, stream.try_next()).await.expect("in time");
    next.expect("no error").expect("no end")
}

/// The error that comes next, behind which the stream ends.
async fn error<T: std::fmt::Debug>(
    stream: &mut (impl Stream<Item = Result<T, ReadError>> + Unpin),
) -> ReadError {
    let next = timeout(SOON, stream.next()).await.expect("in time");
    let error = next.expect("no end").expect_err("an error");
    assert!(stream.next().await.is_none(), "a stream ends with an error");
    error
}

/// The numbers and positions of seats.
fn seat(event: &Recorded<RoomEvent>) -> (u32, u64) {
    let (SeatTaken { number, .. } | SeatGiven { number, .. }) = &event.data;
    (*number, event.position.get())
}

async fn a_subscription_catches_up_and_then_lives(log: EventLog) {
    log.append([taken("a", 1), given("a", 2)])
        .await
        .expect("an append");
    log.append([opened("a")]).await.expect("an append");
    let query = seats_only();
    let mut seats = log.subscribe(query).decoded::<RoomEvent>();
    assert_eq!(seat(&next(&mut seats).await), (1, 1));

    log.append([opened("b")]).await.expect("an append");
    log.append([taken("b", 3), taken("b", 4)])
        .await
        .expect("an append");
    assert_eq!(seat(&next(&mut seats).await), (3, 5));
    assert_eq!(seat(&next(&mut seats).await), (4, 6));

    let waiting = timeout(Duration::from_millis(50), seats.next()).await;
    assert!(waiting.is_err(), "nothing is repeated: {waiting:?}");
    log.append([taken("b", 5)]).await.expect("an append");
    assert_eq!(seat(&next(&mut seats).await), (5, 7));
}

async fn it_begins_behind_a_position(log: EventLog) {
    for number in 1..=3 {
        log.append([taken("a", number)]).await.expect("an append");
    }
    let from = |position| log.subscribe(rooms()).from(Position::new(position));
    assert_eq!(seat(&next(&mut from(0).decoded()).await).0, 1);
    assert_eq!(seat(&next(&mut from(2).decoded()).await).0, 3);

    let mut none = from(3).decoded::<RoomEvent>();
    let later = async {
        tokio::task::yield_now().await;
        log.append([taken("a", 4)]).await.expect("an append");
    };
    let (seen, ()) = tokio::join!(next(&mut none), later);
    assert_eq!(seat(&seen).0, 4);
}

async fn a_position_that_the_log_does_not_reach_is_an_error(log: EventLog) {
    log.append([taken("a", 1)]).await.expect("an append");
    let mut seats = log.subscribe(rooms()).from(Position::new(2)).stored();
    let error = error(&mut seats).await;
    assert!(
        matches!(&error, ReadError::Store(StoreError::Rewound { seen, head }) if (seen.get(), head.get()) == (2, 1)),
        "{error:?}"
    );
}

async fn a_batch_has_a_checkpoint_to_go_on_from(log: EventLog) {
    log.append([taken("a", 1), taken("a", 2)])
        .await
        .expect("an append");
    log.append([opened("a"), opened("a")])
        .await
        .expect("an append");
    let subscribe = || log.subscribe(rooms());
    let mut batches = subscribe().batches();
    let batch = next(&mut batches).await;
    assert_eq!(batch.events.len(), 2);
    // It is past the events of no interest, too.
    assert_eq!((batch.checkpoint.position.get(), batch.head.get()), (4, 4));
    assert_eq!(batch.checkpoint.log, log.info().identity());
    assert!(batch.checkpoint.event.is_some());

    log.append([opened("a")]).await.expect("an append");
    let empty = next(&mut batches).await;
    assert!(empty.events.is_empty());
    assert_eq!(empty.checkpoint.position.get(), 5);

    log.append([taken("a", 3)]).await.expect("an append");
    let mut resumed = subscribe().resume(empty.checkpoint).decoded();
    assert_eq!(seat(&next(&mut resumed).await), (3, 6));
}

async fn a_checkpoint_of_another_log_or_another_past_is_noticed(log: EventLog) {
    log.append([taken("a", 1), taken("a", 2)])
        .await
        .expect("an append");
    let resume = |checkpoint| log.subscribe(rooms()).resume(checkpoint).stored();

    let other = Checkpoint::start(LogId::new());
    let noticed = error(&mut resume(other)).await;
    assert!(
        matches!(noticed, ReadError::Store(StoreError::AnotherLog(_))),
        "{noticed:?}"
    );

    let start = Checkpoint::start(log.info().identity());
    let other = start.at(Position::new(1), Some(EventId::new()));
    let noticed = error(&mut resume(other)).await;
    assert!(
        matches!(noticed, ReadError::Store(StoreError::Rewritten { position }) if position.get() == 1),
        "{noticed:?}"
    );

    let beyond = start.at(Position::new(9), Some(EventId::new()));
    let noticed = error(&mut resume(beyond)).await;
    assert!(
        matches!(noticed, ReadError::Store(StoreError::Rewound { .. })),
        "{noticed:?}"
    );
}

async fn an_event_that_cannot_be_decoded_ends_it(log: EventLog) {
    log.append([taken("a", 1)]).await.expect("an append");
    log.append([support::event("SeatTaken", &["room:a"])])
        .await
        .expect("an append");
    let mut seats = log.subscribe(rooms()).decoded::<RoomEvent>();
    assert_eq!(seat(&next(&mut seats).await).0, 1);
    let failed = error(&mut seats).await;
    assert!(
        matches!(&failed, ReadError::Decode(error) if error.position.get() == 2),
        "{failed:?}"
    );
}

async fn a_slow_reader_holds_nobody_up(log: EventLog) {
    let mut slow = log.subscribe(rooms()).decoded();
    log.append([taken("a", 0)]).await.expect("an append");
    assert_eq!(seat(&next(&mut slow).await).0, 0);
    for number in 1..=50 {
        log.append([taken("a", number)]).await.expect("an append");
    }
    for number in 1..=50 {
        assert_eq!(seat(&next(&mut slow).await).0, number);
    }
}

async fn many_writers_and_readers_agree(log: EventLog) {
    const WRITERS: u32 = 4;
    const EACH: u32 = 50;
    let writers = (0..WRITERS).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move {
            for number in 0..EACH {
                let event = taken("a", writer * EACH + number);
                log.append([event]).await.expect("an append");
            }
        })
    });
    let readers = (0..3).map(|_| {
        let log = log.clone();
        tokio::spawn(async move {
            let mut seats = log.subscribe(rooms()).decoded();
            let mut seen = Vec::new();
            while seen.len() < (WRITERS * EACH) as usize {
                seen.push(seat(&next(&mut seats).await));
                // Begun anew now and then.
                if fastrand::u32(..10) == 0 {
                    let last = seen.last().expect("one").1;
                    let again = log.subscribe(rooms());
                    seats = again.from(Position::new(last)).decoded();
                }
            }
            seen
        })
    });
    let (writers, readers): (Vec<_>, Vec<_>) = (writers.collect(), readers.collect());
    for writer in writers {
        writer.await.expect("a writer");
    }
    let stored = log.events(rooms()).decoded();
    let stored: Vec<_> = stored
        .map_ok(|event| seat(&event))
        .try_collect()
        .await
        .expect("a read");
    for reader in readers {
        assert_eq!(reader.await.expect("a reader"), stored);
    }
}

support::stores::on_every_store! {
    a_subscription_catches_up_and_then_lives
    it_begins_behind_a_position
    a_position_that_the_log_does_not_reach_is_an_error
    a_batch_has_a_checkpoint_to_go_on_from
    a_checkpoint_of_another_log_or_another_past_is_noticed
    an_event_that_cannot_be_decoded_ends_it
    a_slow_reader_holds_nobody_up
    many_writers_and_readers_agree
}
