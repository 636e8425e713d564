//! The raw limit: one row into a bare table, one transaction a row, by sqlx alone.

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::measure::{Failure, Run, run};

/// A bare table in a file of its own.
#[derive(Debug, Clone)]
pub struct Raw(SqlitePool);

impl Raw {
    /// Creates the file and its table.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn create(
        file: &Path,
        synchronous: SqliteSynchronous,
        connections: u32,
    ) -> Result<Self, Failure> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(Duration::from_mins(1));
        let pool = pool(connections).connect_with(options).await?;
        sqlx::query("CREATE TABLE IF NOT EXISTS raw (id INTEGER PRIMARY KEY, data TEXT NOT NULL)")
            .execute(&pool)
            .await?;
        Ok(Self(pool))
    }

    /// Inserts single rows for a while.
    ///
    /// # Errors
    /// The first failure.
    pub async fn inserts(&self, clients: usize, duration: Duration) -> Result<Run, Failure> {
        let pool = self.0.clone();
        run(clients, duration, move |_, _| {
            let pool = pool.clone();
            async move {
                sqlx::query("INSERT INTO raw (data) VALUES (?)")
                    .bind("n".repeat(200))
                    .execute(&pool)
                    .await?;
                Ok(())
            }
        })
        .await
    }
}

/// A pool that hands connections out without asking them first whether they live, which would cost half the speed.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .test_before_acquire(false)
}

/// Reads ten events by their keys, with all columns, again and again.
///
/// # Errors
/// The first failure.
pub async fn reads_by_key(file: &Path, keys: Vec<i64>, duration: Duration) -> Result<Run, Failure> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let pool = pool(1).connect_with(options).await?;
    run(1, duration, move |_, _| {
        let (pool, keys) = (pool.clone(), keys.clone());
        async move {
            let mut query = sqlx::query(
                "SELECT place, event_id, type, version, tags, data, metadata, recorded_at, append_id, stream, revision \
                 FROM factos_events WHERE place IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            );
            for key in &keys {
                query = query.bind(*key);
            }
            let rows = query.fetch_all(&pool).await?;
            if rows.len() == keys.len() { Ok(()) } else { Err(Failure::from(format!("{} rows", rows.len()))) }
        }
    })
    .await
}
