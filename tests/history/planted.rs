//! The checker finds planted bugs: each history is made by a store that breaks one promise.

use factos::MemoryStore;

use crate::checker::Rule;
use crate::environment::{Environment, SqliteFile};
use crate::faulty::{Bug, Faulty};
use crate::processes::Plan;
use crate::run::History;
use crate::store::Store;

/// Makes a history on a store with a bug, and wants one of the rules broken.
async fn is_found(inner: Store, history: History, bug: Bug, rules: &[Rule]) {
    let stores = [Store::new(Faulty::new(inner.clone(), bug))];
    history.run_here(&stores, 12, 1_200).await;
    finds(&history, &inner, bug, rules).await;
}

async fn finds(history: &History, log: &Store, bug: Bug, rules: &[Rule]) {
    let found = history.check(log).await.found;
    let is_found = found
        .first
        .iter()
        .any(|violation| rules.contains(&violation.rule));
    assert!(
        is_found,
        "seed {}: {bug:?} is not found: {found}",
        history.seed
    );
}

macro_rules! found_in_memory {
    ($($name:ident: $bug:ident breaks $($rule:ident),+;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let memory = Store::new(MemoryStore::new());
            is_found(memory, History::begin(), Bug::$bug, &[$(Rule::$rule),+]).await;
        }
    )+};
}

found_in_memory! {
    a_lock_removed: TakesNoLock breaks Guards;
    a_stale_snapshot: JudgesOldSnapshot breaks Guards;
    positions_taken_before_the_lock: NumbersBeforeLock breaks Reads;
    a_forgotten_conflict_edge: ForgetsConflictEdges breaks Guards;
    a_forgotten_dependence_edge: ForgetsDependenceEdges breaks Dependence, Reasons;
    a_lost_append: Loses breaks Acknowledged;
    an_append_in_part: Tears breaks Whole;
    a_false_conflict: RefusesWrongly breaks Reasons;
    a_false_confirmation: ConfirmsAll breaks Confirmed;
    a_forgotten_void: ForgetsVoid breaks Refused;
    a_denied_doubt: DeniesDoubt breaks Refused;
}

macro_rules! found_on_sqlite {
    ($($name:ident: $bug:ident breaks $rule:ident;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let history = History::begin();
            let url = crate::support::sqlite_url(history.directory());
            let file = Store::open(&url).await.expect("the file opens");
            is_found(file, history, Bug::$bug, &[Rule::$rule]).await;
        }
    )+};
}

found_on_sqlite! {
    a_lock_removed_on_sqlite: TakesNoLock breaks Guards;
    a_stale_snapshot_on_sqlite: JudgesOldSnapshot breaks Guards;
    positions_taken_before_the_lock_on_sqlite: NumbersBeforeLock breaks Reads;
    a_forgotten_conflict_edge_on_sqlite: ForgetsConflictEdges breaks Guards;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_removed_in_several_processes() {
    let history = History::begin();
    let mut file = SqliteFile::within(history.directory());
    let bug = Bug::TakesNoLock;
    let plan = Plan {
        bug: Some(bug),
        ..Plan::of(600)
    };
    history.run_processes(&mut file, plan).await;
    let log = Store::open(file.url()).await.expect("the file opens");
    finds(&history, &log, bug, &[Rule::Guards]).await;
}
