//! The measurements on PostgreSQL.

use std::time::Duration;

use super::beside::append_beside_thousands;
use super::{COURSES, DISPATCH, ONE, THOUSAND};
use crate::figures::Run;
use crate::history::fill;
use crate::job::Job;
use crate::measure::Failure;
use crate::raw::{MANY, postgres::Raw};
use crate::report::Report;
use crate::sizes::Sizes;
use crate::target::{States, Target};
use crate::work::Work;
use crate::worker::in_processes;

/// The log.
const MAIN: &str = "main";

/// Clients in this process.
const CLIENTS: [usize; 4] = [1, 16, 64, 256];

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
    let setting = format!("PostgreSQL, {events} events");
    let target = Target::Postgres { url: url.into() };
    let log = target.open(MAIN, States::Kept).await?;
    let before = Sizes::of(&target).await?;
    fill(&log, COURSES, events).await?;
    let size = Sizes::of(&target).await?.since(before);
    report.size(&setting, events, size);

    let raw = Raw::create(url).await?;
    let (mut raw_one, mut raw_many, mut raw_thousands) = (Vec::new(), Vec::new(), Vec::new());
    let (mut large, mut beside, mut processes) = (Vec::new(), Vec::new(), Vec::new());
    let mut appends = CLIENTS.map(|_| (Vec::new(), Vec::new(), Vec::new()));
    for _ in 0..runs {
        raw_one.push(raw.inserts(1, duration).await?);
        raw_many.push(raw.inserts(MANY, duration).await?);
        for (clients, (free, under_guard, dispatches)) in CLIENTS.into_iter().zip(&mut appends) {
            free.push(ONE.run(&log, clients, duration).await?);
            under_guard.push(Work::AppendGuarded.run(&log, clients, duration).await?);
            dispatches.push(DISPATCH.run(&log, clients, duration).await?);
        }
        processes.push(in_two_processes(&target, duration).await?);
        raw_thousands.push(raw.thousands(duration).await?);
        large.push(THOUSAND.run(&log, 1, duration).await?);
        beside.push(append_beside_thousands(&log, duration).await?);
    }
    report.beside_raw(
        &setting,
        "raw insert, 1 connection",
        raw_one.clone(),
        &raw_one,
    );
    report.beside_raw(
        &setting,
        "raw insert, 16 connections",
        raw_many.clone(),
        &raw_many,
    );
    for (clients, (free, under_guard, dispatches)) in CLIENTS.into_iter().zip(appends) {
        let limit = if clients == 1 { &raw_one } else { &raw_many };
        report.beside_raw(
            &setting,
            &format!("append, {clients} client(s)"),
            free,
            limit,
        );
        report.beside_raw(
            &setting,
            &format!("append under a guard, {clients} client(s)"),
            under_guard,
            limit,
        );
        report.beside_raw(
            &setting,
            &format!("dispatch on 4 facts, {clients} client(s)"),
            dispatches,
            limit,
        );
    }
    report.beside_raw(
        &setting,
        "append, 2 processes of 8 clients",
        processes,
        &raw_many,
    );
    report.beside_raw(
        &setting,
        "append, 16 clients, beside one with 1,000 events",
        beside,
        &raw_many,
    );
    report.beside_raw(
        &setting,
        "raw insert of 1,000 events",
        raw_thousands.clone(),
        &raw_thousands,
    );
    report.beside_raw(&setting, "append of 1,000 events", large, &raw_thousands);
    Ok(())
}

/// Appends by two processes with 8 clients each, which begin when both are ready.
async fn in_two_processes(target: &Target, duration: Duration) -> Result<Run, Failure> {
    let job = Job {
        target: target.clone(),
        log: MAIN.into(),
        states: States::Kept,
        work: ONE,
        clients: 8,
        duration,
    };
    let done = in_processes(&[job.clone(), job]).await?;
    let runs: Vec<Run> = done.iter().map(|done| done.run).collect();
    Ok(Run::together(&runs))
}
