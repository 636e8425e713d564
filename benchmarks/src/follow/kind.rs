//! Kinds of read models, with the projections into them.

use std::future::Future;

use factos::Projection;
use factos::read_model::ReadModel;

use super::rows::Row;
use crate::measure::Failure;
use crate::target::Target;

/// What the projections of a kind write with.
type Connection<K> = <<K as Kind>::Model as ReadModel>::Connection;

/// A kind of read model.
pub trait Kind: Sized + Send + Sync + 'static {
    type Model: ReadModel;
    /// One row an event, by one statement a transaction.
    type Seats: Projection<Connection<Self>>;
    /// The same, to take its place.
    type SeatsAnew: Projection<Connection<Self>>;
    /// A number that is counted up once a transaction.
    type Total: Projection<Connection<Self>>;
    /// One row an event, by one statement each.
    type Singles: Projection<Connection<Self>>;
    /// The number of signals.
    type Signals: Projection<Connection<Self>>;

    fn seats() -> Self::Seats;
    fn seats_anew() -> Self::SeatsAnew;
    fn total() -> Self::Total;
    fn singles() -> Self::Singles;
    fn signals() -> Self::Signals;

    /// Opens the read model: beside the log on SQLite, in the same database on PostgreSQL.
    fn open(target: &Target) -> impl Future<Output = Result<Self::Model, Failure>> + Send;

    /// Makes an empty table for [`insert`](Self::insert).
    fn make_bare(model: &Self::Model) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Inserts rows as the projection does, in a transaction of its own, without factos.
    fn insert(
        model: &Self::Model,
        rows: &[Row<'_>],
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The only number that a query answers.
    fn number(
        model: &Self::Model,
        query: &'static str,
    ) -> impl Future<Output = Result<i64, Failure>> + Send;
}
