//! Dispatch step by step: lost rounds, confirmed rejections, timeouts, cancellation, panics.

#[path = "dispatch/rounds.rs"]
mod rounds;
#[path = "dispatch/calls.rs"]
mod calls;
#[path = "dispatch/events.rs"]
mod events;
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use factos::prelude::*;
use factos::store::{
    Answer, AppendRequest, Cause, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal,
    Settled, Snapshot, StoreError,
};
use factos::{
    AnyConnection, AppendError, AppendId, DispatchError, EventLog, MemoryStore, Metadata, NewEvent,
    Position, Query,
};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use support::staged::{Staged, at_most, never};
use support::{append, event, everything};
use tokio::sync::Notify;

/// A time that is over soon, and long enough for a busy machine to begin what is then late.
const SOON: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
enum SeatEvent {
    SeatAdded {
        #[tag]
        room: String,
    },
    SeatTaken {
        #[tag]
        room: String,
    },
}
use SeatEvent::*;

#[fact]
fn free_seats(free: i32, event: &SeatEvent, #[tag] room: &str) -> i32 {
    match event {
        SeatAdded { .. } => free + 1,
        SeatTaken { .. } => free - 1,
    }
}

#[derive(Debug, PartialEq)]
struct Full;

struct TakeSeat(&'static str);

#[decider]
fn take_seat(cmd: &TakeSeat, #[fact(free_seats(cmd.0))] free: i32) -> Result<SeatEvent, Full> {
    if free <= 0 {
        return Err(Full);
    }
    Ok(SeatTaken { room: cmd.0.into() })
}

/// Takes all free seats, which may be none.
struct TakeAll(&'static str);

#[decider]
fn take_all(cmd: &TakeAll, #[fact(free_seats(cmd.0))] free: i32) -> Vec<SeatEvent> {
    (0..free)
        .map(|_| SeatTaken { room: cmd.0.into() })
        .collect()
}

struct Explode;

#[decider]
fn explode(_cmd: &Explode, #[fact(free_seats("a"))] free: i32) -> Option<SeatEvent> {
    panic!("{free} seats are enough to explode")
}

/// Appends the event of another client.
fn other_client(memory: &MemoryStore, event: fn(String) -> SeatEvent) {
    let event = NewEvent::encode(&event("a".into())).expect("it can be encoded");
    for answer in memory.append_now(&Group::single(append([event]))) {
        answer.expect("an unconditional append");
    }
}

fn added(room: String) -> SeatEvent {
    SeatAdded { room }
}

fn taken(room: String) -> SeatEvent {
    SeatTaken { room }
}

/// A log with so many free seats in room a.
fn with_seats(seats: u32) -> Staged {
    let store = Staged::new();
    for _ in 0..seats {
        other_client(&store.memory, added);
    }
    store
}
