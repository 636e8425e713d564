//! The measurements on SQLite.

use std::path::Path;
use std::time::Duration;

use factos::{EventLog, Position};
use futures_util::TryStreamExt;

use super::{COURSES, DISPATCH, ONE};
use crate::courses::seats_taken;
use crate::history::{SMALL, fill};
use crate::measure::{Failure, run};
use crate::raw::sqlite::{Raw, reads_by_key};
use crate::report::Report;
use crate::target::{Durability, States, Target};

const CLIENTS: [usize; 2] = [1, 16];

/// Measures with a history of so many events: appends and dispatches, FULL and NORMAL, and a small read.
///
/// # Errors
/// The first failure.
pub async fn measure(
    events: u64,
    runs: usize,
    duration: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    for durability in [Durability::Full, Durability::Normal] {
        let directory = tempfile::tempdir_in(".")?;
        let file = directory.path().join("log.db");
        let target = Target::Sqlite {
            file: file.clone(),
            durability,
        };
        let log = target.open("main", States::Kept).await?;
        fill(&log, COURSES, events).await?;
        if durability == Durability::Full {
            read_ten(&log, &file, events, runs, duration, report).await?;
        }
        let mut first_raw = None;
        for clients in CLIENTS {
            let bare = Raw::create(
                &directory.path().join("raw.db"),
                durability.of_sqlx(),
                u32::try_from(clients)?,
            )
            .await?;
            let (mut raw, mut appends, mut dispatches) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..runs {
                raw.push(bare.inserts(clients, duration).await?);
                appends.push(ONE.run(&log, clients, duration).await?);
                dispatches.push(DISPATCH.run(&log, clients, duration).await?);
            }
            let limit = first_raw.get_or_insert_with(|| raw.clone()).clone();
            let setting = format!("{target}, {events} events, {clients} client(s)");
            report.beside_raw(&setting, "raw insert", raw, &limit);
            report.beside_raw(&setting, "append", appends, &limit);
            report.beside_raw(&setting, "dispatch on 4 facts", dispatches, &limit);
        }
    }
    Ok(())
}

/// A fact over ten events of the whole history, beside ten rows by key.
async fn read_ten(
    log: &EventLog,
    file: &Path,
    events: u64,
    runs: usize,
    duration: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let small: Vec<_> = log
        .events(factos::Fact::query(&seats_taken(SMALL))?)
        .stored()
        .try_collect()
        .await?;
    let keys: Vec<i64> = small
        .iter()
        .take(10)
        .map(|event| event.position.get().cast_signed())
        .collect();
    let upto = small.last().map_or(Position::START, |event| event.position);
    let (mut raw, mut facts) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        raw.push(reads_by_key(file, keys.clone(), duration).await?);
        let log = log.clone();
        let read = move |_, _| {
            let log = log.clone();
            async move {
                log.read(seats_taken(SMALL)).await?;
                Ok(())
            }
        };
        facts.push(run(1, duration, read).await?);
    }
    let setting = format!("SQLite, {events} events, 1 client");
    report.beside_raw(
        &setting,
        &format!("raw read of {} rows by key", keys.len()),
        raw.clone(),
        &raw,
    );
    report.beside_raw(
        &setting,
        &format!("fact over {} events up to {upto}", small.len()),
        facts,
        &raw,
    );
    Ok(())
}
