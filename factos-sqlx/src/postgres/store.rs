//! The store that users hand to a log.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use factos_core::AppendId;
use factos_core::store::{
    Answer, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Seen, Settled,
    Snapshot, StoreError,
};
use sqlx::{PgConnection, PgPool};
use tokio::time::Instant;
use uuid::Uuid;

use super::arguments::{Values, bigint};
use super::error::Failure;
use super::link::{Opener, millis};
use super::notify::Notifier;
use super::options::{Lock, Notifications, PostgresOptions};
use super::{append, follow, open, read, settle};
use crate::cause;
use crate::connections::{Connections, Lease};
use crate::options::Synchronous;
use crate::task::uncancelled;

/// One log in a PostgreSQL database. Clones are handles of the same store.
///
/// An append is durable when it is answered, also on standbys that the server waits for. Any number of processes may
/// use the same log; each learns of the others' events when it reads or appends, or within milliseconds while it follows the log.
///
/// ```no_run
/// use factos_core::EventLog;
/// use factos_sqlx::PostgresStore;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::open("postgres://app:secret@db.example.com/shop").await?;
/// let log = EventLog::new(store);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore(pub(super) Arc<Shared>);

/// What the handles of a store share.
pub(super) struct Shared {
    pub(super) log: i32,
    pub(super) identity: Uuid,
    pub(super) lock: Lock,
    pub(super) synchronous: Synchronous,
    pub(super) max_wait: Duration,
    pub(super) info: LogInfo,
    pub(super) notifications: Notifications,
    pub(super) notifier: Notifier,
    /// For connections that are neither the writer's nor the readers'.
    pub(super) opener: Opener,
    pub(super) writer: Connections<Opener>,
    pub(super) readers: Connections<Opener>,
}

impl Shared {
    /// Waits for the connection that writes.
    pub(super) async fn writer(&self) -> Result<Lease<'_, Opener>, StoreError> {
        let lease = self.writer.lease().await;
        lease.map_err(|error| match error {
            StoreError::NoConnection { .. } => {
                let held = "others in this process write for longer than the store waits";
                StoreError::Busy(cause(held))
            }
            error => error,
        })
    }

    /// Where one connection is gone, those that nobody uses may be, too.
    pub(super) fn forget(&self, failure: &Failure) {
        if matches!(failure, Failure::Gone(_)) {
            self.readers.forget();
        }
    }

    /// When an operation that begins now gives up.
    pub(super) fn deadline(&self) -> Instant {
        deadline(self.max_wait)
    }

    /// Adds the arguments of `factos.enter`: which log, and how to wait for it if something may be written.
    /// `seen` is what the log is known to have reached.
    pub(super) fn add_entry(&self, values: &mut Values, writes: bool, seen: Seen) {
        let lock = if writes {
            open::name(self.lock)
        } else {
            "none"
        };
        let synchronous = match self.synchronous {
            Synchronous::Full => "on",
            Synchronous::Normal => "off",
        };
        let there = seen.event.map(|id| Uuid::from_bytes(*id.as_bytes()));
        values
            .add(self.log)
            .add(self.identity)
            .add(lock)
            .add(bigint(seen.head))
            .add(there);
        values.add(millis(self.max_wait)).add(synchronous);
    }

    /// When a call that may wait for the lock has been answered, or never will be: the server itself gives up earlier.
    /// What is left of the time is for another connection.
    pub(super) fn answered_by(&self, deadline: Instant) -> Instant {
        deadline.min(Instant::now() + self.max_wait + Duration::from_secs(1))
    }

    /// Takes a log that was set back as it is from now on, so that only one call fails for it.
    pub(super) fn notice(&self, error: StoreError) -> StoreError {
        self.info.take_as_it_is(&error);
        error
    }
}

/// When an operation that begins now gives up.
pub(super) fn deadline(max_wait: Duration) -> Instant {
    // Once as long for the lock, once as long for what went wrong on the way, and a little for the work itself.
    Instant::now() + 2 * max_wait + Duration::from_secs(1)
}

impl PostgresStore {
    /// Opens the log `main` in the database that the URL names; see [`PostgresOptions::from_url`] for its forms. Schema
    /// and tables are made when they are missing.
    ///
    /// # Errors
    /// As [`PostgresOptions::open`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        PostgresOptions::from_url(url)?.open().await
    }

    /// Opens the log `main` in the database that a pool is connected to; see [`PostgresOptions::from_pool`].
    ///
    /// # Errors
    /// As [`PostgresOptions::open`].
    pub async fn from_pool(pool: &PgPool) -> Result<Self, StoreError> {
        PostgresOptions::from_pool(pool).open().await
    }

    /// Makes the schema and its tables, or brings them up to date, without opening a log.
    ///
    /// It can be run again at any time, and by several processes at once.
    ///
    /// # Errors
    /// As [`PostgresOptions::open`].
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        PostgresOptions::from_url(url)?.migrate().await
    }

    pub(super) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("info", &self.0.info)
            .finish_non_exhaustive()
    }
}

impl EventStore for PostgresStore {
    type Connection = PgConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        if group.is_empty() {
            return Ok(Vec::new());
        }
        uncancelled(Box::pin(append::append(Arc::clone(&self.0), group))).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        Box::pin(read::read(&self.0, request)).await
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        uncancelled(Box::pin(append::locked(
            Arc::clone(&self.0),
            request,
            decide,
        )))
        .await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        uncancelled(Box::pin(settle::settle(Arc::clone(&self.0), append_id))).await
    }

    fn info(&self) -> &LogInfo {
        &self.0.info
    }

    /// Hears of what others append by `LISTEN`, and looks by itself four times a second. Where there is no listening, behind
    /// a pooler or on a standby, it looks every 50 milliseconds.
    async fn follow(&self) {
        Box::pin(follow::follow(&self.0)).await;
    }
}
