//! History of dispatches: many tasks dispatch commands that meet on the same facts, some give up in between, deciders
//! panic, processes are killed and databases disturbed. Then the log is replayed, and each decider decides again.
//!
//! `FACTOS_HISTORY_DISPATCHES` says how many calls the runs of several processes make, `FACTOS_HISTORY_SEED` repeats a
//! run as far as it does not depend on what happens at the same time.

#[path = "dispatch_history/checker/mod.rs"]
mod checker;
#[path = "dispatch_history/client.rs"]
mod client;
mod disturbed;
#[path = "dispatch_history/domain/mod.rs"]
mod domain;
#[path = "dispatch_history/faults.rs"]
mod faults;
#[path = "dispatch_history/model.rs"]
mod model;
#[path = "dispatch_history/parts.rs"]
mod parts;
#[path = "dispatch_history/planted.rs"]
mod planted;
#[path = "dispatch_history/record.rs"]
mod record;
#[path = "dispatch_history/run.rs"]
mod run;
#[path = "dispatch_history/slow.rs"]
mod slow;
mod support;
#[path = "dispatch_history/work.rs"]
mod work;

use checker::Counts;
use disturbed::environment::{Environment, SqliteFile};
use disturbed::history::History;
use disturbed::postgres::PostgresServer;
use disturbed::processes::Plan;
use disturbed::store::Store;
use factos::{EventLog, MemoryStore};
use run::Cache;
use slow::Slow;
use work::Mix;

/// A history in which nothing happens proves nothing.
fn is_lively(counts: Counts, called: u64) {
    let Counts {
        appended,
        accepted,
        empty,
        refused,
        overtaken,
        conflicts,
        failed,
        unanswered,
        panicked,
        ..
    } = counts;
    let many = [accepted, refused].iter().all(|count| *count > called / 8);
    let some = [appended, empty, failed, unanswered, panicked];
    let some = some.iter().all(|count| *count > called / 200);
    assert!(
        counts.called >= called && many && some && overtaken > 0 && conflicts > 0,
        "{counts:?}"
    );
}

async fn in_memory(cache: Cache) {
    let history = History::begin();
    let store = Store::new(Slow(MemoryStore::new()));
    let log = || EventLog::with_options(store.clone(), cache.options());
    history
        .run_here(&[log(), log()], Mix::default(), 8, 1_000)
        .await;
    let counts = history.check_all(&store).await;
    is_lively(counts, 2_000);
}

async fn on_sqlite_with_two_handles_on_one_file(cache: Cache) {
    let history = History::begin();
    let url = support::sqlite_url(history.directory());
    let open = || async { Store::open(&url).await.expect("the file opens") };
    let stores = [open().await, open().await];
    let logs = stores
        .clone()
        .map(|store| EventLog::with_options(store, cache.options()));
    history.run_here(&logs, Mix::default(), 8, 500).await;
    let counts = history.check_all(&stores[0]).await;
    is_lively(counts, 1_000);
}

macro_rules! with_each_cache {
    ($($name:ident: $run:ident, $cache:ident;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            $run(Cache::$cache).await;
        }
    )+};
}

with_each_cache! {
    in_memory_with_a_cache: in_memory, Large;
    in_memory_without_a_cache: in_memory, Off;
    in_memory_with_a_tiny_cache: in_memory, Tiny;
    on_sqlite_with_a_cache: on_sqlite_with_two_handles_on_one_file, Large;
    on_sqlite_without_a_cache: on_sqlite_with_two_handles_on_one_file, Off;
    on_sqlite_with_a_tiny_cache: on_sqlite_with_two_handles_on_one_file, Tiny;
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

/// What dispatches have to stand, whichever database it is. The processes have different caches.
async fn in_several_processes(history: History, environment: &mut impl Environment) {
    let plan = Plan {
        readers: 0,
        ..Plan::asked_for("FACTOS_HISTORY_DISPATCHES", 2_000, ())
    };
    let disturbances = history.run_processes(environment, &plan).await;
    environment.examine().await.expect("the database is sound");
    let store = Store::open(environment.url()).await.expect("the log opens");
    let counts = history.check_all(&store).await;
    is_lively(counts, plan.calls);
    assert!(
        disturbances > 5 && counts.processes > u64::from(plan.clients),
        "processes were killed: {disturbances} disturbances, {counts:?}"
    );
}
