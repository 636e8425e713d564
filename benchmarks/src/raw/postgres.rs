//! The raw limits of PostgreSQL: single rows into a bare table, and lists of rows into the tables of a log.

use std::hint::black_box;
use std::time::Duration;

use factos::AppendId;
use futures_util::TryStreamExt;
use sqlx::postgres::{PgPoolOptions, PgRow};
use sqlx::types::Uuid;
use sqlx::{PgPool, Row};

use crate::figures::Run;
use crate::measure::{Failure, run};
use crate::raw::all_of;

/// Tables with no more than their rows.
#[derive(Debug, Clone)]
pub struct Raw(PgPool);

/// The columns and indexes of a log's tables, without anything that judges or protects them.
const TABLES: &str = "
    DROP SCHEMA IF EXISTS raw CASCADE; CREATE SCHEMA raw;
    CREATE TABLE raw.bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data text NOT NULL);
    CREATE TABLE raw.events (LIKE factos.events INCLUDING ALL);
    CREATE TABLE raw.tags (LIKE factos.tags INCLUDING ALL)";

impl Raw {
    /// Makes the tables, like those of the log that is in the database.
    ///
    /// # Errors
    /// When the database does not let us.
    pub async fn create(url: &str) -> Result<Self, Failure> {
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .test_before_acquire(false)
            .connect(url)
            .await?;
        sqlx::raw_sql(TABLES).execute(&pool).await?;
        Ok(Self(pool))
    }

    /// Inserts single rows, each in a transaction of its own.
    ///
    /// # Errors
    /// The first failure.
    pub async fn inserts(&self, clients: usize, duration: Duration) -> Result<Run, Failure> {
        // Each client keeps a connection: the pool would take its share.
        let mut connections = Vec::new();
        for _ in 0..clients {
            connections.push(std::sync::Arc::new(tokio::sync::Mutex::new(
                self.0.acquire().await?,
            )));
        }
        run(clients, duration, move |client, _| {
            let connection = connections[client].clone();
            async move {
                let mut connection = connection.lock().await;
                sqlx::query("INSERT INTO raw.bare (data) VALUES ($1)")
                    .bind("n".repeat(200))
                    .execute(&mut **connection)
                    .await?;
                Ok(())
            }
        })
        .await
    }

    /// Inserts a thousand events with two tags each, as lists of columns, each time in one transaction.
    ///
    /// # Errors
    /// The first failure.
    pub async fn thousands(&self, duration: Duration) -> Result<Run, Failure> {
        let last: Option<i64> = sqlx::query_scalar("SELECT max(position) FROM raw.events")
            .fetch_one(&self.0)
            .await?;
        let last = last.unwrap_or(0);
        let pool = self.0.clone();
        run(1, duration, move |_, n| {
            let pool = pool.clone();
            let first = last + 1 + 1_000 * i64::try_from(n).unwrap_or(i64::MAX / 2_000);
            async move {
                let mut transaction = pool.begin().await?;
                let positions: Vec<i64> = (first..first + 1_000).collect();
                let ids: Vec<Uuid> = positions.iter().map(|_| Uuid::from_bytes(*AppendId::new().as_bytes())).collect();
                let data = format!(r#"{{"course":"course-1","student":"{n}","note":"{}"}}"#, "n".repeat(140));
                let data = vec![data; 1_000];
                let tags: Vec<String> =
                    positions.iter().map(|p| format!(r#"{{"course:course-{}","student:{p}"}}"#, p % 1_000)).collect();
                sqlx::query(
                    "INSERT INTO raw.events (log, version, position, recorded_at, event_id, append_id, type, tags, data) \
                     SELECT 0, 1, v.position, now(), v.id, $4, 'StudentSubscribed', v.tags::text[], v.data::json \
                     FROM unnest($1, $2, $3, $5) AS v (position, id, tags, data)",
                )
                .bind(&positions)
                .bind(&ids)
                .bind(&tags)
                .bind(ids[0])
                .bind(&data)
                .execute(&mut *transaction)
                .await?;
                let twice: Vec<i64> = positions.iter().flat_map(|p| [*p, *p]).collect();
                // A hash of a course comes again and again, one of a student never.
                let hashes: Vec<i64> =
                    positions.iter().flat_map(|p| [(p % 1_000).wrapping_mul(SPREAD), p.wrapping_mul(-SPREAD)]).collect();
                sqlx::query(
                    "INSERT INTO raw.tags (hash, position, type) \
                     SELECT t.hash, t.position, 7 FROM unnest($1, $2) AS t (hash, position)",
                )
                .bind(&hashes)
                .bind(&twice)
                .execute(&mut *transaction)
                .await?;
                transaction.commit().await?;
                Ok(())
            }
        })
        .await
    }
}

impl Raw {
    /// Reads all events of a log with all columns, row by row, counted one by one.
    ///
    /// # Errors
    /// The first failure.
    pub async fn events(&self, log: &str, events: u64, duration: Duration) -> Result<Run, Failure> {
        let (pool, log) = (self.0.clone(), log.to_owned());
        let reads = run(1, duration, move |_, _| {
            let (pool, log) = (pool.clone(), log.clone());
            async move {
                let mut connection = pool.acquire().await?;
                // In the order of the index: the first rows come while the others are still being read.
                sqlx::raw_sql("SET enable_sort = off")
                    .execute(&mut *connection)
                    .await?;
                let mut rows = sqlx::query(
                    "SELECT e.position, e.event_id, e.type, e.version, e.tags, e.data, e.bytes, e.metadata, \
                        e.recorded_at, e.append_id, e.stream, e.revision FROM factos.events AS e \
                     WHERE e.log = (SELECT l.number FROM factos.logs AS l WHERE l.name = $1) ORDER BY e.position",
                )
                .bind(&log)
                .fetch(&mut *connection);
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
}

/// Takes every column as what it is, without a copy where that goes.
fn take_columns(row: &PgRow) -> Result<(), sqlx::Error> {
    black_box::<i64>(row.try_get(0)?);
    black_box::<Uuid>(row.try_get(1)?);
    black_box::<&str>(row.try_get(2)?);
    black_box::<i32>(row.try_get(3)?);
    black_box::<Vec<String>>(row.try_get(4)?);
    // JSON, whose bytes are its text, and a time, whose bytes are microseconds: sqlx has types of other crates for them.
    black_box::<Option<&str>>(row.try_get_unchecked(5)?);
    black_box::<Option<&[u8]>>(row.try_get(6)?);
    black_box::<Option<&str>>(row.try_get_unchecked(7)?);
    black_box::<i64>(row.try_get_unchecked(8)?);
    black_box::<Uuid>(row.try_get(9)?);
    black_box::<Option<&str>>(row.try_get(10)?);
    black_box::<Option<i64>>(row.try_get(11)?);
    Ok(())
}

/// An odd number without a pattern: multiples of it lie all over the range.
const SPREAD: i64 = 0x5851_f42d_4c95_7f2d;
