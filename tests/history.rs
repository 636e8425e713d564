//! History: many tasks append under random conditions at the same time, some give up in between, processes are killed
//! and databases disturbed; what was answered and read is then checked against what the log holds.
//!
//! `FACTOS_HISTORY_APPENDS` says how many appends the runs of several processes store, `FACTOS_HISTORY_SEED` repeats a
//! run as far as it does not depend on what happens at the same time.

#[path = "history/checker/mod.rs"]
mod checker;
#[path = "history/client/mod.rs"]
mod client;
#[path = "history/counter.rs"]
mod counter;
mod disturbed;
#[path = "history/parts.rs"]
mod parts;
#[path = "history/planted.rs"]
mod planted;
#[path = "history/reader.rs"]
mod reader;
#[path = "history/record/mod.rs"]
mod record;
#[path = "history/run.rs"]
mod run;
#[path = "history/shape.rs"]
mod shape;
mod support;

use checker::Counts;
use disturbed::environment::{Environment, SqliteFile};
use disturbed::faulty::Bug;
use disturbed::history::History;
use disturbed::postgres::PostgresServer;
use disturbed::processes::Plan;
use disturbed::store::Store;
use factos::MemoryStore;

/// A history in which nothing happens proves nothing.
fn is_lively(counts: Counts, stored: u64) {
    let Counts {
        repeated,
        conflicts,
        dependences_failed,
        otherwise_refused,
        confirmed,
        unanswered,
        settled,
        dispatched,
        rejected,
        pages,
        ..
    } = counts;
    assert!(
        counts.stored >= stored && conflicts > stored / 10,
        "{counts:?}"
    );
    let others = [
        repeated,
        dependences_failed,
        otherwise_refused,
        confirmed,
        unanswered,
        settled,
        dispatched,
        rejected,
        pages,
    ];
    assert!(others.iter().all(|count| *count > 0), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory() {
    let history = History::begin();
    let store = MemoryStore::new();
    let stores = [Store::new(store.clone()), Store::new(store)];
    history.run_here(&stores, 8, 1_500).await;
    let counts = history.check_all(&stores[0]).await;
    is_lively(counts, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_with_two_handles_on_one_file() {
    let history = History::begin();
    let url = support::sqlite_url(history.directory());
    let open = || async { Store::open(&url).await.expect("the file opens") };
    let stores = [open().await, open().await];
    history.run_here(&stores, 8, 1_000).await;
    let counts = history.check_all(&stores[0]).await;
    is_lively(counts, 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_in_several_processes() {
    let history = History::begin();
    let mut file = SqliteFile::within(history.directory());
    in_several_processes(history, &mut file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_in_several_processes() {
    let mut server = PostgresServer::start().await;
    in_several_processes(History::begin(), &mut server).await;
}

/// What a database has to stand, whichever it is.
async fn in_several_processes(history: History, environment: &mut impl Environment) {
    let plan = Plan::asked_for("FACTOS_HISTORY_APPENDS", 3_000, None::<Bug>);
    let disturbances = history.run_processes(environment, &plan).await;
    environment.examine().await.expect("the database is sound");
    let store = Store::open(environment.url()).await.expect("the log opens");
    let counts = history.check_all(&store).await;
    is_lively(counts, plan.calls);
    let begun = plan.clients + plan.readers;
    assert!(
        disturbances > 5 && counts.processes > u64::from(begun),
        "processes were killed: {disturbances} disturbances, {counts:?}"
    );
}
