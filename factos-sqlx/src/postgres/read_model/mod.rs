//! Read models in a PostgreSQL database: the rows of projections, and in a schema of its own how far each has come.
//!
//! `model` is what users hold, `migrate` makes the schema, `transaction` is what rows are written in. The other modules are
//! the operations: who runs a version (`lease`), what becomes of versions (`versions`) and of the views that readers use
//! (`views`), events that could not be applied (`parked`), and what is to be done at a time (`tasks`).
//!
//! All statements stand in transactions, and nothing is set for a session, so that a pooler may be in between.

mod model;
mod migrate;

mod transaction;
mod lease;
mod versions;
mod views;
mod parked;
mod tasks;
mod rows;

pub use model::PostgresReadModel;
pub use transaction::PostgresReadModelTransaction;
