//! Opens a log: the file, its journal, its tables, and the log's own row.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use factos_core::store::{LogInfo, Seen, StoreError};
use factos_core::{LogId, Position};
use sqlx::sqlite::SqliteJournalMode;

use super::check::{Head, ask_head};
use super::follow::Files;
use super::link::Link;
use super::migrate::{check_schema, migrate_schema};
use super::options::SqliteOptions;
use super::place::{LAST_LOG, LogNumber};
use super::read::head;
use super::rows::{column, id};
use super::script::Script;
use super::store::{Shared, SqliteStore};
use super::writer::Writer;
use crate::cause;
use crate::connections::{Connections, Opener as _};
use crate::options::Schema;

pub(super) async fn open(options: SqliteOptions) -> Result<SqliteStore, StoreError> {
    let (mut link, journal) = connect(&options).await?;
    match options.schema {
        Schema::Migrate => migrate_schema(&mut link).await?,
        Schema::Check => check_schema(&mut link).await?,
    }
    let (log, identity) = log_row(&mut link, &options).await?;
    let mut script = Script::default();
    ask_head(&mut script, log, Position::START);
    let mut last = Head::default();
    let take = |_, row: &_| {
        last = head(row)?;
        Ok(())
    };
    link.run(script, take).await?;

    let info = LogInfo::new(options.log.clone(), identity);
    info.announce(Seen::new(last.position, last.event));
    let mut opener = options.opener();
    if journal == Journal::Wal {
        // So that nothing else that a pool's options say takes effect.
        opener.options = opener.options.journal_mode(SqliteJournalMode::Wal);
    }
    let mut reading = opener.clone();
    reading.options = reading.options.pragma("query_only", "ON");
    let readers = Connections::new(reading, options.read_connections.get(), options.max_wait);
    Ok(SqliteStore::new(Shared {
        log,
        info,
        max_wait: options.max_wait,
        writer: Writer::new(opener, link, options.in_memory),
        readers: (!options.in_memory).then_some(readers),
        files: (!options.in_memory).then(|| Files::of(options.connect.get_filename())),
    }))
}

pub(super) async fn migrate(options: SqliteOptions) -> Result<(), StoreError> {
    let (mut link, _) = connect(&options).await?;
    migrate_schema(&mut link).await
}

/// Which journal the file has got.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Journal {
    Wal,
    Other,
}

/// Connects, and sees to it that the file is in WAL mode, where readers and the writer do not wait for each other.
pub(super) async fn connect(options: &SqliteOptions) -> Result<(Link, Journal), StoreError> {
    if options.in_memory {
        return Ok((options.opener().open().await?, Journal::Other));
    }
    let path = options.connect.get_filename();
    // The driver refuses it too, but only when a directory has been made.
    if path.to_str().is_none() {
        let refused = format!("the path {} is not UTF-8", path.display());
        return Err(StoreError::InvalidUrl(cause(refused)));
    }
    make_directory(path, options)?;
    let mut link = options.opener().open().await?;
    let started = Instant::now();
    while journal_mode(&mut link, "PRAGMA journal_mode").await? != "wal" {
        match journal_mode(&mut link, "PRAGMA journal_mode = WAL").await {
            Ok(mode) if mode == "wal" => break,
            Ok(mode) if mode == "memory" => {
                let refused = "a database in memory cannot be shared: open sqlite::memory: as a store, or a file";
                return Err(StoreError::InvalidUrl(cause(refused)));
            }
            // A file system without shared memory keeps its journal; that is slower, and as correct.
            Ok(_) | Err(StoreError::ReadOnly(_)) => return Ok((link, Journal::Other)),
            // SQLite does not wait here. Taking the lock does, and then it is tried again.
            Err(StoreError::Busy(_)) if started.elapsed() < options.max_wait => {
                let mut script = Script::default();
                script.statement("BEGIN IMMEDIATE");
                script.statement("ROLLBACK");
                link.run(script, |_, _| Ok(())).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((link, Journal::Wal))
}

fn make_directory(path: &Path, options: &SqliteOptions) -> Result<(), StoreError> {
    match path.parent() {
        Some(parent) if options.creates && !parent.as_os_str().is_empty() => {
            fs::create_dir_all(parent).map_err(|error| StoreError::Unavailable(Arc::new(error)))
        }
        _ => Ok(()),
    }
}

async fn journal_mode(link: &mut Link, statement: &'static str) -> Result<String, StoreError> {
    let mut script = Script::default();
    script.statement(statement);
    let mut mode = String::new();
    let take = |_, row: &_| {
        mode = column(row, 0).map_err(|problem| StoreError::Corrupt(cause(problem)))?;
        Ok(())
    };
    link.run(script, take).await?;
    Ok(mode)
}

/// The log's number and identity. A log that is not there yet gets the next number and a new identity.
async fn log_row(
    link: &mut Link,
    options: &SqliteOptions,
) -> Result<(LogNumber, LogId), StoreError> {
    if let Some(found) = find_log(link, options).await? {
        return Ok(found);
    }
    let mut script = Script::default();
    script.statement("BEGIN IMMEDIATE");
    script
        .text(
            "INSERT INTO factos_logs (number, name, identity) \
             SELECT ifnull(max(number) + 1, 0), ?, ? FROM factos_logs \
             WHERE true ON CONFLICT (name) DO NOTHING",
        )
        .bind(options.log.as_str())
        .bind(&LogId::new().as_bytes()[..])
        .end();
    script.statement("COMMIT");
    if let Err(error) = link.run(script, |_, _| Ok(())).await {
        link.roll_back().await?;
        return Err(error);
    }
    let missing = || StoreError::Other(cause("the log was made, but is not there"));
    find_log(link, options).await?.ok_or_else(missing)
}

/// Plan: `SEARCH factos_logs USING INDEX (name=?)`.
async fn find_log(
    link: &mut Link,
    options: &SqliteOptions,
) -> Result<Option<(LogNumber, LogId)>, StoreError> {
    let mut script = Script::default();
    script
        .text("SELECT number, identity FROM factos_logs WHERE name = ?")
        .bind(options.log.as_str())
        .end();
    let corrupt = |problem: String| StoreError::Corrupt(cause(problem));
    let mut found = None;
    let take = |_, row: &_| {
        let number: i64 = column(row, 0).map_err(corrupt)?;
        if !(0..=LAST_LOG).contains(&number) {
            return Err(corrupt(format!("log number {number} is out of range")));
        }
        let identity = LogId::from_bytes(id(row, 1).map_err(corrupt)?);
        found = Some((LogNumber(number), identity));
        Ok(())
    };
    link.run(script, take).await?;
    Ok(found)
}
