//! The checker finds planted faults of the dispatcher: each history is made by one that breaks a promise.

use factos::{EventLog, Fault, LogOptions, MemoryStore};

use crate::checker::Rule;
use crate::disturbed::history::History;
use crate::disturbed::store::Store;
use crate::run::Cache;
use crate::slow::Slow;
use crate::work::Mix;

/// Few keys, so that handles and tasks meet, and often something that all decide on changes.
const NARROW: Mix = Mix {
    hot: 3,
    epoch: 400,
    cold: 5,
    global: 60,
};

/// Makes a history by two dispatchers of one log, with a store of their own.
async fn made_with(options: LogOptions) -> (History, Store) {
    let history = History::begin();
    let store = Store::new(Slow(MemoryStore::new()));
    let log = || EventLog::with_options(store.clone(), options.clone());
    history.run_here(&[log(), log()], NARROW, 16, 1_500).await;
    (history, store)
}

/// Both dispatchers have a fault: a rule is broken.
async fn is_found(fault: Fault, rule: Rule) {
    let (history, store) = made_with(Cache::Large.options().plant(fault)).await;
    let found = history.check(&store).await.found;
    let seed = history.seed;
    assert!(
        found.breaks(&[rule]),
        "seed {seed}: {fault:?} is not found: {found}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_fault() {
    let (history, store) = made_with(Cache::Large.options()).await;
    history.check_all(&store).await;
}

macro_rules! found {
    ($($name:ident: $fault:ident breaks $rule:ident;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            is_found(Fault::$fault, Rule::$rule).await;
        }
    )+};
}

found! {
    a_state_moved_on_by_others: MovedByOthers breaks Decision;
    a_state_kept_after_a_conflict: KeptAfterConflict breaks Decision;
    a_rejection_that_nobody_confirmed: RejectedUnconfirmed breaks Confirmed;
    a_group_mate_that_was_forgotten: GroupMateForgotten breaks Decision;
    a_rejection_on_what_was_never_committed: RejectedOnUncommitted breaks Confirmed;
}
