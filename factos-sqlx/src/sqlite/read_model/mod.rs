//! Read models in an SQLite file: the rows of projections, and beside them how far each has come.
//!
//! `model` is what users hold, `open` finds or makes the file and its tables, `transaction` is what rows are written in.
//! The other modules are the operations: who runs a version (`lease`), what becomes of versions (`versions`) and of the
//! views that readers use (`views`), events that could not be applied (`parked`), and what is to be done at a time (`tasks`).

mod model;
mod open;
mod migrate;

mod transaction;
mod lease;
mod versions;
mod views;
mod parked;
mod tasks;
mod rows;

pub use model::SqliteReadModel;
pub use transaction::SqliteReadModelTransaction;
