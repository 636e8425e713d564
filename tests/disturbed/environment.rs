//! Where a history takes place: a database, and what can happen to it while clients work.
//!
//! A new one says how its database is opened from another process ([`Store::open`](super::store::Store::open)), how it
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

/// A file of which others hold the lock for a while, read an old state for a while, or clear the journal.
pub struct SqliteFile {
    url: String,
    disturbed: u32,
}

/// Longer than many commits take.
const LONG: Duration = Duration::from_millis(60);
/// Longer than a store waits for the lock. It comes up in long runs only.
const TOO_LONG: Duration = Duration::from_secs(6);

impl SqliteFile {
    /// A new file in a directory.
    pub fn within(directory: &tempfile::TempDir) -> Self {
        Self::of(sqlite_url(directory))
    }

    /// The file that a URL names.
    pub fn of(url: String) -> Self {
        Self { url, disturbed: 0 }
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
        self.disturbed += 1;
        let is_too_long = self.disturbed.is_multiple_of(64);
        let statement = match rng.u32(..4) {
            0 if !is_too_long => "BEGIN; SELECT count(*) FROM factos_events",
            1 if !is_too_long => "PRAGMA wal_checkpoint(TRUNCATE)",
            _ => "BEGIN IMMEDIATE",
        };
        let mut other = self.connect().await;
        // It may find the lock taken: then it disturbs nobody.
        drop(other.execute(statement).await);
        let time = if is_too_long {
            TOO_LONG
        } else {
            LONG.mul_f64(rng.f64())
        };
        tokio::time::sleep(time).await;
        if rng.bool() {
            drop(other.execute("ROLLBACK").await);
        }
        // Otherwise the connection ends in the middle of its transaction.
    }

    async fn rest(&mut self) {}

    async fn examine(&mut self) -> Result<(), String> {
        let mut connection = self.connect().await;
        let check = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection);
        let found: String = check.await.map_err(|error| error.to_string())?;
        if found == "ok" { Ok(()) } else { Err(found) }
    }
}
