//! The read model that users hold.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use factos_core::read_model::{
    Claim, Consumer, ConsumerVersion, Lease, Parked, Progress, ReadModel, Renewal,
};
use factos_core::store::StoreError;
use factos_core::{Position, ProjectionFailure, Timestamp};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use super::transaction::SqliteReadModelTransaction;
use super::{lease, open, parked, tasks, versions};
use crate::cause;
use crate::read_model::{Failure, check_tables, said_by_sqlx};
use crate::sqlite::error::{self, store_error};

const BEGIN: &str = "BEGIN IMMEDIATE; SAVEPOINT factos";

/// How long an operation waits for others that write.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(5);

/// The rows of projections in an SQLite file. Clones are handles of the same one.
///
/// What projections write, and how far they have come, is committed together. Power loss may take the last commits, rows
/// and checkpoint alike: then these events are applied again. Several processes may use the same file.
///
/// ```
/// use factos_sqlx::SqliteReadModel;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let directory = tempfile::tempdir()?;
/// let log = format!("sqlite:{}", directory.path().join("courses.db").display());
/// let model = SqliteReadModel::beside(&log, "course_list").await?;
/// assert!(directory.path().join("courses.course_list.db").exists());
/// let answer: i64 = sqlx::query_scalar("SELECT 42").fetch_one(model.pool()).await?;
/// assert_eq!(answer, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteReadModel(Arc<Shared>);

struct Shared {
    pool: SqlitePool,
    /// The file, for messages.
    location: Arc<str>,
    progress: Progress,
    /// Those of this process who write wait here, in the order in which they came: SQLite's own wait has none.
    writer: Arc<Mutex<()>>,
}

impl SqliteReadModel {
    /// Opens the file that the URL names; see [`SqliteOptions::from_url`](crate::SqliteOptions::from_url) for its forms.
    /// File, directory and tables are made when they are missing.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`](crate::SqliteOptions::open).
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        open::open(url).await
    }

    /// Opens a file of its own beside the log's: for the log `sqlite:data/courses.db` and the name `course_list` this is
    /// `data/courses.course_list.db`. There projections write without taking the log's writer.
    ///
    /// Beside a log in memory it is in memory, too.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`](crate::SqliteOptions::open); [`StoreError::InvalidUrl`] when the name cannot be part of a
    /// file's name.
    pub async fn beside(log_url: &str, name: &str) -> Result<Self, StoreError> {
        open::beside(log_url, name).await
    }

    /// Opens a database in memory, which lives as long as the model: for tests.
    ///
    /// It has one connection. Whoever reads waits while a transaction is open, and must not do so within one.
    ///
    /// # Errors
    /// When there is no memory.
    ///
    /// ```
    /// use factos_core::read_model::{ReadModel, ReadModelTransaction};
    /// use factos_sqlx::SqliteReadModel;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let model = SqliteReadModel::in_memory().await?;
    /// let mut transaction = model.begin(std::time::Duration::from_secs(10)).await?;
    /// sqlx::query("CREATE TABLE courses (id TEXT PRIMARY KEY) STRICT")
    ///     .execute(transaction.connection())
    ///     .await?;
    /// transaction.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn in_memory() -> Result<Self, StoreError> {
        open::in_memory().await
    }

    /// Uses a pool, with its connections as they are. Tables that are missing are made. The pool of a database in memory
    /// must have one connection, as each has a database of its own.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] when the tables are of a later version; [`StoreError::ReadOnly`] when they cannot be
    /// made; [`StoreError::Busy`] and [`StoreError::Unavailable`] when the file cannot be reached.
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, StoreError> {
        open::from_pool(pool).await
    }

    /// The connections, to read with.
    pub fn pool(&self) -> &SqlitePool {
        &self.0.pool
    }

    pub(super) fn new(pool: SqlitePool) -> Self {
        let location = pool
            .connect_options()
            .get_filename()
            .to_string_lossy()
            .into();
        Self(Arc::new(Shared {
            pool,
            location,
            progress: Progress::default(),
            writer: Arc::default(),
        }))
    }

    /// A connection for statements that change nothing, or are a transaction of their own.
    pub(super) async fn connection(&self) -> Result<PoolConnection<Sqlite>, Failure> {
        Ok(self.0.pool.acquire().await?)
    }

    /// Waits for the file's writer, and begins a transaction.
    pub(super) async fn write(&self) -> Result<SqliteReadModelTransaction, Failure> {
        let turn = timeout(MAX_WAIT, Arc::clone(&self.0.writer).lock_owned()).await;
        let held = "others in this process write for longer than the read model waits";
        let turn = turn.map_err(|_| StoreError::Busy(cause(held)))?;
        let transaction = self.begin_immediate().await?;
        Ok(SqliteReadModelTransaction::new(
            transaction,
            self.clone(),
            turn,
        ))
    }

    /// Begins a transaction, with a savepoint by which it is told from one that SQLite has ended by itself, such as for a full
    /// disk: what follows would be committed alone.
    async fn begin_immediate(&self) -> Result<Transaction<'static, Sqlite>, Failure> {
        let most = self.0.pool.options().get_max_connections();
        for _ in 0..most {
            match self.0.pool.begin_with(BEGIN).await {
                // The driver believes that a transaction is open which SQLite has ended: such a connection is of no use.
                Err(sqlx::Error::InvalidSavePointStatement) => {
                    let mut connection = self.connection().await?;
                    // One alone may be all there is of a database in memory.
                    if connection.is_in_transaction() && most > 1 {
                        connection.close_on_drop();
                    }
                }
                begun => return Ok(begun?),
            }
        }
        Ok(self.0.pool.begin_with(BEGIN).await?)
    }

    /// The error for what went wrong.
    pub(super) fn told(&self, failure: Failure) -> StoreError {
        failure.told(&self.0.pool, |error| store_error(error, &self.0.location))
    }

    /// Runs one statement of its own that writes, and answers how many rows it changed.
    pub(super) async fn change(
        &self,
        change: impl AsyncFnOnce(&mut SqliteConnection) -> Result<u64, Failure>,
    ) -> Result<u64, Failure> {
        let mut transaction = self.write().await?;
        let changed = change(transaction.raw()).await?;
        transaction.finish().await?;
        Ok(changed)
    }
}

impl fmt::Debug for SqliteReadModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteReadModel")
            .field("location", &self.0.location)
            .finish_non_exhaustive()
    }
}

impl ReadModel for SqliteReadModel {
    type Connection = SqliteConnection;
    type Transaction = SqliteReadModelTransaction;

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

    async fn begin(&self, _time: Duration) -> Result<SqliteReadModelTransaction, StoreError> {
        self.write().await.map_err(|failure| self.told(failure))
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
