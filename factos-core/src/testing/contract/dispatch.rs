//! What a store must keep so that commands are decided rightly: conditions, confirmations, and events that cannot be
//! decoded.

use std::future::IntoFuture;

use futures_util::TryStreamExt;

use super::between::Between;
use super::fixture::StoreFixture;
use super::seats::{FreeSeats, Full, Seat, Wish};
use super::words::*;
use crate::codec::Data;
use crate::error::{AppendError, DispatchError, ReadError};
use crate::event::NewEvent;
use crate::log::EventLog;
use crate::name::LogName;
use crate::position::Position;
use crate::query::Query;
use crate::store::{AppendRequest, EventStore};
use crate::testing::with_causes;

type Log<F> = EventLog<<<F as StoreFixture>::Store as EventStore>::Connection>;

async fn log<F: StoreFixture>(fixture: &F) -> Log<F> {
    EventLog::new(fixture.open(LogName::default()).await)
}

/// A log in which another client appends these events, one append behind each read.
async fn log_with_another_client<F: StoreFixture>(
    fixture: &F,
    appends: impl IntoIterator<Item = Seat>,
) -> Log<F> {
    let own = fixture.open(LogName::default()).await;
    let others = fixture.open(LogName::default()).await;
    let request = |event: Seat| -> AppendRequest { request([valid(NewEvent::encode(&event))]) };
    EventLog::new(Between::new(own, others, appends.into_iter().map(request)))
}

fn added(room: &str) -> Seat {
    Seat::Added(room.to_owned())
}

fn taken(room: &str) -> Seat {
    Seat::Taken(room.to_owned())
}

fn done<T, E: std::error::Error>(answer: Result<T, E>) -> T {
    answer.unwrap_or_else(|error| panic!("it is to work: {}", with_causes(&error)))
}

/// 20 clients that decide on facts of their own, in two processes, never lose a round to each other.
pub async fn g10_clients_on_disjoint_tags_never_conflict<F: StoreFixture>(fixture: &F) {
    let logs = [log(fixture).await, log(fixture).await];
    let clients = (0..20).map(|n| {
        let log = logs[n % 2].clone();
        async move {
            let room = format!("room-{n}");
            for _ in 0..8 {
                done(log.dispatch(Wish::Add(room.clone())).await);
                let took = done(log.dispatch(Wish::take(&room)).rounds(1).await);
                assert_eq!((took.rounds, took.events.len()), (1, 1));
            }
        }
    });
    together(clients).await;
    assert_eq!(done(logs[0].head().await).get(), 320);
}

/// A crowd on one fact never ends in a conflict error, and takes exactly the seats that there are.
pub async fn rule_a_crowd_on_one_fact_takes_exactly_what_is_there<F: StoreFixture>(fixture: &F) {
    let logs = [log(fixture).await, log(fixture).await];
    crowd(&logs, "hall", 24, 12).await;
    for n in 0..8 {
        crowd(&logs, &format!("booth-{n}"), 4, 1).await;
    }
}

async fn crowd<C: 'static>(logs: &[EventLog<C>; 2], room: &str, clients: usize, seats: usize) {
    done(logs[0].append(vec![added(room); seats]).await);
    let clients = (0..clients).map(|n| {
        let dispatch = logs[n % 2].dispatch(Wish::take(room)).into_future();
        async move {
            match dispatch.await {
                Ok(_) => 1,
                Err(DispatchError::Rejected(Full)) => 0,
                Err(other) => panic!("only the domain refuses, not: {}", with_causes(&other)),
            }
        }
    });
    let got_one: usize = together(clients).await.into_iter().sum();
    let left = done(logs[1].read(FreeSeats(room.to_owned())).await);
    assert_eq!(
        (got_one, left),
        (seats, 0),
        "who got a seat, and what is left"
    );
}

/// An event of the right type and tags whose data nothing can decode.
fn broken_seat(room: &str) -> NewEvent {
    let mut event = valid(NewEvent::encode(&added(room)));
    event.data = Data::binary([0, 159, 146, 150]);
    event
}

/// Fault 9, a default in the place of what cannot be decoded: a decision on a history that was passed over. It is an
/// error that names the event, and nothing is decided.
pub async fn fault_9_what_cannot_be_decoded_is_no_default<F: StoreFixture>(fixture: &F) {
    let log = log(fixture).await;
    done(log.append(added("a")).await);
    done(log.append(broken_seat("a")).await);
    match log.dispatch(Wish::take("a")).await {
        Err(DispatchError::Decode(error)) => {
            assert_eq!(
                (error.position.get(), error.event_type.as_str()),
                (2, "SeatAdded")
            );
        }
        other => panic!("event 2 cannot be decoded, and yet {other:?}"),
    }
    let read = log.read(FreeSeats("a".into())).await;
    assert!(matches!(read, Err(ReadError::Decode(_))), "{read:?}");
    assert_eq!(done(log.head().await).get(), 2);
}

