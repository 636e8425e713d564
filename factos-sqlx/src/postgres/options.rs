//! How a store is opened: which database and log, how durable, how patient.

use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use factos_core::LogName;
use factos_core::store::StoreError;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use super::link::{Opener, Sessions, Source};
use super::open;
use super::store::PostgresStore;
use crate::cause;
use crate::options::{Schema, Synchronous};

/// What the writers of a log wait for, so that one of them writes at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lock {
    /// An advisory lock, which leaves nothing behind.
    #[default]
    Advisory,
    /// The log's row: for engines that speak PostgreSQL's protocol and have no advisory locks. It is changed at each
    /// commit, so that it leaves dead rows behind.
    Row,
}

/// The parameters of a URL that sqlx knows.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// What can be chosen when a log is opened in a PostgreSQL database.
///
/// ```no_run
/// use std::time::Duration;
/// use factos_core::LogName;
/// use factos_sqlx::PostgresOptions;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresOptions::from_url("postgres://app:secret@db.example.com/shop?sslmode=verify-full")?
///     .log(LogName::new("billing")?)
///     .max_wait(Duration::from_secs(10))
///     .open()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PostgresOptions {
    pub(super) source: Source,
    pub(super) sessions: Sessions,
    pub(super) log: LogName,
    pub(super) lock: Lock,
    pub(super) synchronous: Synchronous,
    pub(super) max_wait: Duration,
    pub(super) read_connections: NonZeroUsize,
    pub(super) schema: Schema,
    pub(super) notifications: Notifications,
}

/// How processes tell each other of what they append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notifications {
    /// By `NOTIFY` and `LISTEN`.
    Used,
    /// They do not.
    Unused,
}

impl PostgresOptions {
    /// From a URL: `postgres://user:password@host:5432/database`, with the parameters that
    /// [sqlx](PgConnectOptions) knows, such as `sslmode`, `sslrootcert`, `application_name`; what is left out comes from
    /// the environment (`PGHOST`, `PGUSER`, `PGPASSWORD` …) and the password file.
    ///
    /// `statement-cache-capacity=0` says that there is a pooler in between: see [`PostgresOptions::through_pooler`].
    ///
    /// # Errors
    /// [`StoreError::UnknownScheme`] when the URL is not one of PostgreSQL's, [`StoreError::InvalidUrl`] when it cannot
    /// be read or has a parameter that is not known.
    pub fn from_url(url: &str) -> Result<Self, StoreError> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(StoreError::UnknownScheme {
                scheme: scheme.into(),
                hint: "write postgres://user:password@host/database".into(),
            });
        }
        let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
        for parameter in parameters
            .split('&')
            .filter(|parameter| !parameter.is_empty())
        {
            let name = parameter.split('=').next().unwrap_or_default();
            if !PARAMETERS.contains(&name)
                && !name.starts_with("options[")
                && !name.starts_with("options%5B")
            {
                let unknown = format!("the URL's parameter {name:?} is not known");
                return Err(StoreError::InvalidUrl(cause(unknown)));
            }
        }
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::InvalidUrl(Arc::new(error)))?;
        let options = Self::new(Source::Options(Box::new(connect)));
        let uncached = |parameter| parameter == "statement-cache-capacity=0";
        Ok(if parameters.split('&').any(uncached) {
            options.through_pooler()
        } else {
            options
        })
    }

    /// From sqlx's options, for everything that can be said of a connection.
    pub fn from_options(options: PgConnectOptions) -> Self {
        Self::new(Source::Options(Box::new(options)))
    }

    /// From a pool's options, as they are whenever the store connects. The store makes its own connections with them, one
    /// to write and a few to read, so that it does not wait for the pool's other users.
    pub fn from_pool(pool: &PgPool) -> Self {
        Self::new(Source::Pool(pool.clone()))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            sessions: Sessions::Own,
            log: LogName::default(),
            lock: Lock::default(),
            synchronous: Synchronous::default(),
            max_wait: Duration::from_secs(5),
            read_connections: NonZeroUsize::MIN.saturating_add(7),
            schema: Schema::Migrate,
            notifications: Notifications::Used,
        }
    }

    /// The log; `main` unless it is said. One database holds as many as one likes, and none waits for another.
    #[must_use]
    pub fn log(mut self, name: LogName) -> Self {
        self.log = name;
        self
    }

    /// There is a pooler in between that hands out sessions for a transaction at a time, such as PgBouncer with
    /// `pool_mode = transaction`: no statement is prepared, so that each call takes a few trips more.
    ///
    /// It must be said wherever there is such a pooler, as without it one session may run what another one prepared.
    #[must_use]
    pub fn through_pooler(mut self) -> Self {
        self.sessions = Sessions::Pooled;
        self
    }

    /// What writers wait for, when the log is made; [`Lock::Advisory`] unless it is said. A log keeps what it was made
    /// with, so that all its writers wait for the same.
    #[must_use]
    pub fn lock(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }

    /// When a commit is answered; [`Synchronous::Full`] unless it is said. With it a commit waits for the server's disk,
    /// and for standbys where the server is set to.
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How long an operation waits for a server that is not there, for a connection, and for other writers; 5 seconds
    /// unless it is said. An append whose connection was lost is sent again for as long, and its caller is answered after a
    /// few times this time at most.
    #[must_use]
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// How many reads can go on at once; 8 unless it is said. Each one keeps a connection, and the writer has one more.
    #[must_use]
    pub fn read_connections(mut self, most: NonZeroUsize) -> Self {
        self.read_connections = most;
        self
    }

    /// Changes no table: opening fails with [`StoreError::MissingSchema`] unless [`PostgresOptions::migrate`] was run.
    /// For roles that may only use the log: see `factos.allow_writing` and `factos.allow_reading` in the database.
    #[must_use]
    pub fn without_migrations(mut self) -> Self {
        self.schema = Schema::Check;
        self
    }

    /// Neither tells others of appends by `NOTIFY`, nor waits for notifications: then those who follow the log read where it
    /// ends every 50 milliseconds, and need no connections of their own.
    ///
    /// Otherwise a process that appends has one connection more, by which it tells of appends after they are committed, at
    /// most every 10 milliseconds; and one that follows the log has one more, by which it hears of them.
    #[must_use]
    pub fn without_notifications(mut self) -> Self {
        self.notifications = Notifications::Unused;
        self
    }

    /// Opens the log, and makes it if the database does not have it yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server cannot be reached within the longest wait;
    /// [`StoreError::Denied`] and [`StoreError::MissingDatabase`] when it refuses user, password, right or database;
    /// [`StoreError::MissingSchema`], [`StoreError::NewerSchema`] when the tables are not there or of a later version;
    /// [`StoreError::ReadOnly`] when something has to be made on a standby; [`StoreError::Unsuited`] when the server is
    /// older than 13 or the database does not hold UTF-8.
    pub async fn open(self) -> Result<PostgresStore, StoreError> {
        // A large future, which its callers need not carry.
        Box::pin(open::open(self)).await
    }

    /// Makes the tables, or brings them up to date. It can be run again at any time, and by several processes at once.
    ///
    /// # Errors
    /// As [`PostgresOptions::open`].
    pub async fn migrate(self) -> Result<(), StoreError> {
        Box::pin(open::migrate(self)).await
    }

    /// How the connections are made.
    pub(super) fn opener(&self) -> Opener {
        Opener {
            source: self.source.clone(),
            sessions: self.sessions,
            max_wait: self.max_wait,
        }
    }
}
