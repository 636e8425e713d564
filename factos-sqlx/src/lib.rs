//! Event stores for [factos](https://docs.rs/factos) on [`sqlx`]: one module a database, each behind its own feature.
//!
//! A store is made here and handed to `EventLog::new`; nobody else needs to know which one it is.

#![warn(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "sqlite")]
pub mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore, Synchronous};
