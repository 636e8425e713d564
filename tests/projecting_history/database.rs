//! The kinds of databases that hold read models.

use factos::postgres::PostgresReadModel;
use factos::read_model::{Lease, ReadModel};
use factos::sqlite::SqliteReadModel;
use factos::store::StoreError;
use factos::{Checkpoint, Projection};
use sqlx::{AssertSqlSafe, PgConnection, SqliteConnection};

use crate::files::READ_MODEL;
use crate::ledger;

/// A row of counts: an event's position, and how often it was counted.
pub type Count = (i64, i64);
/// A row of sums: an account, how many of its events were counted, and what they sum up to.
pub type Sum = (i64, i64, i64);

/// A kind of database, by its read model.
pub trait Database: ReadModel + std::fmt::Debug {
    /// Counts event after event.
    type One: Projection<Self::Connection>;
    /// Counts all events of a transaction at once.
    type All: Projection<Self::Connection>;

    fn one() -> Self::One;
    fn all() -> Self::All;

    /// The read model of a log.
    async fn open(log: &str) -> Result<Self, StoreError>;

    /// Another database for what is known of projections, if one writer at a time can be in this one.
    async fn open_other(log: &str) -> Result<Self, StoreError>;

    async fn counts(&self, table: &str) -> Vec<Count>;
    async fn sums(&self, table: &str) -> Vec<Sum>;

    /// Moves a checkpoint, whoever has the lease and wherever it is.
    fn force(
        db: &mut Self::Connection,
        lease: &Lease,
        to: Checkpoint,
    ) -> impl Future<Output = ()> + Send;
}

/// The position as both databases have it.
fn bigint(checkpoint: Checkpoint) -> i64 {
    i64::try_from(checkpoint.position.get()).expect("no log is so long")
}

macro_rules! rows {
    () => {
        async fn counts(&self, table: &str) -> Vec<Count> {
            let sql = format!("SELECT position, times FROM {table} ORDER BY position");
            let rows = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(self.pool());
            rows.await.expect("the table is there")
        }

        async fn sums(&self, table: &str) -> Vec<Sum> {
            let sql = format!("SELECT account, events, total FROM {table} ORDER BY account");
            let rows = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(self.pool());
            rows.await.expect("the table is there")
        }
    };
}

impl Database for SqliteReadModel {
    type One = ledger::sqlite::one;
    type All = ledger::sqlite::all;

    fn one() -> Self::One {
        ledger::sqlite::one()
    }

    fn all() -> Self::All {
        ledger::sqlite::all()
    }

    async fn open(log: &str) -> Result<Self, StoreError> {
        Self::beside(log, READ_MODEL).await
    }

    async fn open_other(log: &str) -> Result<Self, StoreError> {
        Self::beside(log, "checkpoints").await
    }

    rows!();

    async fn force(db: &mut SqliteConnection, lease: &Lease, to: Checkpoint) {
        let sql = "UPDATE factos_projections SET position = $3, event = $4 WHERE name = $1 AND version = $2";
        let query = sqlx::query(sql).bind(&lease.name).bind(lease.version);
        let event = to.event.map(|event| event.as_bytes().to_vec());
        let forced = query.bind(bigint(to)).bind(event).execute(db).await;
        forced.expect("the table is there");
    }
}

impl Database for PostgresReadModel {
    type One = ledger::postgres::one;
    type All = ledger::postgres::all;

    fn one() -> Self::One {
        ledger::postgres::one()
    }

    fn all() -> Self::All {
        ledger::postgres::all()
    }

    async fn open(log: &str) -> Result<Self, StoreError> {
        Self::open(log).await
    }

    async fn open_other(log: &str) -> Result<Self, StoreError> {
        Self::open(log).await
    }

    rows!();

    async fn force(db: &mut PgConnection, lease: &Lease, to: Checkpoint) {
        let sql = "UPDATE factos_projections.versions SET position = $3, event = $4 WHERE name = $1 AND version = $2";
        let query = sqlx::query(sql)
            .bind(&lease.name)
            .bind(i64::from(lease.version));
        let event = to.event.map(uuid::Uuid::from);
        let forced = query.bind(bigint(to)).bind(event).execute(db).await;
        forced.expect("the table is there");
    }
}
