//! The checker finds planted bugs: each history is made by a store that breaks one promise.

use std::fmt::Debug;

use factos::{Fault, MemoryStore};

use crate::checker::Rule;
use crate::disturbed::environment::{Environment, SqliteFile};
use crate::disturbed::faulty::{Bug, Faulty};
use crate::disturbed::history::History;
use crate::disturbed::postgres::PostgresServer;
use crate::disturbed::processes::Plan;
use crate::disturbed::store::Store;

/// Makes a history on a store with a bug, and wants one of the rules broken.
async fn is_found(inner: Store, history: History, bug: Bug, rules: &[Rule]) {
    let stores = [Store::new(Faulty::new(inner.clone(), bug))];
    history.run_here(&stores, 12, 1_200).await;
    finds(&history, &inner, bug, rules).await;
}

async fn finds(history: &History, log: &Store, bug: impl Debug, rules: &[Rule]) {
    let found = history.check(log).await.found;
    assert!(
        found.breaks(rules),
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

/// Readers come to events behind which they take others for read.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_from_another_read() {
    let history = History::begin();
    let url = crate::support::sqlite_url(history.directory());
    let file = Store::open(&url).await.expect("the file opens");
    let (fault, stores) = (Fault::HeadReadApart, [file.clone()]);
    history.run_here_with(Some(fault), &stores, 12, 1_200).await;
    finds(&history, &file, fault, &[Rule::Reads]).await;
}

/// Only what comes last is missed for ever, and not in each history: short ones are made until it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_wake_up_that_is_lost() {
    let fault = Fault::WakeUpLost;
    let mut breaks = false;
    for _ in 0..1_000 {
        let history = History::begin();
        let memory = Store::new(MemoryStore::new());
        let stores = [memory.clone()];
        history.run_here_with(Some(fault), &stores, 2, 20).await;
        let found = history.check(&memory).await.found;
        breaks = found.breaks(&[Rule::Arrives]);
        if breaks {
            break;
        }
    }
    assert!(breaks, "{fault:?} is not found");
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
    let plan = Plan::of(600, Some(bug));
    history.run_processes(&mut file, &plan).await;
    let log = Store::open(file.url()).await.expect("the file opens");
    finds(&history, &log, bug, &[Rule::Guards]).await;
}

/// Functions of PostgreSQL's schema, a piece of each, and what stands there instead.
type Planted = &'static [(&'static str, &'static str, &'static str)];

async fn is_found_on_postgres(bug: Planted, rules: &[Rule]) {
    let history = History::begin();
    let mut server = PostgresServer::start().await;
    for (function, piece, instead) in bug {
        server.plant(function, piece, instead);
    }
    let plan = Plan::of(600, None::<Bug>);
    history.run_processes(&mut server, &plan).await;
    let log = Store::open(server.url()).await.expect("the log opens");
    finds(&history, &log, bug, rules).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_removed_on_postgres() {
    let bug: Planted = &[("enter", "IF p_lock = 'advisory' THEN", "IF false THEN")];
    is_found_on_postgres(bug, &[Rule::Guards, Rule::Answers]).await;
}

/// Guards do not see what was committed while the lock was waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_snapshot_on_postgres() {
    let bug: Planted = &[
        (
            "enter",
            "IF p_lock = 'advisory' THEN",
            "v_done := set_config('factos.before', (SELECT coalesce(max(e.position), 0) FROM factos.events AS e \
             WHERE e.log = p_log)::text, true); PERFORM pg_sleep(0.003); IF p_lock = 'advisory' THEN",
        ),
        (
            "enter",
            "RETURN v_entry;",
            "v_done := set_config('factos.behind', v_entry.head::text, true); RETURN v_entry;",
        ),
        (
            "broken",
            "t.position > w.after",
            "t.position > w.after AND t.position NOT BETWEEN current_setting('factos.before')::bigint + 1 \
             AND current_setting('factos.behind')::bigint",
        ),
    ];
    is_found_on_postgres(bug, &[Rule::Guards]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_taken_before_the_lock_on_postgres() {
    let bug: Planted = &[
        (
            "enter",
            "v_done text;",
            "v_done text; v_early bigint; v_event uuid;",
        ),
        (
            "enter",
            "IF p_lock = 'advisory' THEN",
            "SELECT e.position, e.event_id INTO v_early, v_event FROM factos.events AS e WHERE e.log = p_log \
             ORDER BY e.position DESC LIMIT 1; IF p_lock = 'advisory' THEN",
        ),
        (
            "enter",
            "RETURN v_entry;",
            "v_entry.head := coalesce(v_early, 0); v_entry.event_id := v_event; RETURN v_entry;",
        ),
    ];
    is_found_on_postgres(bug, &[Rule::Answers]).await;
}

/// The members of a group are not compared with each other, if none names a stream.
#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_edge_on_postgres() {
    let bug: Planted = &[(
        "append",
        "v_apart boolean := p_apart",
        "v_apart boolean := p_apart OR array_remove(r_stream, NULL) = '{}'",
    )];
    is_found_on_postgres(bug, &[Rule::Guards]).await;
}
