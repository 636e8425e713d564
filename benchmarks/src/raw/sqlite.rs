//! The raw limit: one row into a bare table, one transaction a row, by sqlx alone.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, SqlitePool};

use crate::figures::Run;
use crate::measure::{Failure, run};
use crate::raw::all_of;

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

/// Reads all events of a log with all columns, row by row, counted one by one.
///
/// # Errors
/// The first failure.
pub async fn events(
    file: &Path,
    log: &str,
    events: u64,
    duration: Duration,
) -> Result<Run, Failure> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        // As the store has it, which costs a log nothing and speeds up long reads.
        .row_buffer_size(1024);
    let (pool, log) = (pool(1).connect_with(options).await?, log.to_owned());
    let reads = run(1, duration, move |_, _| {
        let (pool, log) = (pool.clone(), log.clone());
        async move {
            let mut rows = sqlx::query(
                "SELECT e.place, e.event_id, e.type, e.version, e.tags, e.data, e.metadata, e.recorded_at, \
                    e.append_id, e.stream, e.revision \
                 FROM factos_logs AS l JOIN factos_events AS e \
                    ON e.place >= l.number << 44 AND e.place < (l.number + 1) << 44 \
                 WHERE l.name = ? ORDER BY e.place",
            )
            .bind(&log)
            .fetch(&pool);
            let mut read = 0;
            while let Some(row) = rows.try_next().await? {
                take_columns(&row)?;
                read += 1;
            }
            all_of(events, read)
        }
    });
    Ok(reads.await?.in_parts(events))
}

/// Takes every column as what it is, without a copy.
fn take_columns(row: &SqliteRow) -> Result<(), sqlx::Error> {
    black_box::<i64>(row.try_get(0)?);
    black_box::<&[u8]>(row.try_get(1)?);
    black_box::<&str>(row.try_get(2)?);
    black_box::<i64>(row.try_get(3)?);
    black_box::<&str>(row.try_get(4)?);
    black_box::<&str>(row.try_get(5)?);
    black_box::<Option<&str>>(row.try_get(6)?);
    black_box::<i64>(row.try_get(7)?);
    black_box::<&[u8]>(row.try_get(8)?);
    black_box::<Option<&str>>(row.try_get(9)?);
    black_box::<Option<i64>>(row.try_get(10)?);
    Ok(())
}
