//! Facts: folds over the events that a decision depends on.

use std::hash::Hash;

use crate::error::LimitError;
use crate::event::{Event, NewEvent, Recorded};
use crate::query::Query;

/// One thing that a decision depends on: a query, and a fold over the events that match it.
///
/// Made by `#[fact]` on a function. The value holds the function's arguments, and two values with equal arguments are
/// the same fact. Folds are pure: they may be called any number of times.
///
/// ```
/// use factos::prelude::*;
/// use factos::Fact;
/// # use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Serialize, Deserialize, Event)]
/// struct SeatTaken { #[tag] room: String }
///
/// #[fact]
/// fn seats_taken(taken: u32, event: &SeatTaken, #[tag] room: &str) -> u32 {
///     match event {
///         SeatTaken { .. } => taken + 1,
///     }
/// }
///
/// let events = ["a", "b", "a"].map(|room| SeatTaken { room: room.into() });
/// assert_eq!(seats_taken("a").over(&events), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a fact",
    label = "not a fact",
    note = "write `#[fact]` on the function that folds it, and call that function with the fact's arguments"
)]
pub trait Fact: Clone + Eq + Hash + Send + Sync + 'static {
    /// What the fold is called with: an event type `E`, or [`Recorded<E>`] when time or metadata matter.
    type Input: FoldInput;
    /// What it folds to.
    type State: Clone + Send + Sync + 'static;

    /// The function's name, for messages.
    const NAME: &'static str;
    /// Whether only the latest matching event counts, so that one row is read.
    const LAST_ONLY: bool = false;

    /// The events that the fold is about.
    ///
    /// # Errors
    /// When an argument cannot be a tag: it holds NUL, or is too long.
    fn query(&self) -> Result<Query, LimitError>;

    /// The state before the first event.
    fn initial(&self) -> Self::State;

    /// The state after one more event, which matches the query.
    fn apply(&self, state: Self::State, event: &Self::Input) -> Self::State;

    /// Folds what the query matches among these events, as a log of them would be read: for tests without a store.
    ///
    /// Events that cannot be encoded do not match, as they could not have been stored.
    fn over<'a>(&self, events: impl IntoIterator<Item = &'a Self::Input>) -> Self::State {
        let Ok(query) = self.query() else {
            return self.initial();
        };
        let matching = events.into_iter().filter(|input| {
            let encoded = NewEvent::encode(input.event());
            encoded.is_ok_and(|event| query.matches(&event.event_type, &event.tags))
        });
        matching.fold(self.initial(), |state, event| {
            let before = if Self::LAST_ONLY {
                self.initial()
            } else {
                state
            };
            self.apply(before, event)
        })
    }
}

/// What a fold can be called with: an event, or an event together with what the log recorded about it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "add `#[derive(Event)]` to `{Self}`; a fact folds `&E`, or `&Recorded<E>` for the time and metadata too"
)]
pub trait FoldInput: Sized + Send + Sync + 'static {
    /// The event type.
    type Event: Event;

    /// Whether the fold sees what is only known after the commit: position, time, revision.
    const IS_RECORDED: bool;

    /// The input, out of what was read.
    fn of(recorded: &Recorded<Self::Event>) -> &Self;

    /// The event alone.
    fn event(&self) -> &Self::Event;
}

impl<E: Event> FoldInput for E {
    type Event = E;
    const IS_RECORDED: bool = false;

    fn of(recorded: &Recorded<E>) -> &E {
        &recorded.data
    }

    fn event(&self) -> &E {
        self
    }
}

impl<E: Event> FoldInput for Recorded<E> {
    type Event = E;
    const IS_RECORDED: bool = true;

    fn of(recorded: &Self) -> &Self {
        recorded
    }

    fn event(&self) -> &E {
        &self.data
    }
}
