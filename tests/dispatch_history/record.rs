//! What clients write down: what they dispatch, and how that ended.

use serde::{Deserialize, Serialize};

use crate::disturbed::records;
use crate::domain::{AnyCommand, BankEvent, Refused};

/// Where a process writes its records.
pub type Recorder = records::Recorder<Record>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// The first record of each process.
    Started { seed: u64 },
    /// A call begins.
    Called(Called),
    /// It has ended. One that was dropped, or whose process was killed, never does.
    Ended { call: u64, outcome: Outcome },
    /// An append that nobody knew of was settled: where it stands, or that it never will.
    Settled {
        call: u64,
        append: u128,
        place: Option<Place>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Called {
    pub call: u64,
    /// The log's head before the call began.
    pub head: u64,
    pub work: Work,
    /// How many rounds it was given; as many as it takes when it was not said.
    pub rounds: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Work {
    Dispatch(AnyCommand),
    /// An append without a decision.
    Append(Vec<BankEvent>),
}

/// The first and the last position of an append.
pub type Place = (u64, u64);

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It stands in the log.
    Stored {
        append: u128,
        place: Place,
        /// Of its events, if they were told.
        digest: Option<u64>,
    },
    /// It was accepted, and nothing was to be written. The log's head afterwards.
    Empty { upto: u64 },
    /// It was refused by the domain. The log's head afterwards.
    Refused { refused: Refused, upto: u64 },
    /// It lost so many rounds, the last one to this event; `None` when the event was not told.
    Conflict { by: Option<LostTo> },
    /// Time ran out, or the store failed: nothing was written.
    Failed(String),
    /// Nobody knows if it was written.
    Unknown { append: u128 },
    /// Its decider or a fold panicked.
    Panicked(String),
    /// What no call should hear.
    Unexpected(String),
}

/// The event that changed a fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LostTo {
    pub position: u64,
    pub r#type: String,
    pub tags: Vec<String>,
    pub rounds: u32,
}
