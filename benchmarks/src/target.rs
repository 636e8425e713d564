//! The databases that are measured, reachable from any process.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use factos::postgres::PostgresOptions;
use factos::sqlite::{SqliteOptions, Synchronous};
use factos::{EventLog, LogName, LogOptions, StateCache};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::measure::Failure;

/// How long a store waits for others: whoever waits is measured, and does not end the measurement.
const PATIENCE: Duration = Duration::from_mins(1);

/// A database with logs in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Target {
    Sqlite {
        file: PathBuf,
        durability: Durability,
    },
    Postgres {
        url: String,
    },
}

/// When SQLite answers a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Durability {
    /// When it survives a power cut.
    Full,
    /// When it survives the end of the program.
    Normal,
}

/// What a log does with the states of the facts that it has folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum States {
    /// They are kept in memory, as by default.
    Kept,
    /// Each command reads its facts anew.
    ReadAnew,
}

impl Target {
    /// Opens a log in it.
    ///
    /// # Errors
    /// When the database does not let us.
    pub async fn open(&self, log: &str, states: States) -> Result<EventLog, Failure> {
        let name = LogName::new(log)?;
        let options = match states {
            States::Kept => LogOptions::default(),
            States::ReadAnew => LogOptions::default().state_cache(StateCache::off()),
        };
        Ok(match self {
            Self::Sqlite { file, durability } => {
                let store = SqliteOptions::from_path(file)
                    .synchronous(durability.of_log())
                    .max_wait(PATIENCE)
                    .log(name)
                    .open()
                    .await?;
                EventLog::with_options(store, options).untyped()
            }
            Self::Postgres { url } => {
                let store = on_postgres(url, name)?.open().await?;
                EventLog::with_options(store, options).untyped()
            }
        })
    }

    /// Opens a log in it that tells nobody of its appends by notifications.
    ///
    /// # Errors
    /// When the database does not let us, or knows no notifications.
    pub async fn open_silent(&self, log: &str) -> Result<EventLog, Failure> {
        let Self::Postgres { url } = self else {
            return Err(format!("{self} knows no notifications").into());
        };
        let options = on_postgres(url, LogName::new(log)?)?.without_notifications();
        Ok(EventLog::new(options.open().await?).untyped())
    }

    /// The program behind it, with its version.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn version(&self) -> Result<String, Failure> {
        Ok(match self {
            Self::Sqlite { file, .. } => {
                let options = SqliteConnectOptions::new().filename(file);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                let version: String = sqlx::query_scalar("SELECT sqlite_version()")
                    .fetch_one(&mut connection)
                    .await?;
                format!("SQLite {version}")
            }
            Self::Postgres { url } => {
                let mut connection = PgConnection::connect(url).await?;
                let version: String = sqlx::query_scalar("SHOW server_version")
                    .fetch_one(&mut connection)
                    .await?;
                format!("PostgreSQL {version}")
            }
        })
    }
}

fn on_postgres(url: &str, log: LogName) -> Result<PostgresOptions, Failure> {
    Ok(PostgresOptions::from_url(url)?.max_wait(PATIENCE).log(log))
}

/// What the rows of its figures are headed with.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite { durability, .. } => match durability {
                Durability::Full => "SQLite, FULL",
                Durability::Normal => "SQLite, NORMAL",
            },
            Self::Postgres { .. } => "PostgreSQL",
        })
    }
}

impl Durability {
    /// The setting of a log's store.
    pub fn of_log(self) -> Synchronous {
        match self {
            Self::Full => Synchronous::Full,
            Self::Normal => Synchronous::Normal,
        }
    }

    /// The setting of sqlx.
    pub fn of_sqlx(self) -> SqliteSynchronous {
        match self {
            Self::Full => SqliteSynchronous::Full,
            Self::Normal => SqliteSynchronous::Normal,
        }
    }
}
