//! How a store is opened: which file and log, how durable, how patient.

use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use factos_core::LogName;
use factos_core::store::StoreError;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteLockingMode, SqliteSynchronous};

use super::link::Opener;
use super::open;
use super::store::SqliteStore;
use crate::cause;
use crate::options::{Schema, Synchronous};

/// What can be chosen when a log is opened in an SQLite file.
///
/// ```no_run
/// use std::time::Duration;
/// use factos_core::LogName;
/// use factos_sqlx::SqliteOptions;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = SqliteOptions::from_url("sqlite:data/app.db")?
///     .log(LogName::new("billing")?)
///     .max_wait(Duration::from_secs(10))
///     .open()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqliteOptions {
    pub(super) connect: SqliteConnectOptions,
    pub(super) location: Arc<str>,
    /// The store's own database in memory, reached by one connection.
    pub(super) in_memory: bool,
    /// Whether a missing file is made.
    pub(super) creates: bool,
    pub(super) log: LogName,
    pub(super) synchronous: Synchronous,
    pub(super) max_wait: Duration,
    pub(super) read_connections: NonZeroUsize,
    pub(super) schema: Schema,
}

impl SqliteOptions {
    /// From a URL: `sqlite:app.db`, `sqlite://app.db`, `sqlite:///var/lib/app.db`, or `sqlite::memory:` for a database
    /// that lives and dies with the store.
    ///
    /// The file is made when it is missing. A `mode` says otherwise: `?mode=rw` wants it to be there, `?mode=ro` opens
    /// it for reading. Characters such as `?` and `#` in a path are written as `%3F` and `%23`.
    ///
    /// # Errors
    /// [`StoreError::UnknownScheme`] when the URL is not one of SQLite's, [`StoreError::InvalidUrl`] when it names no
    /// file or has a parameter that SQLite does not know.
    pub fn from_url(url: &str) -> Result<Self, StoreError> {
        let Some(rest) = url.strip_prefix("sqlite:") else {
            let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
            return Err(StoreError::UnknownScheme {
                scheme: scheme.into(),
                hint: "write sqlite:path/to/file.db".into(),
            });
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.trim_start_matches("//").is_empty() {
            return Err(StoreError::InvalidUrl(cause("the URL names no file")));
        }
        let connect = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::InvalidUrl(Arc::new(error)))?;
        let says = |key: &str| query.split('&').any(|pair| pair.starts_with(key));
        let mut options = Self::new(connect);
        options.creates = !says("mode=") && !says("immutable=");
        options.in_memory = path == ":memory:" || path == "//:memory:" || says("mode=memory");
        Ok(options)
    }

    /// From a path, which is made when it is missing.
    pub fn from_path(path: impl AsRef<Path>) -> Self {
        let connect = SqliteConnectOptions::new().filename(path);
        let mut options = Self::new(connect);
        options.creates = true;
        options
    }

    /// From a pool's options. The store makes its own connections with them; what concerns journal, locking and
    /// durability is as this store needs it, or as it is said here.
    ///
    /// A database in memory is refused when it is opened: connections to it get in each other's way.
    pub fn from_pool(pool: &SqlitePool) -> Self {
        Self::new(pool.connect_options().as_ref().clone())
    }

    fn new(connect: SqliteConnectOptions) -> Self {
        Self {
            location: connect.get_filename().to_string_lossy().into(),
            in_memory: false,
            creates: false,
            log: LogName::default(),
            synchronous: Synchronous::default(),
            max_wait: Duration::from_secs(5),
            read_connections: NonZeroUsize::MIN.saturating_add(3),
            schema: Schema::Migrate,
            connect,
        }
    }

    /// The log; `main` unless it is said. One file holds as many as one likes.
    #[must_use]
    pub fn log(mut self, name: LogName) -> Self {
        self.log = name;
        self
    }

    /// When a commit is answered; [`Synchronous::Full`] unless it is said.
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How long an operation waits while another process writes; 5 seconds unless it is said. After that it fails with
    /// [`StoreError::Busy`].
    #[must_use]
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// How many reads can go on at once; 4 unless it is said. Each one keeps a connection, which is a thread.
    #[must_use]
    pub fn read_connections(mut self, most: NonZeroUsize) -> Self {
        self.read_connections = most;
        self
    }

    /// Changes no table: opening fails with [`StoreError::MissingSchema`] unless [`SqliteOptions::migrate`] was run.
    #[must_use]
    pub fn without_migrations(mut self) -> Self {
        self.schema = Schema::Check;
        self
    }

    /// Opens the log, and makes it if the file does not have it yet.
    ///
    /// # Errors
    /// [`StoreError::NotADatabase`], [`StoreError::Corrupt`] or [`StoreError::NewerSchema`] when the file is something
    /// else, damaged, or of a later version; [`StoreError::ReadOnly`] when tables or log are missing and cannot be
    /// made; [`StoreError::Busy`] and [`StoreError::Unavailable`] when it cannot be reached.
    pub async fn open(self) -> Result<SqliteStore, StoreError> {
        open::open(self).await
    }

    /// Makes the tables, or brings them up to date. It can be run again at any time, and by several processes at once.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`].
    pub async fn migrate(self) -> Result<(), StoreError> {
        open::migrate(self).await
    }

    /// How the connections are made.
    pub(super) fn opener(&self) -> Opener {
        // More milliseconds than an `i32` holds make sqlx panic.
        let longest = Duration::from_millis(i32::MAX.unsigned_abs().into());
        let synchronous = match self.synchronous {
            Synchronous::Full => SqliteSynchronous::Full,
            Synchronous::Normal => SqliteSynchronous::Normal,
        };
        let mut options = self.connect.clone();
        if self.creates {
            options = options.create_if_missing(true);
        }
        if self.in_memory {
            options = options.shared_cache(false);
        }
        Opener {
            options: options
                .synchronous(synchronous)
                .busy_timeout(self.max_wait.min(longest))
                .statement_cache_capacity(256)
                // Rows wait here while the task is not running, and the connection's thread need not.
                .row_buffer_size(1024)
                // A lock that is never given back would shut out this store's own other connections.
                .locking_mode(SqliteLockingMode::Normal)
                // Checkpoints are left to SQLite: the commit that brings the WAL to 1,000 pages does one, which makes
                // the slowest appends. A connection that does it in the background would make them shorter and all
                // others a little longer.
                .pragma("cache_size", "-16384"),
            location: Arc::clone(&self.location),
        }
    }
}
