//! Raw limits: what sqlx alone does with the same database.

pub mod postgres;
pub mod sqlite;
