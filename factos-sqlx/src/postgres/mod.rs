//! Logs in a PostgreSQL database, shared by all processes that connect to it.
//!
//! The modules stand in the order in which an append takes them. The database itself judges: one call of a function of
//! the schema takes a whole group (`arguments`), waits for the log's lock, checks, writes and commits, and tells each
//! request's answer (`answers`). A read is one call too. What was lost on the way is sent again (`append`).
//!
//! [`PostgresReadModel`] is a database that holds the rows of projections.

mod options;
mod open;
mod migrate;

mod store;
mod append;
mod arguments;
mod probe;
mod answers;
mod settle;
mod read;
mod notify;
mod follow;

mod link;
mod rows;
mod micros;
mod hash;
mod literal;
mod error;

mod read_model;

pub use options::{Lock, PostgresOptions};
pub use read_model::{PostgresReadModel, PostgresReadModelTransaction};
pub use store::PostgresStore;

pub use crate::Synchronous;
