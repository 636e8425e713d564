//! A small domain for what is shown by dispatching commands: rooms with free seats.
//!
//! Written by hand, as the macros would write it: the kit does not depend on them.

use crate::codec::{CodecError, Data};
use crate::command::{Command, Events, Reads};
use crate::error::LimitError;
use crate::event::Event;
use crate::fact::Fact;
use crate::name::EventType;
use crate::query::{Query, QueryItem};
use crate::schema::{Schema, Variant};
use crate::tag::{Tag, TagKind, TagValue, Tags};

/// What happens to the seats of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seat {
    Added(String),
    Taken(String),
}

const ROOM: &[(&str, TagKind)] = &[("room", <str as TagValue>::KIND)];
const ADDED: &str = "SeatAdded";
const TAKEN: &str = "SeatTaken";

impl Seat {
    fn room(&self) -> &str {
        match self {
            Self::Added(room) | Self::Taken(room) => room,
        }
    }
}

impl Event for Seat {
    const SCHEMA: &'static Schema = &Schema::of_enum(
        "Seat",
        &[Variant::event(ADDED, ROOM), Variant::event(TAKEN, ROOM)],
    );

    fn event_type(&self) -> &'static str {
        match self {
            Self::Added(_) => ADDED,
            Self::Taken(_) => TAKEN,
        }
    }

    fn tags(&self) -> Result<Tags, LimitError> {
        Ok(Tags::from_iter([Tag::new("room", self.room())?]))
    }

    fn encode(&self) -> Result<Data, CodecError> {
        let text = serde_json::to_string(self.room()).map_err(CodecError::new)?;
        Data::json(text)
    }

    fn decode(event_type: &str, _: u32, data: &Data) -> Result<Option<Self>, CodecError> {
        let event = match event_type {
            ADDED => Self::Added,
            TAKEN => Self::Taken,
            _ => return Ok(None),
        };
        let room = serde_json::from_slice(data.as_bytes()).map_err(CodecError::new)?;
        Ok(Some(event(room)))
    }
}

/// The free seats of a room.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct FreeSeats(pub(super) String);

impl Fact for FreeSeats {
    type Input = Seat;
    type State = i32;

    const NAME: &'static str = "free_seats";

    fn query(&self) -> Result<Query, LimitError> {
        let item = QueryItem::new()
            .of_type(EventType::new(ADDED)?)
            .of_type(EventType::new(TAKEN)?);
        Ok(Query::from(item.tagged(Tag::new("room", &self.0)?)))
    }

    fn initial(&self) -> i32 {
        0
    }

    fn apply(&self, free: i32, event: &Seat) -> i32 {
        match event {
            Seat::Added(_) => free + 1,
            Seat::Taken(_) => free - 1,
        }
    }
}

/// There is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// What somebody wants of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// A seat, or to hear that there is none.
    Take(String),
    /// All free seats, which may be none.
    TakeAll(String),
    /// One more seat, whatever there is: it is decided on no fact.
    Add(String),
}

impl Wish {
    /// A seat in this room.
    pub(super) fn take(room: &str) -> Self {
        Self::Take(room.to_owned())
    }
}

impl Command for Wish {
    type States = Vec<i32>;
    type Error = Full;

    const NAME: &'static str = "Wish";

    fn decide(&self, states: Vec<i32>) -> Result<Events, Full> {
        let free: i32 = states.iter().sum();
        match self {
            Self::Take(_) if free <= 0 => Err(Full),
            Self::Take(room) => Ok(Events::new().and(Seat::Taken(room.clone()))),
            Self::TakeAll(room) => {
                let taken = (0..free).map(|_| Seat::Taken(room.clone()));
                Ok(Events::new().and(taken.collect::<Vec<_>>()))
            }
            Self::Add(room) => Ok(Events::new().and(Seat::Added(room.clone()))),
        }
    }
}

impl<C: 'static> Reads<C> for Wish {
    type Facts = Vec<FreeSeats>;

    fn facts(&self) -> Vec<FreeSeats> {
        match self {
            Self::Take(room) | Self::TakeAll(room) => vec![FreeSeats(room.clone())],
            Self::Add(_) => Vec::new(),
        }
    }
}
