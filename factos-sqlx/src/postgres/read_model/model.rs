//! The read model that users hold.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use factos_core::read_model::{
    Claim, Consumer, ConsumerVersion, Lease, Parked, Progress, ReadModel, Renewal,
};
use factos_core::store::StoreError;
use factos_core::{Position, ProjectionFailure, Timestamp};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, PgPool, SqlSafeStr};
use uuid::Uuid;

use super::migrate::migrate;
use super::transaction::PostgresReadModelTransaction;
use super::{lease, parked, tasks, versions};
use crate::connections::Opener as _;
use crate::postgres::error;
use crate::postgres::link::millis;
use crate::postgres::options::PostgresOptions;
use crate::read_model::{Failure, check_tables, said_by_sqlx};

/// What rows are written in. What a crash takes away is applied again, rows and checkpoint alike, so nobody waits for the
/// disk. A process that hangs must not hold its locks for ever, nor a statement go on that nobody waits for any more.
fn apply(time: Duration) -> String {
    let time = millis(time);
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = off; \
         SET LOCAL statement_timeout = {time}; SET LOCAL idle_in_transaction_session_timeout = {time}"
    )
}

/// How long a statement of the read model's own may take.
const OWN: Duration = Duration::from_secs(30);

/// What is on the disk when it is answered, such as the token of a lease, and does not wait long for those who read.
const CHANGE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on; \
     SET LOCAL idle_in_transaction_session_timeout = 60000; SET LOCAL lock_timeout = 2000";

const READ: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";

/// The rows of projections in a PostgreSQL database. Clones are handles of the same one.
///
/// It may be the log's database or another one. What projections write, and how far they have come, is committed together.
/// The server's crash may take the last commits, rows and checkpoint alike: then these events are applied again. Several
/// processes may use the same database.
///
/// What is known of projections stands in the schema `factos_projections`; their tables and views are where the role's
/// `search_path` puts them.
///
/// ```no_run
/// use factos_sqlx::PostgresReadModel;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let model = PostgresReadModel::open("postgres://app:secret@db.example.com/shop").await?;
/// let courses: i64 = sqlx::query_scalar("SELECT count(*) FROM courses").fetch_one(model.pool()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresReadModel(Arc<Shared>);

struct Shared {
    pool: PgPool,
    prepares: Prepares,
    progress: Progress,
}

/// Whether the statements that are run for each batch of events are prepared: not where a pooler hands out sessions for a
/// transaction at a time. All others are never prepared; sqlx alone would prepare them even where it keeps none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prepares {
    Yes,
    No,
}

impl Prepares {
    fn of(pool: &PgPool) -> Self {
        let url = pool.connect_options().to_url_lossy();
        let mut parameters = url.query_pairs();
        let keeps_none = |(name, value): (_, _)| name == "statement-cache-capacity" && value == "0";
        if parameters.any(keeps_none) {
            Self::No
        } else {
            Self::Yes
        }
    }
}

impl PostgresReadModel {
    /// Opens the database that the URL names; see [`PostgresOptions::from_url`] for its forms, also for a pooler in between.
    /// Schema and tables are made when they are missing.
    ///
    /// # Errors
    /// As [`PostgresOptions::open`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let opener = PostgresOptions::from_url(url)?.opener();
        // A pool keeps to itself why it cannot connect.
        opener.open().await?.close().await;
        let pool = PgPoolOptions::new().acquire_timeout(opener.max_wait);
        Self::from_pool(pool.connect_lazy_with(opener.options())).await
    }

    /// Uses a pool, with its connections as they are. Schema and tables are made when they are missing.
    ///
    /// Behind a pooler that hands out sessions for a transaction at a time, the pool's options must say
    /// `statement_cache_capacity(0)`, and projections run their statements with `.persistent(false)`: sqlx prepares others all
    /// the same.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] when the tables are of a later version; [`StoreError::Denied`] and
    /// [`StoreError::ReadOnly`] when they cannot be made; [`StoreError::Unavailable`] when the server cannot be reached;
    /// [`StoreError::Unsuited`] when the pool has one connection only.
    pub async fn from_pool(pool: PgPool) -> Result<Self, StoreError> {
        if pool.options().get_max_connections() < 2 {
            let few = "its pool has one connection: a lease is renewed while rows are written, so that it takes two";
            return Err(StoreError::Unsuited(few.into()));
        }
        let model = Self(Arc::new(Shared {
            prepares: Prepares::of(&pool),
            pool,
            progress: Progress::default(),
        }));
        let migrated = migrate(&model).await;
        migrated.map_err(|failure| model.told(failure))?;
        Ok(model)
    }

    /// The connections, to read with.
    ///
    /// A view may get other columns when a new version takes over: name the ones that you want, as PostgreSQL refuses a
    /// prepared `SELECT *` then.
    pub fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    pub(super) fn prepares(&self) -> Prepares {
        self.0.prepares
    }

    /// Begins a transaction that changes nothing.
    pub(super) async fn look(&self) -> Result<PostgresReadModelTransaction, Failure> {
        self.start(READ).await
    }

    /// Begins a transaction that is on the disk when it is committed.
    pub(super) async fn change(&self) -> Result<PostgresReadModelTransaction, Failure> {
        self.start(CHANGE).await
    }

    /// Begins a transaction that may be lost with the server.
    pub(super) async fn apply(
        &self,
        time: Duration,
    ) -> Result<PostgresReadModelTransaction, Failure> {
        self.start(AssertSqlSafe(apply(time))).await
    }

    /// The same for a statement of its own.
    pub(super) async fn apply_own(&self) -> Result<PostgresReadModelTransaction, Failure> {
        self.apply(OWN).await
    }

    async fn start(&self, begin: impl SqlSafeStr) -> Result<PostgresReadModelTransaction, Failure> {
        let transaction = self.0.pool.begin_with(begin).await;
        Ok(PostgresReadModelTransaction::new(
            transaction?,
            self.clone(),
        ))
    }

    /// The error for what went wrong.
    pub(super) fn told(&self, failure: Failure) -> StoreError {
        failure.told(&self.0.pool, |error| {
            error::Failure::from(error).into_error()
        })
    }
}

