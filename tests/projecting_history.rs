//! Projecting history: processes keep projections of a log that others append to, some are killed and databases
//! disturbed; each event must have been counted exactly once in the end.
//!
//! `FACTOS_HISTORY_KILLS` says how often a process is killed while it is at work, `FACTOS_HISTORY_SEED` repeats a run as
//! far as it does not depend on what happens at the same time.

#[path = "projecting_history/checker.rs"]
mod checker;
#[path = "projecting_history/crashed.rs"]
mod crashed;
#[path = "projecting_history/crew.rs"]
mod crew;
#[path = "projecting_history/database.rs"]
mod database;
mod disturbed;
#[path = "projecting_history/fencing.rs"]
mod fencing;
#[path = "projecting_history/files.rs"]
mod files;
#[path = "projecting_history/gate.rs"]
mod gate;
#[path = "projecting_history/ledger.rs"]
mod ledger;
#[path = "projecting_history/parts.rs"]
mod parts;
#[path = "projecting_history/planted.rs"]
mod planted;
#[path = "projecting_history/run.rs"]
mod run;
#[path = "projecting_history/staged.rs"]
mod staged;
mod support;

use disturbed::history::History;
use disturbed::postgres::PostgresServer;
use factos::postgres::PostgresReadModel;
use factos::sqlite::SqliteReadModel;
use files::SqliteFiles;
use run::{Plan, Ran, project_in_processes};

/// A history in which nothing happens proves nothing.
fn is_lively(plan: Plan, ran: Ran) {
    let Ran {
        kills,
        disturbances,
        events,
    } = ran;
    eprintln!("projecting history: {ran:?}");
    assert!(kills >= plan.kills && disturbances > 5, "{ran:?}");
    assert!(events > u64::from(kills), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_each_event_counts_once() {
    let (history, plan) = (History::begin(), Plan::asked_for());
    let mut files = SqliteFiles::within(history.directory());
    let ran = project_in_processes(&history, &mut files, plan).await;
    let found = checker::check::<SqliteReadModel>(files.log()).await;
    history.expect_sound(&found);
    is_lively(plan, ran);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_each_event_counts_once() {
    use disturbed::environment::Environment;
    let (history, plan) = (History::begin(), Plan::asked_for());
    let mut server = PostgresServer::start().await;
    let ran = project_in_processes(&history, &mut server, plan).await;
    let found = checker::check::<PostgresReadModel>(server.url()).await;
    history.expect_sound(&found);
    is_lively(plan, ran);
}
