//! How a store refuses one request, and how it fails altogether.

use std::error::Error;
use std::sync::Arc;

use crate::id::{AppendId, EventId};
use crate::name::StreamName;
use crate::position::Position;
use crate::store::request::ExpectedRevision;

/// A guard that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenGuard {
    /// The guard's number in its request.
    pub guard: usize,
    /// The first event behind the guard's position that matches it.
    pub position: Position,
}

/// A request was not accepted, and nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Guards do not hold any more: read again, decide again.
    #[error("an event at position {} matches a guard", .0.first().map_or(Position::START, |broken| broken.position))]
    Conflict(Vec<BrokenGuard>),
    /// A request of its group on which it was decided was not accepted: decide again.
    #[error("the append that it was decided on was not accepted")]
    DependencyFailed,
    /// An event id is in the log, or in the request, already. The event was imported before, or ids are made wrongly.
    #[error("event id {0} is in the log already")]
    DuplicateEventId(EventId),
    /// The stream is not at the expected revision: load it again, decide again.
    #[error("stream {stream} is {}, not {expected}", ExpectedRevision::before(*.next))]
    WrongRevision {
        /// The stream's name.
        stream: StreamName,
        /// What was expected.
        expected: ExpectedRevision,
        /// The revision that its next event would get.
        next: u64,
    },
    /// The idempotency key was used for another command, or the same one with other content. Use a new key.
    #[error("idempotency key {key} was used for another command")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The append's outcome was settled as void before it arrived: it must not happen any more.
    #[error("append {0} was settled as void")]
    Void(AppendId),
    /// The store cannot enforce a condition of the request.
    #[error("the store cannot enforce this condition: {0}")]
    UnsupportedCondition(&'static str),
}

/// What the database or its driver said, shared by all requests of the group that failed.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// The store as a whole could not do what it was asked for.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be reached or does not answer. Try again later; alert if it lasts.
    #[error("the store is unavailable")]
    Unavailable(#[source] Cause),
    /// Another process held the database's lock for longer than the store waits. Try again.
    #[error("the store was busy for longer than it waits")]
    Busy(#[source] Cause),
    /// The server refuses the user, the password, or the right to do this, or TLS is asked for and does not come about.
    /// Correct the URL, or have the right granted.
    #[error("the server denies access")]
    Denied(#[source] Cause),
    /// The server has no such database. Create it, or correct the URL.
    #[error("the database does not exist")]
    MissingDatabase(#[source] Cause),
    /// The server cannot hold a log: it is too old, or has a setting that loses something. Change it; nothing was written.
    #[error("the server is not suited: {0}")]
    Unsuited(String),
    /// All connections were in use for longer than the store waits. Allow more of them, or ask less at once.
    #[error("all {most} connections were in use for longer than the store waits")]
    NoConnection {
        /// How many there may be.
        most: usize,
    },
    /// The server ended the statement: a time limit that is set there, or an administrator. Try again, or raise the limit;
    /// nothing was written.
    #[error("the server ended the statement")]
    Canceled(#[source] Cause),
    /// The log is another one than when it was opened: its tables were made anew. Open it again, and drop what was
    /// derived from the old one; nothing was written.
    #[error("the log is another one than when it was opened")]
    AnotherLog(#[source] Cause),
    /// The log ends before a position that it had reached: an earlier state of the database was restored. Drop what was
    /// derived from later events; nothing was written, and later calls take the log as it is now.
    #[error(
        "the log had reached position {seen} and ends at {head} now: an earlier state was restored"
    )]
    Rewound {
        /// The position that it had reached.
        seen: Position,
        /// Where it ends now.
        head: Position,
    },
    /// Another event stands at a position than before: an earlier state of the database was restored, and has grown beyond
    /// that position since. Drop what was derived from the log, as it is not known how far back it was set; nothing was
    /// written, and later calls take the log as it is now.
    #[error(
        "another event stands at position {position} than before: an earlier state was restored, and has grown since"
    )]
    Rewritten {
        /// The position that the log had reached.
        position: Position,
    },
    /// The database or its file cannot be written to: its permissions, or a standby. Correct the permissions, write to the
    /// primary, or open the log for reading.
    #[error("the store is read-only")]
    ReadOnly(#[source] Cause),
    /// The disk or the database's quota is full. Make room; nothing was written.
    #[error("the store is full")]
    Full(#[source] Cause),
    /// The file is not a database.
    #[error("{location} is not a database")]
    NotADatabase {
        /// The file.
        location: String,
        /// What the database said.
        #[source]
        cause: Cause,
    },
    /// The tables were written by a newer version of factos. Update the program.
    #[error(
        "the store's schema has version {found}, this program knows versions up to {supported}"
    )]
    NewerSchema {
        /// The version in the database.
        found: i64,
        /// The newest that this program knows.
        supported: i64,
    },
    /// The tables are not there. Run the migrations.
    #[error("the store's tables are not there, or not complete: run the migrations")]
    MissingSchema(#[source] Cause),
    /// A table of a projection cannot be called so. Give it another name.
    #[error("{name:?} cannot be the name of a projection's table: {rule}")]
    InvalidTable {
        /// The name.
        name: String,
        /// What a name must be like.
        rule: &'static str,
    },
    /// A projection's set-up has not made one of its tables. Make it there, by the name that `Tables` gives it.
    #[error("the projection's set-up has not made the table {name}")]
    MissingTable {
        /// What the version's table is to be called.
        name: String,
    },
    /// Readers are to find a projection's table by this name, but it is the name of something else. Rename that, or the
    /// projection's table; nothing was changed.
    #[error("a view is to be called {name}, and something else has this name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A task's key or payload cannot be stored. Give it another one; nothing was written.
    #[error("a task cannot be stored")]
    InvalidTask(#[source] Cause),
    /// What is stored cannot be what was written. Restore a backup; alert.
    #[error("the stored event at position {position} is corrupt: {problem}")]
    CorruptEvent {
        /// Where it stands.
        position: Position,
        /// What is wrong.
        problem: String,
    },
    /// The database itself is damaged. Restore a backup; alert.
    #[error("the store is corrupt")]
    Corrupt(#[source] Cause),
    /// No store is known for the URL.
    #[error("no store is known for {scheme:?} URLs: {hint}")]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
        /// What would work, or which feature is missing.
        hint: String,
    },
    /// The URL's scheme is known, but not the rest.
    #[error("the store's URL cannot be read")]
    InvalidUrl(#[source] Cause),
    /// Whether the group was written could not be found out in time: `settle` answers it.
    #[error("it is not known whether the append was written")]
    OutcomeUnknown(#[source] Cause),
    /// The store failed in a way that it does not know.
    #[error("the store failed")]
    Other(#[source] Cause),
}

impl StoreError {
    /// Whether it may pass by itself, so that it is worth trying again later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Busy(_) | Self::NoConnection { .. } | Self::Canceled(_)
        )
    }

    /// A stored event that cannot be what was written.
    pub fn corrupt_event(position: Position, problem: impl Into<String>) -> Self {
        Self::CorruptEvent {
            position,
            problem: problem.into(),
        }
    }
}
