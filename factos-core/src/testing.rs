//! Tests in the words of the domain: given these events, when this command comes, then this is recorded, or when they are
//! projected, then readers see this.
//!
//! Commands are decided as in production: events are encoded with their tags and appended to a log in memory, facts
//! are read by their queries. A tag that is missing makes the test fail. No store, no runtime and no `async` is
//! needed.

mod clock;
#[cfg(feature = "contract")]
pub mod contract;
mod difference;
mod ids;
mod projected;

use std::fmt;

pub use clock::ManualClock;
pub use ids::CountedIds;
pub use projected::Projected;

use crate::command::{Events, IntoEvents, Reads};
use crate::event::NewEvent;
use crate::facts::Context;
use crate::limits::Limits;
use crate::log::AnyConnection;
use crate::memory::MemoryStore;
use crate::store::{AppendRequest, Group};
use crate::time::Timestamp;
use difference::difference;

/// A log that holds these events, in their order.
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
/// # struct SeatTaken { #[tag] room: String }
/// # #[fact]
/// # fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
/// #     match event { SeatTaken { .. } => taken + 1 }
/// # }
/// # struct TakeSeat { room: String }
/// # #[derive(Debug, PartialEq)]
/// # struct Full;
/// # #[decider]
/// # fn take_seat(cmd: &TakeSeat, #[fact(seats_taken(&cmd.room))] taken: u32) -> Result<SeatTaken, Full> {
/// #     if taken >= 2 { Err(Full) } else { Ok(SeatTaken { room: cmd.room.clone() }) }
/// # }
/// use factos::testing::given;
///
/// let taken = || SeatTaken { room: "a".into() };
/// let take = || TakeSeat { room: "a".into() };
/// given([taken()]).when(take()).then([taken()]);
/// given([taken(), taken()]).when(take()).then_rejected(Full);
/// ```
///
/// # Panics
/// When an event cannot be encoded, or is beyond the limits: the test is wrong then.
#[track_caller]
pub fn given(events: impl IntoEvents) -> Given {
    let store = MemoryStore::new();
    let time = Timestamp::from_micros(0);
    let given = Given { store, time };
    given.and(events)
}

/// A log that holds no event yet.
pub fn given_nothing() -> Given {
    given(Events::new())
}

/// What has happened so far. See [`given`].
#[must_use = "nothing is tested until a command comes and an outcome is expected"]
#[derive(Debug)]
pub struct Given {
    store: MemoryStore,
    time: Timestamp,
}

impl Given {
    /// What is given from here on was recorded at this time, for facts that look at it; 1970 begins when nothing is
    /// said. As in every log, no event is recorded earlier than the one in front.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.time = time;
        self
    }

    /// And these events behind the others, for instance those of another type.
    ///
    /// # Panics
    /// As [`given`].
    #[track_caller]
    pub fn and(self, events: impl IntoEvents) -> Self {
        let mut events = encode(&events.into_events(), "given");
        while !events.is_empty() {
            let rest = events.split_off(events.len().min(Limits::default().events_per_append));
            let request = AppendRequest::append(events, self.time, &Limits::default());
            let answer = match request {
                Ok(request) => self.store.append_now(&Group::single(request)),
                Err(error) => fail(format_args!("the given events cannot be stored: {error}")),
            };
            if let Some(Err(refusal)) = answer.into_iter().next() {
                fail(format_args!("the given events cannot be stored: {refusal}"));
            }
            events = rest;
        }
        self
    }

    /// Decides a command on the facts that it reads from the given events.
    ///
    /// # Panics
    /// When an argument of a fact cannot be a tag, or a given event cannot be decoded by a fact that reads it.
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a test reads better without borrowing"
    )]
    pub fn when<T: Reads<AnyConnection>>(self, command: T) -> Outcome<T::Error> {
        let facts = command.facts();
        let context = match Context::new(&facts) {
            Ok(context) => context,
            Err(error) => fail(format_args!(
                "an argument of a fact cannot be a tag: {error}"
            )),
        };
        let snapshot = self.store.read_now(&context.request());
        let context = match context.fold(snapshot) {
            Ok(context) => context,
            Err(error) => fail(format_args!(
                "a fact cannot be read: {}",
                with_causes(&error)
            )),
        };
        let states = context.states::<AnyConnection, _>(&facts);
        Outcome(command.decide(std::sync::Arc::unwrap_or_clone(states)))
    }
}

/// What a command led to, to be compared with what was expected.
#[must_use = "nothing is tested until an outcome is expected"]
#[derive(Debug)]
pub struct Outcome<R>(Result<Events, R>);

impl<R: fmt::Debug> Outcome<R> {
    /// Expects these events, with the same type, tags and data, in this order.
    ///
    /// # Panics
    /// When the command was rejected, or led to other events: the message shows the difference line by line.
    #[track_caller]
    pub fn then(self, expected: impl IntoEvents) {
        let expected = encode(&expected.into_events(), "expected");
        match self.0 {
            Ok(events) => {
                let events = encode(&events, "decided");
                if let Some(difference) = difference(&expected, &events) {
                    fail(format_args!(
                        "the command led to other events:\n{difference}"
                    ));
                }
            }
            Err(rejection) => fail(format_args!("the command was rejected: {rejection:?}")),
        }
    }

    /// Expects that nothing is to be recorded.
    ///
    /// # Panics
    /// When the command was rejected, or led to events.
    #[track_caller]
    pub fn then_nothing(self) {
        self.then(Events::new());
    }

    /// Expects that the command is rejected, with this error.
    ///
    /// # Panics
    /// When it was accepted, or rejected with another error.
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a test reads better without borrowing"
    )]
    pub fn then_rejected(self, expected: R)
    where
        R: PartialEq,
    {
        match self.0 {
            Err(rejection) if rejection == expected => {}
            Err(rejection) => fail(format_args!(
                "the command was rejected with {rejection:?}, not {expected:?}"
            )),
            Ok(events) => fail(format_args!(
                "the command was accepted, not rejected with {expected:?}: {events:?}"
            )),
        }
    }
}

#[track_caller]
fn encode(events: &Events, which: &str) -> Vec<NewEvent> {
    match events.encode() {
        Ok(events) => events,
        Err(error) => fail(format_args!("the {which} events: {}", with_causes(&error))),
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Fails the test that called.
#[track_caller]
fn fail(message: fmt::Arguments<'_>) -> ! {
    panic!("{message}")
}
