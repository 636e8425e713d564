//! What is measured, and beside what.

use std::fmt;

use crate::number::Thousands;
use crate::raw::MANY;
use crate::target::{States, Target};

/// One of the operations that take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Single rows into a bare table by sqlx alone, a transaction each.
    RawInsert { connections: usize },
    /// The rows that a replay reads, by sqlx alone.
    RawRead { events: u64 },
    /// W1 and W2: new students subscribe to one course after the other.
    SubscribeToAll(Clients),
    /// W3: new students subscribe to the same new course.
    SubscribeToOne(Clients),
    /// New students are turned away from a full course.
    TurnAway(Clients),
    /// W4: new students subscribe to a course that has many already.
    SubscribeToGrown { subscriptions: u64, states: States },
    /// W5: a log read as the application's own type.
    Replay { events: u64 },
    /// The same, asked for by types.
    ReplayByType { events: u64 },
    /// W6: so many events at once, without a condition.
    Append { events: u64 },
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// So many in one process.
    Here(usize),
    /// So many in each of two processes.
    InTwoProcesses(usize),
}

impl Clients {
    pub const ONE: Self = Self::Here(1);
}

impl Operation {
    /// What it is measured against in the same turn; nothing for what is a limit itself.
    pub fn limit(self, target: &Target) -> Option<Self> {
        let raw = |connections| Some(Self::RawInsert { connections });
        match self {
            Self::RawInsert { .. } | Self::RawRead { .. } => None,
            Self::SubscribeToAll(Clients::ONE) | Self::Append { .. } => raw(1),
            // Connections to SQLite wait for each other: many of them do no more than one.
            Self::SubscribeToAll(_) => match target {
                Target::Sqlite { .. } => raw(1),
                Target::Postgres { .. } => raw(MANY),
            },
            Self::SubscribeToOne(clients) | Self::TurnAway(clients) => {
                Some(Self::SubscribeToAll(clients))
            }
            Self::SubscribeToGrown { .. } => Some(Self::SubscribeToAll(Clients::ONE)),
            Self::Replay { events } | Self::ReplayByType { events } => {
                Some(Self::RawRead { events })
            }
        }
    }
}

/// As its row is headed.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RawInsert { connections: 1 } => f.write_str("raw insert, 1 connection"),
            Self::RawInsert { connections } => write!(f, "raw insert, {connections} connections"),
            Self::RawRead { events } => write!(f, "raw read of {} rows (rows)", Thousands(*events)),
            Self::SubscribeToAll(Clients::ONE) => f.write_str("W1 all courses, 1 client"),
            Self::SubscribeToAll(clients) => write!(f, "W2 all courses, {clients}"),
            Self::SubscribeToOne(clients) => write!(f, "W3 one course, {clients}"),
            Self::TurnAway(clients) => write!(f, "rejections by a full course, {clients}"),
            Self::SubscribeToGrown {
                subscriptions,
                states,
            } => {
                let states = match states {
                    States::Kept => "warm",
                    States::ReadAnew => "cold",
                };
                write!(
                    f,
                    "W4 a course with {} subscriptions, {states}",
                    Thousands(*subscriptions)
                )
            }
            Self::Replay { events } => {
                write!(
                    f,
                    "W5 typed replay of {} events (events)",
                    Thousands(*events)
                )
            }
            Self::ReplayByType { events } => {
                write!(
                    f,
                    "typed replay of {} events by type (events)",
                    Thousands(*events)
                )
            }
            Self::Append { events: 1 } => f.write_str("W6 append of 1 event"),
            Self::Append { events } => write!(f, "W6 append of {} events", Thousands(*events)),
        }
    }
}

impl fmt::Display for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(1) => f.write_str("1 client"),
            Self::Here(clients) => write!(f, "{clients} clients"),
            Self::InTwoProcesses(clients) => write!(f, "2 processes of {clients} clients"),
        }
    }
}
