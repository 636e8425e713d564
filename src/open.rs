//! Opens a log by the URL of its database.

use std::fmt;
use std::future::{Future, IntoFuture, ready};
use std::pin::Pin;

use factos_core::store::StoreError;
use factos_core::{AnyConnection, EventLog, LogName, LogOptions, MemoryStore};

/// Opens the log that a URL names, in any store that factos knows. File, directory, tables and log are made if they are
/// not there. Await what it returns, or say more first.
///
/// | URL | store |
/// |---|---|
/// | `memory:` | in this process's memory, gone with the last handle |
/// | `sqlite:courses.db`, `sqlite:///var/lib/courses.db` | in an SQLite file (feature `sqlite`) |
/// | `postgres://user:password@host/database` | in a PostgreSQL database (feature `postgres`) |
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use factos::{Limits, LogName, LogOptions};
///
/// let log = factos::open("memory:").await?;
/// assert_eq!(log.head().await?.get(), 0);
///
/// let limits = Limits { tags_per_event: 300, ..Limits::default() };
/// let billing = factos::open("memory:")
///     .log(LogName::new("billing")?)
///     .options(LogOptions::default().limits(limits))
///     .await?;
/// assert_eq!(billing.info().name().as_str(), "billing");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`StoreError::UnknownScheme`] for a URL of another kind or whose feature is off, and whatever keeps the store from
/// opening.
pub fn open(url: &str) -> Open {
    Open::new(url, by_scheme)
}

/// Opens the log in the SQLite file that a URL names, for facts that are computed by SQL; otherwise as [`open`].
///
/// # Errors
/// As [`SqliteOptions::open`](crate::sqlite::SqliteOptions::open).
#[cfg(feature = "sqlite")]
pub fn sqlite(url: &str) -> Open<sqlx::SqliteConnection> {
    Open::new(url, |open| {
        Box::pin(async move {
            let options = factos_sqlx::SqliteOptions::from_url(&open.url)?;
            let store = options.log(open.log).open().await?;
            Ok(EventLog::with_options(store, open.options))
        })
    })
}

/// Opens the log in the PostgreSQL database that a URL names, for facts that are computed by SQL; otherwise as
/// [`open`].
///
/// # Errors
/// As [`PostgresOptions::open`](crate::postgres::PostgresOptions::open).
#[cfg(feature = "postgres")]
pub fn postgres(url: &str) -> Open<sqlx::PgConnection> {
    Open::new(url, |open| {
        Box::pin(async move {
            let options = factos_sqlx::PostgresOptions::from_url(&open.url)?;
            let store = options.log(open.log).open().await?;
            Ok(EventLog::with_options(store, open.options))
        })
    })
}

type Opening<C> = Pin<Box<dyn Future<Output = Result<EventLog<C>, StoreError>> + Send>>;

/// A log to be opened. See [`open`].
#[must_use = "nothing is opened until it is awaited"]
pub struct Open<C = AnyConnection> {
    url: String,
    log: LogName,
    options: LogOptions,
    start: fn(Self) -> Opening<C>,
}

impl<C> Open<C> {
    fn new(url: &str, start: fn(Self) -> Opening<C>) -> Self {
        Self {
            url: url.into(),
            log: LogName::default(),
            options: LogOptions::default(),
            start,
        }
    }

    /// The log of this name; `main` unless it is said. Each has its own positions, and none sees another one's events.
    pub fn log(mut self, name: LogName) -> Self {
        self.log = name;
        self
    }

    /// With another clock, other limits, or unknown types passed over.
    pub fn options(mut self, options: LogOptions) -> Self {
        self.options = options;
        self
    }
}

impl<C: 'static> IntoFuture for Open<C> {
    type Output = Result<EventLog<C>, StoreError>;
    type IntoFuture = Opening<C>;

    fn into_future(self) -> Self::IntoFuture {
        (self.start)(self)
    }
}

impl<C> fmt::Debug for Open<C> {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

fn by_scheme(open: Open) -> Opening<AnyConnection> {
    match open.url.split_once(':') {
        Some(("memory", "")) => {
            let store = MemoryStore::named(open.log);
            Box::pin(ready(Ok(EventLog::with_options(store, open.options))))
        }
        #[cfg(feature = "sqlite")]
        Some(("sqlite", _)) => untyped(sqlite(&open.url).log(open.log).options(open.options)),
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => {
            untyped(postgres(&open.url).log(open.log).options(open.options))
        }
        Some((scheme, _)) => Box::pin(ready(Err(unknown(scheme)))),
        None => Box::pin(ready(Err(unknown(&open.url)))),
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn untyped<C: 'static>(open: Open<C>) -> Opening<AnyConnection> {
    Box::pin(async { Ok(open.await?.untyped()) })
}

fn unknown(scheme: &str) -> StoreError {
    let hint = match scheme {
        "sqlite" => "switch on the feature `sqlite` of factos",
        "postgres" | "postgresql" => "switch on the feature `postgres` of factos",
        "memory" => "write `memory:`, with nothing behind the colon",
        _ => "write `sqlite:FILE`, `postgres://USER:PASSWORD@HOST/DATABASE` or `memory:`",
    };
    StoreError::UnknownScheme {
        scheme: scheme.into(),
        hint: hint.into(),
    }
}
