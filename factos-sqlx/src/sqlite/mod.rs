//! Logs in an SQLite file: durable, embedded, shared by all processes that open it.
//!
//! The modules stand in the order in which an append takes them. One connection writes, a few read. An append is two
//! trips to the writer's thread: one takes the lock and asks everything that the group's requests depend on
//! (`check`), a decision in memory follows (`judge`), and one writes and commits (`write`). A read is one trip.
//!
//! [`SqliteReadModel`] is a file that holds the rows of projections.

mod options;
mod open;
mod migrate;

mod store;
mod append;
mod check;
mod guard;
mod judge;
mod write;
mod settle;
mod read;
mod part;
mod receipts;
mod follow;

mod writer;
mod link;
mod script;
mod rows;
mod place;
mod error;

mod read_model;

#[cfg(test)]
mod plans;

pub use crate::Synchronous;
pub use options::SqliteOptions;
pub use read_model::{SqliteReadModel, SqliteReadModelTransaction};
pub use store::SqliteStore;
