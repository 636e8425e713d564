//! Opens a log by the URL of its database.

use factos_core::store::StoreError;
use factos_core::{EventLog, LogOptions, MemoryStore};

/// Opens the log that a URL names, in any store that factos knows; file, directory and tables are made if they are not there.
///
/// | URL | store |
/// |---|---|
/// | `memory:` | in this process's memory, gone with the last handle |
/// | `sqlite:courses.db`, `sqlite:///var/lib/courses.db` | in an SQLite file (feature `sqlite`) |
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = factos::open("memory:").await?;
/// assert_eq!(log.head().await?.get(), 0);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`StoreError::UnknownScheme`] for a URL of another kind or whose feature is off, and whatever keeps the store from
/// opening.
pub async fn open(url: &str) -> Result<EventLog, StoreError> {
    open_with(url, LogOptions::default()).await
}

/// Opens the log that a URL names, with another clock, other limits, or unknown types passed over; otherwise as
/// [`open`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use factos::{Limits, LogOptions};
/// let limits = Limits { tags_per_event: 300, ..Limits::default() };
/// let log = factos::open_with("memory:", LogOptions::default().limits(limits)).await?;
/// # drop(log);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`open`].
pub async fn open_with(url: &str, options: LogOptions) -> Result<EventLog, StoreError> {
    match url.split_once(':') {
        Some(("memory", "")) => Ok(EventLog::with_options(MemoryStore::new(), options)),
        #[cfg(feature = "sqlite")]
        Some(("sqlite", _)) => {
            let store = factos_sqlx::SqliteStore::open(url).await?;
            Ok(EventLog::with_options(store, options).untyped())
        }
        Some((scheme, _)) => Err(unknown(scheme)),
        None => Err(unknown(url)),
    }
}

/// Opens the log in the SQLite file that a URL names, for facts that are computed by SQL; otherwise as [`open`].
///
/// # Errors
/// As [`SqliteOptions::open`](crate::sqlite::SqliteOptions::open).
#[cfg(feature = "sqlite")]
pub async fn sqlite(url: &str) -> Result<EventLog<sqlx::SqliteConnection>, StoreError> {
    Ok(EventLog::new(factos_sqlx::SqliteStore::open(url).await?))
}

fn unknown(scheme: &str) -> StoreError {
    let hint = match scheme {
        "sqlite" => "switch on the feature `sqlite` of factos",
        "memory" => "write `memory:`, with nothing behind the colon",
        _ => "write `sqlite:FILE` or `memory:`",
    };
    StoreError::UnknownScheme {
        scheme: scheme.into(),
        hint: hint.into(),
    }
}
