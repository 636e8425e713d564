//! The checker finds planted bugs of stores: each history is made by one that breaks a promise.

use factos::{EventLog, MemoryStore};

use crate::checker::Rule;
use crate::disturbed::faulty::{Bug, Faulty};
use crate::disturbed::history::History;
use crate::disturbed::store::Store;
use crate::work::Mix;

/// Makes a history on a store with a bug, and wants one of the rules broken.
async fn is_found(bug: Bug, rules: &[Rule]) {
    let history = History::begin();
    let inner = Store::new(MemoryStore::new());
    let log = || EventLog::new(Faulty::new(inner.clone(), bug));
    history
        .run_here(&[log(), log()], Mix::default(), 8, 800)
        .await;
    let found = history.check(&inner).await.found;
    let seed = history.seed;
    assert!(
        found.breaks(rules),
        "seed {seed}: {bug:?} is not found: {found}"
    );
}

macro_rules! found {
    ($($name:ident: $bug:ident breaks $($rule:ident),+;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            is_found(Bug::$bug, &[$(Rule::$rule),+]).await;
        }
    )+};
}

found! {
    a_lock_removed: TakesNoLock breaks Decision;
    a_lost_append: Loses breaks Acknowledged;
    an_append_in_part: Tears breaks Whole;
    a_denied_doubt: DeniesDoubt breaks Refused;
    an_old_state_taken_for_new: ReadsOldState breaks Decision;
    a_refusal_on_an_old_state: ReadsOldState breaks Confirmed;
}
