//! Where a history takes place: a database, and what can happen to it while clients work.
//!
//! A new one says how its database is opened from another process ([`Store::open`](crate::store::Store::open)), how it
//! is disturbed, and how it comes to rest.

use std::time::Duration;

use fastrand::Rng;
use sqlx::{Connection, Executor, SqliteConnection};

use crate::support::sqlite_url;

/// A database that is disturbed while clients use it.
pub trait Environment {
    /// How other processes open the log.
    fn url(&self) -> &str;

    /// Disturbs the database once. Clients may see `Unavailable`, `Busy` and `OutcomeUnknown` from it, nothing else.
    async fn disturb(&mut self, rng: &mut Rng);

    /// Has the database answer again, without anything under way in it that a client has begun that was killed.
    async fn rest(&mut self);

    /// What the database itself says of its state; `Ok` when it is sound.
    async fn examine(&mut self) -> Result<(), String>;
}

/// A file of which other users hold the lock for a while, read an old state for a while, or clear the journal.
pub struct SqliteFile {
    url: String,
}

/// Much longer than a commit takes, and shorter than the store waits.
const LONG: Duration = Duration::from_millis(60);

impl SqliteFile {
    /// A new file in a directory.
    pub fn within(directory: &tempfile::TempDir) -> Self {
        Self {
            url: sqlite_url(directory),
        }
    }

    async fn connect(&self) -> SqliteConnection {
        let connection = SqliteConnection::connect(&self.url).await;
        connection.expect("the file opens")
    }
}

impl Environment for SqliteFile {
    fn url(&self) -> &str {
        &self.url
    }

    async fn disturb(&mut self, rng: &mut Rng) {
        let mut other = self.connect().await;
        let statement = match rng.u32(..4) {
            0 => "BEGIN; SELECT count(*) FROM factos_events",
            1 => "PRAGMA wal_checkpoint(TRUNCATE)",
            _ => "BEGIN IMMEDIATE",
        };
        // Whether it gets the lock within its time does not matter.
        drop(other.execute(statement).await);
        tokio::time::sleep(LONG.mul_f64(rng.f64())).await;
        if rng.bool() {
            // Otherwise the connection is dropped in its transaction.
            drop(other.execute("ROLLBACK").await);
        }
    }

    async fn rest(&mut self) {}

    async fn examine(&mut self) -> Result<(), String> {
        let mut connection = self.connect().await;
        let check = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection);
        let found: String = check.await.map_err(|error| error.to_string())?;
        if found == "ok" { Ok(()) } else { Err(found) }
    }
}
