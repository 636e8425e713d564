//! Event stores for [factos](https://docs.rs/factos) on [`sqlx`]: one module a database, each behind its own feature.
//!
//! A store is made here and handed to `EventLog::new`; nobody else needs to know which one it is.

#![warn(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

// what the stores share
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod connections;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod error;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod metadata;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod options;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod read_model;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod task;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
use error::cause;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use options::Synchronous;
#[cfg(feature = "postgres")]
pub use postgres::{Lock, PostgresOptions, PostgresReadModel, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteReadModel, SqliteStore};