/// Fault 10, rows that cannot be decoded dropped silently: a reader of all events hears of each one.
pub async fn fault_10_rows_that_cannot_be_decoded_are_not_dropped<F: StoreFixture>(fixture: &F) {
    let log = log(fixture).await;
    done(log.append(added("a")).await);
    done(log.append([broken_seat("a"), event("Unknown", &[])]).await);
    done(log.append(added("a")).await);
    let decoded = |after: u64| {
        let events = log.events(Query::all()).after(Position::new(after));
        events.decoded::<Seat>().try_collect::<Vec<_>>()
    };
    for (after, position) in [(0, 2), (2, 3)] {
        match decoded(after).await {
            Err(ReadError::Decode(error)) => assert_eq!(error.position.get(), position),
            other => panic!("event {position} cannot be decoded, and yet {other:?}"),
        }
    }
    let stored = log.events(Query::all()).stored();
    let stored: Vec<_> = done(stored.try_collect().await);
    assert_eq!(places(&stored), [1, 2, 3, 4]);
}

/// Fault 16, one foreign event that breaks every command: only those hear of it whose facts it matches.
pub async fn fault_16_a_foreign_event_harms_nobody_else<F: StoreFixture>(fixture: &F) {
    let log = log(fixture).await;
    let foreign = ["SeatAddedElsewhere", "Seat", "seatadded", "Other"];
    done(
        log.append(foreign.map(|name| event(name, &["room:a", "x:1"])).to_vec())
            .await,
    );
    done(
        log.append([broken_seat("b"), broken_seat("aa"), broken_seat("A")])
            .await,
    );
    done(log.append(added("a")).await);
    let took = done(log.dispatch(Wish::take("a")).await);
    assert_eq!((took.rounds, took.position), (1, Some(Position::new(9))));
    assert_eq!(done(log.read(FreeSeats("a".into())).await), 0);
}

/// Fault 17, no events reported as a conflict: a command that decides nothing is accepted, and so is an append of
/// nothing.
pub async fn fault_17_deciding_nothing_is_no_conflict<F: StoreFixture>(fixture: &F) {
    let log = log_with_another_client(fixture, [added("b"), added("b")]).await;
    let nothing = done(log.dispatch(Wish::TakeAll("a".into())).await);
    assert_eq!((nothing.rounds, nothing.position), (1, None));
    assert_eq!(nothing.events, []);
    let none: Vec<NewEvent> = Vec::new();
    assert_eq!(done(log.append(none).await), []);
    assert_eq!(done(log.head().await).get(), 1);
}

/// Fault 19, rejecting from a stale cache: a rejection, and a decision of nothing, are told only when the store has
/// confirmed the facts that they rest on.
pub async fn fault_19_a_rejection_is_confirmed_before_it_is_told<F: StoreFixture>(fixture: &F) {
    let between = log_with_another_client(fixture, [added("a")]).await;
    let took = done(between.dispatch(Wish::take("a")).await);
    assert_eq!(
        (took.rounds, took.events.len()),
        (2, 1),
        "there is a seat by now"
    );

    let between = log_with_another_client(fixture, [added("b")]).await;
    let took = done(between.dispatch(Wish::TakeAll("b".into())).await);
    assert_eq!(
        (took.rounds, took.events.len()),
        (2, 1),
        "there is a seat by now"
    );

    let between = log_with_another_client(fixture, [taken("c")]).await;
    done(between.append(added("c")).await);
    let refused = between.dispatch(Wish::take("c")).await;
    assert!(
        matches!(refused, Err(DispatchError::Rejected(Full))),
        "{refused:?}"
    );
}

/// A command decided on no fact reads nothing and depends on nothing; a condition that fails is told as such.
pub async fn rule_without_facts_nothing_is_guarded<F: StoreFixture>(fixture: &F) {
    let log = log_with_another_client(fixture, []).await;
    done(log.append(broken_seat("a")).await);
    for position in 2..5 {
        let accepted = done(log.dispatch(Wish::Add("a".into())).rounds(1).await);
        assert_eq!(accepted.position, Some(Position::new(position)));
    }
    let any = log
        .append(added("a"))
        .unless(Query::all(), Position::new(3))
        .await;
    assert!(matches!(any, Err(AppendError::Refused(_))), "{any:?}");
}
