//! Commands: what is asked for, the facts that decide it, and what is decided.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use crate::error::EncodeError;
use crate::event::{Event, NewEvent};
use crate::facts::Facts;
use crate::id::{IdSource, UuidV7};

/// Something that is asked for and decided by a pure function. Implemented by `#[decider]`; for an enum of commands by
/// `#[derive(Command)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "no decider takes `{Self}`",
    note = "write `#[decider]` on the function that decides it: `fn decide(cmd: &{Self}, …) -> …`"
)]
pub trait Command {
    /// The states of the facts that it is decided on.
    type States: Clone + Send + Sync + 'static;
    /// The domain's own error; [`Infallible`] when it is never rejected.
    type Error;

    /// The command's name, for messages and idempotency keys.
    const NAME: &'static str;

    /// Decides: new events, or why not.
    ///
    /// # Errors
    /// The domain's own.
    fn decide(&self, states: Self::States) -> Result<Events, Self::Error>;
}

/// A command whose facts can be read from a log over connections of type `C`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be dispatched on this log",
    label = "no decider takes `{Self}`, or it reads facts of another database",
    note = "write `#[decider]` on the function that decides it: `fn decide(cmd: &{Self}, …) -> …`"
)]
pub trait Reads<C>: Command {
    /// The facts that it is decided on.
    type Facts: Facts<C, States = Self::States>;

    /// The facts for this command.
    fn facts(&self) -> Self::Facts;
}

macro_rules! pointer_is_command {
    ($($pointer:ident),+) => {$(
        impl<T: Command> Command for $pointer<T> {
            type States = T::States;
            type Error = T::Error;

            const NAME: &'static str = T::NAME;

            fn decide(&self, states: T::States) -> Result<Events, T::Error> {
                T::decide(self, states)
            }
        }

        impl<C, T: Reads<C>> Reads<C> for $pointer<T> {
            type Facts = T::Facts;

            fn facts(&self) -> T::Facts {
                T::facts(self)
            }
        }
    )+};
}
// A command that waits elsewhere is shared; a large one in an enum of commands is boxed.
pointer_is_command!(Arc, Box);

/// The events that were decided, of any number of event types, in order.
///
/// ```
/// # use factos::prelude::*;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Debug, Serialize, Deserialize, Event)]
/// struct SeatTaken { row: u8 }
///
/// #[derive(Debug, Serialize, Deserialize, Event)]
/// struct TicketPrinted;
///
/// let taken = vec![SeatTaken { row: 1 }, SeatTaken { row: 2 }];
/// assert_eq!(events![taken, TicketPrinted].len(), 3);
/// ```
#[derive(Default)]
pub struct Events(Vec<Box<dyn AnyEvent>>);

trait AnyEvent: Send {
    fn encode(&self, ids: &dyn IdSource) -> Result<NewEvent, EncodeError>;
    fn event_type(&self) -> &str;
}

impl AnyEvent for NewEvent {
    fn encode(&self, _: &dyn IdSource) -> Result<NewEvent, EncodeError> {
        Ok(self.clone())
    }

    fn event_type(&self) -> &str {
        self.event_type.as_str()
    }
}

impl<E: Event> AnyEvent for E {
    fn encode(&self, ids: &dyn IdSource) -> Result<NewEvent, EncodeError> {
        NewEvent::encode_with(self, ids)
    }

    fn event_type(&self) -> &str {
        Event::event_type(self)
    }
}

impl Events {
    /// No events.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same with more events behind them.
    #[must_use]
    pub fn and(mut self, events: impl IntoEvents) -> Self {
        self.0.extend(events.into_events().0);
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is to be recorded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Encodes them, each with a new id unless it was encoded already.
    ///
    /// # Errors
    /// When a codec fails, or a type name or tag is beyond the limits.
    pub fn encode(&self) -> Result<Vec<NewEvent>, EncodeError> {
        self.encode_with(&UuidV7)
    }

    pub(crate) fn encode_with(&self, ids: &dyn IdSource) -> Result<Vec<NewEvent>, EncodeError> {
        self.0.iter().map(|event| event.encode(ids)).collect()
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self.0.iter().map(|event| event.event_type());
        f.debug_list().entries(types).finish()
    }
}

/// What can be decided, appended or given: an event, an array, a `Vec` or an `Option` of one event type, [`Events`] of
/// several, or events that are encoded already.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event, nor a list of events",
    label = "no events",
    note = "one event, an array, a `Vec`, an `Option` of one event type, or `events![…]` of several; \
            an event is a type with `#[derive(Event)]`"
)]
pub trait IntoEvents {
    /// The events, in order.
    fn into_events(self) -> Events;
}

impl IntoEvents for Events {
    fn into_events(self) -> Events {
        self
    }
}

macro_rules! one_into_events {
    ($([$($generics:tt)*] $type:ty),+) => {$(
        impl<$($generics)*> IntoEvents for $type {
            fn into_events(self) -> Events {
                Events(vec![Box::new(self)])
            }
        }
    )+};
}
one_into_events!([E: Event] E, [] NewEvent);

macro_rules! list_into_events {
    ($([$($generics:tt)*] $type:ty),+) => {$(
        impl<$($generics)*> IntoEvents for $type {
            fn into_events(self) -> Events {
                Events(self.into_iter().map(|event| Box::new(event) as Box<dyn AnyEvent>).collect())
            }
        }
    )+};
}
list_into_events!([E: Event] Vec<E>, [E: Event] Option<E>, [E: Event, const N: usize] [E; N]);
list_into_events!([] Vec<NewEvent>, [const N: usize] [NewEvent; N]);

/// What a decider can return: events in any shape of [`IntoEvents`], bare or in a `Result` with the domain's error.
#[diagnostic::on_unimplemented(
    message = "a decider cannot return `{Self}`",
    label = "no events",
    note = "one event, an array, a `Vec`, an `Option` of one event type, or `events![…]` of several, \
            each also in a `Result` with the domain's error"
)]
pub trait IntoDecision {
    /// The domain's error.
    type Error;

    /// The events, or the domain's error.
    ///
    /// # Errors
    /// The domain's own.
    fn into_decision(self) -> Result<Events, Self::Error>;
}

impl<T: IntoEvents> IntoDecision for T {
    type Error = Infallible;

    fn into_decision(self) -> Result<Events, Infallible> {
        Ok(self.into_events())
    }
}

impl<T: IntoEvents, X> IntoDecision for Result<T, X> {
    type Error = X;

    fn into_decision(self) -> Result<Events, X> {
        self.map(IntoEvents::into_events)
    }
}

/// Joins events of several types into one list for a decider to return, or a test to be given.
#[macro_export]
macro_rules! events {
    ($($events:expr),* $(,)?) => {
        $crate::Events::new()$(.and($events))*
    };
}
