//! Raw limits: what sqlx alone does with the same database.

pub mod postgres;
pub mod sqlite;

use std::path::PathBuf;
use std::time::Duration;

use crate::figures::Run;
use crate::measure::Failure;
use crate::target::Target;

/// The raw limits of a database that has logs in it.
pub enum Raw {
    Sqlite {
        /// Where the logs are.
        file: PathBuf,
        one: sqlite::Raw,
        many: sqlite::Raw,
    },
    Postgres(postgres::Raw),
}

/// Connections that insert raw rows at once: the limit for more than one client.
pub const MANY: usize = 16;

impl Raw {
    /// Makes what the raw rows are written to, beside the logs.
    ///
    /// # Errors
    /// When the database does not let us.
    pub async fn beside(target: &Target) -> Result<Self, Failure> {
        Ok(match target {
            Target::Sqlite { file, durability } => {
                let (rows, durability) = (file.with_extension("raw.db"), durability.of_sqlx());
                Self::Sqlite {
                    one: sqlite::Raw::create(&rows, durability, 1).await?,
                    many: sqlite::Raw::create(&rows, durability, u32::try_from(MANY)?).await?,
                    file: file.clone(),
                }
            }
            Target::Postgres { url } => Self::Postgres(postgres::Raw::create(url).await?),
        })
    }

    /// Inserts single rows by at most [`MANY`] connections, each row in a transaction of its own.
    ///
    /// # Errors
    /// The first failure.
    pub async fn inserts(&self, connections: usize, duration: Duration) -> Result<Run, Failure> {
        match self {
            Self::Sqlite { one, .. } if connections == 1 => one.inserts(1, duration).await,
            Self::Sqlite { many, .. } => many.inserts(connections, duration).await,
            Self::Postgres(raw) => raw.inserts(connections, duration).await,
        }
    }

    /// Reads all events of a log with all columns, by one connection, counted one by one.
    ///
    /// # Errors
    /// The first failure.
    pub async fn events(&self, log: &str, events: u64, duration: Duration) -> Result<Run, Failure> {
        match self {
            Self::Sqlite { file, .. } => sqlite::events(file, log, events, duration).await,
            Self::Postgres(raw) => raw.events(log, events, duration).await,
        }
    }
}

/// That a read brought all of the events that are there.
fn all_of(events: u64, read: u64) -> Result<(), Failure> {
    if read == events {
        Ok(())
    } else {
        Err(format!("{read} rows instead of {events}").into())
    }
}
