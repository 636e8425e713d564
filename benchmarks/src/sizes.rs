//! How much place a database takes.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::measure::Failure;
use crate::target::Target;

/// Bytes that a database takes.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// In tables and indexes.
    pub tables: u64,
    /// Ever written to the journal; `None` for SQLite, which does not count them.
    pub journal: Option<u64>,
}

impl Sizes {
    /// What the database takes now.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn of(target: &Target) -> Result<Self, Failure> {
        match target {
            Target::Sqlite { file, .. } => {
                let options = SqliteConnectOptions::new().filename(file);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                let bytes: i64 = sqlx::query_scalar(
                    "SELECT c.page_count * s.page_size FROM pragma_page_count AS c, pragma_page_size AS s",
                )
                .fetch_one(&mut connection)
                .await?;
                Ok(Self {
                    tables: u64::try_from(bytes)?,
                    journal: None,
                })
            }
            Target::Postgres { url } => {
                let mut connection = PgConnection::connect(url).await?;
                let (tables, journal): (i64, i64) = sqlx::query_as(
                    "SELECT sum(pg_total_relation_size(c.oid))::bigint, (pg_current_wal_lsn() - '0/0')::bigint \
                     FROM pg_class AS c WHERE c.relnamespace = 'factos'::regnamespace AND c.relkind = 'r'",
                )
                .fetch_one(&mut connection)
                .await?;
                Ok(Self {
                    tables: u64::try_from(tables)?,
                    journal: Some(u64::try_from(journal)?),
                })
            }
        }
    }

    /// How much more it is than before.
    pub fn since(self, before: Self) -> Self {
        let journals = self.journal.zip(before.journal);
        Self {
            tables: self.tables.saturating_sub(before.tables),
            journal: journals.map(|(after, before)| after.saturating_sub(before)),
        }
    }
}