impl fmt::Debug for PostgresReadModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresReadModel").finish_non_exhaustive()
    }
}

impl ReadModel for PostgresReadModel {
    type Connection = PgConnection;
    type Transaction = PostgresReadModelTransaction;

    async fn claim(
        &self,
        consumer: &Consumer,
        owner: Uuid,
        time: Duration,
    ) -> Result<Claim, StoreError> {
        check_tables(consumer.tables.iter().map(String::as_str))?;
        let claim = lease::claim(self, consumer, owner, time).await;
        claim.map_err(|failure| self.told(failure))
    }

    async fn renew(&self, lease: &Lease) -> Result<Renewal, StoreError> {
        let renewal = lease::renew(self, lease).await;
        renewal.map_err(|failure| self.told(failure))
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let released = lease::release(self, lease).await;
        released.map_err(|failure| self.told(failure))
    }

    async fn begin(&self, time: Duration) -> Result<PostgresReadModelTransaction, StoreError> {
        let begun = self.apply(time).await;
        begun.map_err(|failure| self.told(failure))
    }

    async fn versions(&self, name: &str) -> Result<Vec<ConsumerVersion>, StoreError> {
        let versions = versions::list(self, name).await;
        versions.map_err(|failure| self.told(failure))
    }

    async fn parked(&self, name: &str, version: u32) -> Result<Vec<Parked>, StoreError> {
        let parked = parked::list(self, name, version).await;
        parked.map_err(|failure| self.told(failure))
    }

    async fn retry(
        &self,
        name: &str,
        version: u32,
        position: Position,
    ) -> Result<bool, StoreError> {
        let retried = parked::retry(self, name, version, position).await;
        retried.map_err(|failure| self.told(failure))
    }

    async fn drop_parked(
        &self,
        name: &str,
        version: u32,
        position: Position,
    ) -> Result<bool, StoreError> {
        let dropped = parked::drop(self, name, version, position).await;
        dropped.map_err(|failure| self.told(failure))
    }

    async fn next_task(&self, name: &str, version: u32) -> Result<Option<Timestamp>, StoreError> {
        let due = tasks::next(self, name, version).await;
        due.map_err(|failure| self.told(failure))
    }

    async fn drop_retired(&self, name: &str) -> Result<(), StoreError> {
        let dropped = versions::drop_retired(self, name).await;
        dropped.map_err(|failure| self.told(failure))
    }

    async fn forget(&self, name: &str, version: u32) -> Result<(), StoreError> {
        let forgotten = versions::forget(self, name, version).await;
        forgotten.map_err(|failure| self.told(failure))
    }

    fn progress(&self) -> &Progress {
        &self.0.progress
    }

    fn trouble(&self, failure: ProjectionFailure) -> Result<StoreError, ProjectionFailure> {
        match said_by_sqlx(&*failure).and_then(error::trouble) {
            Some(make) => Ok(make(Arc::from(failure))),
            None => Err(failure),
        }
    }
}
