//! What clients and readers write down: one JSON line a record, so that the checker needs nothing else but the log.

mod convert;

use serde::{Deserialize, Serialize};

pub use convert::idempotency_key;

/// Where a process of this history writes its records.
pub type Recorder = crate::disturbed::records::Recorder<Record>;

/// The id of an append, an event or a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Id(pub u128);

/// Something that happened in a process, in the order in which it wrote it down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// The first record of each process.
    Started { seed: u64 },
    /// A call begins: what is sent, and what was known when it was.
    Sent(Sent),
    /// A call was answered, each of its requests. One that was dropped or whose process was killed never is.
    Answered { call: u64, replies: Vec<Reply> },
    /// An append is to be settled.
    Settling { id: Id },
    /// It was: where it stands, or that it never will.
    Settled { id: Id, place: Option<Place> },
    /// Events were read.
    Page(Page),
    /// A reader waits at this position, though the log ended behind it long ago.
    Stuck { reader: String, at: u64, end: u64 },
    /// A reader's subscription failed at this position, and not because the database was away.
    Failed {
        reader: String,
        at: u64,
        error: String,
    },
    /// A command is dispatched that counts; see `counter.rs`.
    Dispatched {
        call: Id,
        counter: String,
        head: u64,
    },
    /// How its dispatch ended.
    Decided { call: Id, outcome: Outcome },
}

/// By which call requests are handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    /// `EventLog::append`, in whichever group they come.
    Log,
    /// `EventStore::append`, as one group.
    Group,
    /// `EventStore::locked`.
    Locked,
}

/// The beginning of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    pub call: u64,
    /// The log's head as it was read before the call began; under the lock, when it was made there.
    pub head: u64,
    pub via: Via,
    pub requests: Vec<Request>,
}

/// A request as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub id: Id,
    /// None for a check.
    pub events: Option<Vec<Event>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// On which earlier requests of its group it was decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<(String, Expected)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether its id was sent before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: Id,
    pub r#type: String,
    pub version: u32,
    pub tags: Vec<String>,
    pub data: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    pub query: Query,
    pub after: u64,
}

/// No items: all events.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Query(pub Vec<Item>);

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub types: Vec<String>,
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    Any,
    NoStream,
    At(u64),
}

/// Where an append stands, as it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Whose place it is: that of an earlier append, when an idempotency key was answered.
    pub by: Id,
    pub first: u64,
    pub last: u64,
    pub recorded_at: i64,
    pub revision: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It stands in the log, since this call or since an earlier one, and `digest` is of its events.
    Stored {
        place: Place,
        digest: u64,
    },
    /// It was stored by this call.
    Accepted(Place),
    /// It was stored before, or another one under its key.
    Repeated(Place),
    /// Its guards hold.
    Confirmed,
    /// Guards are broken, by number and position.
    Conflict(Vec<(usize, u64)>),
    DependencyFailed,
    DuplicateEventId(Id),
    WrongRevision {
        next: u64,
    },
    /// It was settled as void.
    Void,
    /// The store failed, and says that it wrote nothing.
    Failed(String),
    /// The store failed, and does not know if it wrote.
    Unknown,
    /// What no request here should hear.
    Unexpected(String),
}

/// A page of a read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The reader whose pages follow each other; none for a read on its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    pub query: Query,
    pub after: u64,
    /// Nothing else that matches stands up to here.
    pub upto: u64,
    /// The event there, if the reader was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Id>,
    pub positions: Vec<u64>,
    /// Of the events.
    pub digest: u64,
}

/// How a dispatch ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    Accepted { position: u64 },
    Rejected { saw: u64 },
    Failed(String),
    Unknown,
    Unexpected(String),
}
