//! The store that users hand to a log.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use factos_core::AppendId;
use factos_core::store::{
    Answer, AppendRequest, DecideLocked, EventStore, Group, LogInfo, ReadRequest, Refusal, Settled,
    Snapshot, StoreError,
};
use sqlx::{SqliteConnection, SqlitePool};

use super::follow::Files;
use super::link::Opener;
use super::options::SqliteOptions;
use super::place::LogNumber;
use super::writer::Writer;
use super::{append, follow, read, settle};
use crate::connections::Connections;
use crate::task::uncancelled;

/// One log in an SQLite file. Clones are handles of the same store.
///
/// An append is durable when it is answered: the file is in WAL mode and synchronised at each commit, unless
/// [`Synchronous::Normal`](crate::Synchronous::Normal) was asked for. Several processes may open the same file; each
/// learns of the others' events when it reads or appends, or within about 10 milliseconds while it follows the log.
///
/// ```
/// use factos_core::store::{AppendRequest, EventStore, Group, ReadPart, ReadRequest};
/// use factos_core::{Data, EventType, Limits, NewEvent, Query, Timestamp};
/// use factos_sqlx::SqliteStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = SqliteStore::open("sqlite::memory:").await?;
/// let event = NewEvent::new(EventType::new("CourseDefined")?, Data::json(r#"{"course":"c1"}"#)?);
/// let request = AppendRequest::append(vec![event], Timestamp::from_micros(0), &Limits::default())?;
/// store.append(Group::single(request)).await?;
///
/// let read = store.read(ReadRequest::new([ReadPart::query(Query::all())])).await?;
/// assert_eq!(read.head.get(), 1);
/// assert_eq!(read.parts[0][0].event_type.as_str(), "CourseDefined");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteStore(pub(super) Arc<Shared>);

/// What the handles of a store share.
pub(super) struct Shared {
    pub(super) log: LogNumber,
    pub(super) info: LogInfo,
    pub(super) max_wait: Duration,
    pub(super) writer: Writer,
    /// None for a database in memory: it has one connection only.
    pub(super) readers: Option<Connections<Opener>>,
    /// Those that change when others append; none for a database in memory.
    pub(super) files: Option<Files>,
}

impl SqliteStore {
    /// Opens the log `main` in the file that the URL names; see [`SqliteOptions::from_url`] for its forms. File,
    /// directory and tables are made when they are missing.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        SqliteOptions::from_url(url)?.open().await
    }

    /// Opens the log `main` in the database that a pool is connected to.
    ///
    /// Only the pool's options are used, such as its file and its pragmas: the store makes its own connections, one to
    /// write and a few to read, so that it does not wait for the pool's other users. See
    /// [`SqliteOptions::from_pool`] for more choices.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`]; [`StoreError::InvalidUrl`] when the pool's database is in memory.
    pub async fn from_pool(pool: &SqlitePool) -> Result<Self, StoreError> {
        SqliteOptions::from_pool(pool).open().await
    }

    /// Makes the tables in the file that the URL names, or brings them up to date, without opening a log.
    ///
    /// It can be run again at any time, and by several processes at once.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`].
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        SqliteOptions::from_url(url)?.migrate().await
    }

    pub(super) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("info", &self.0.info)
            .finish_non_exhaustive()
    }
}

impl EventStore for SqliteStore {
    type Connection = SqliteConnection;

    async fn append(&self, group: Group) -> Result<Vec<Result<Answer, Refusal>>, StoreError> {
        if group.is_empty() {
            return Ok(Vec::new());
        }
        if group.requests().all(AppendRequest::is_check)
            && let Some(answers) = append::confirm(&self.0, &group).await?
        {
            return Ok(answers);
        }
        uncancelled(append::append(Arc::clone(&self.0), group)).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Snapshot, StoreError> {
        read::read(&self.0, request).await
    }

    async fn locked(
        &self,
        request: ReadRequest,
        decide: DecideLocked,
    ) -> Result<Option<Result<Answer, Refusal>>, StoreError> {
        uncancelled(append::locked(Arc::clone(&self.0), request, decide)).await
    }

    async fn settle(&self, append_id: AppendId) -> Result<Settled, StoreError> {
        uncancelled(settle::settle(Arc::clone(&self.0), append_id)).await
    }

    fn info(&self) -> &LogInfo {
        &self.0.info
    }

    /// Looks at the file every 10 milliseconds, and reads where the log ends when it was changed.
    async fn follow(&self) {
        follow::follow(&self.0).await;
    }
}
