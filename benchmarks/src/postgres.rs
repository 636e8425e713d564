//! The measurements on PostgreSQL.

use std::process::Stdio;
use std::time::Duration;

use factos::EventLog;
use factos::postgres::PostgresStore;
use factos_test_server::{Server, Settings};
use sqlx::{Connection, PgConnection};
use tokio::process::Command;

use crate::measure::{Failure, Run};
use crate::raw::postgres::Raw;
use crate::report::Report;
use crate::workload::{append, append_beside_thousands, dispatch, fill, guarded, thousands};

/// Clients in this process.
const CLIENTS: [usize; 4] = [1, 16, 64, 256];
/// Connections that insert raw rows at once: the limit for more than one client.
const RAW_CLIENTS: usize = 16;

/// A server with the settings of a small production machine, below the current directory: commits wait for its disk.
///
/// # Errors
/// When there is no current directory.
pub fn server() -> Result<Server, Failure> {
    let settings = Settings::new()
        .durable()
        .directory(std::env::current_dir()?)
        .max_connections(100)
        .line("shared_buffers = 1GB")
        .line("max_wal_size = 4GB");
    Ok(Server::start(settings))
}

/// Measures with a history of so many events.
///
/// # Errors
/// The first failure.
pub async fn measure(
    url: &str,
    events: u64,
    runs: usize,
    duration: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let log = EventLog::new(PostgresStore::open(url).await?).untyped();
    let before = Sizes::of(url).await?;
    fill(&log, events).await?;
    let after = Sizes::of(url).await?;
    report.size(
        &format!("{events} events"),
        events,
        after.tables - before.tables,
        after.wal - before.wal,
    );

    let raw = Raw::create(url).await?;
    let (mut raw_one, mut raw_many, mut raw_thousands) = (Vec::new(), Vec::new(), Vec::new());
    let (mut large, mut beside, mut processes) = (Vec::new(), Vec::new(), Vec::new());
    let mut appends = CLIENTS.map(|_| (Vec::new(), Vec::new(), Vec::new()));
    for number in 0..runs {
        raw_one.push(raw.inserts(1, duration).await?);
        raw_many.push(raw.inserts(RAW_CLIENTS, duration).await?);
        for (clients, (free, under_guard, dispatches)) in CLIENTS.into_iter().zip(&mut appends) {
            free.push(append(&log, number, clients, duration).await?);
            under_guard.push(guarded(&log, number, clients, duration).await?);
            dispatches.push(dispatch(&log, number, clients, duration).await?);
        }
        processes.push(in_two_processes(url, number, duration).await?);
        raw_thousands.push(raw.thousands(duration).await?);
        large.push(thousands(&log, number, duration).await?);
        beside.push(append_beside_thousands(&log, number, duration).await?);
    }
    let setting = format!("{events} events");
    report.add(
        &setting,
        "raw insert, 1 connection",
        raw_one.clone(),
        &raw_one,
    );
    report.add(
        &setting,
        "raw insert, 16 connections",
        raw_many.clone(),
        &raw_many,
    );
    for (clients, (free, under_guard, dispatches)) in CLIENTS.into_iter().zip(appends) {
        let limit = if clients == 1 { &raw_one } else { &raw_many };
        report.add(
            &setting,
            &format!("append, {clients} client(s)"),
            free,
            limit,
        );
        report.add(
            &setting,
            &format!("append under a guard, {clients} client(s)"),
            under_guard,
            limit,
        );
        report.add(
            &setting,
            &format!("dispatch on 4 facts, {clients} client(s)"),
            dispatches,
            limit,
        );
    }
    report.add(
        &setting,
        "append, 2 processes of 8 clients",
        processes,
        &raw_many,
    );
    report.add(
        &setting,
        "append, 16 clients, beside one with 1,000 events",
        beside,
        &raw_many,
    );
    report.add(
        &setting,
        "raw insert of 1,000 events",
        raw_thousands.clone(),
        &raw_thousands,
    );
    report.add(&setting, "append of 1,000 events", large, &raw_thousands);
    Ok(())
}

/// Bytes that a log takes.
struct Sizes {
    tables: u64,
    wal: u64,
}

impl Sizes {
    async fn of(url: &str) -> Result<Self, Failure> {
        let mut connection = PgConnection::connect(url).await?;
        let (tables, wal): (i64, i64) = sqlx::query_as(
            "SELECT sum(pg_total_relation_size(c.oid))::bigint, (pg_current_wal_lsn() - '0/0')::bigint \
             FROM pg_class AS c WHERE c.relnamespace = 'factos'::regnamespace AND c.relkind = 'r'",
        )
        .fetch_one(&mut connection)
        .await?;
        Ok(Self {
            tables: u64::try_from(tables)?,
            wal: u64::try_from(wal)?,
        })
    }
}

/// Appends by two processes with 8 clients each, which begin when both are ready.
async fn in_two_processes(url: &str, number: usize, duration: Duration) -> Result<Run, Failure> {
    let start = |n: usize| {
        Command::new(std::env::current_exe()?)
            .args(["--worker", url, "--runs", &(2 * number + n).to_string()])
            .args(["--seconds", &duration.as_secs_f64().to_string()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    };
    let workers = [start(1_000)?, start(1_001)?];
    let mut parts = Vec::new();
    for worker in workers {
        let output = worker.wait_with_output().await?;
        parts.push(serde_json::from_slice::<Run>(&output.stdout)?);
    }
    Ok(Run::together(&parts))
}

/// What a worker does.
///
/// # Errors
/// The first failure.
pub async fn work(url: &str, number: usize, duration: Duration) -> Result<Run, Failure> {
    let log = EventLog::new(PostgresStore::open(url).await?).untyped();
    append(&log, number, 8, duration).await
}
