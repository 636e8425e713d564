//! Copies of logs, from every store to every other: they hold the same, however the copy was disturbed.

mod support;

#[path = "copying/checks.rs"]
mod checks;
#[allow(dead_code)]
#[path = "../examples/courses.rs"]
mod courses;
#[allow(dead_code)]
#[path = "../examples/copy.rs"]
mod example;
#[path = "copying/histories.rs"]
mod histories;
#[path = "copying/hooked.rs"]
mod hooked;
#[path = "copying/killed.rs"]
mod killed;
#[path = "copying/kinds.rs"]
mod kinds;
#[path = "copying/same.rs"]
mod same;

use factos::{CopyError, EventLog, MemoryStore};
use kinds::{Kind, Memory, Postgres, Sqlite};

macro_rules! checks {
    ($source:ty, $target:ty; $($check:ident)*) => {$(
        #[tokio::test]
        async fn $check() {
            checks::$check::<$source, $target>().await;
        }
    )*};
}

/// All checks, from one store to another.
macro_rules! copies {
    ($($way:ident: $source:ty => $target:ty;)*) => {$(
        mod $way {
            use super::*;

            checks!($source, $target;
                everything_is_kept
                the_limits_of_neither_log_matter
                progress_is_told
                commands_go_on_where_they_were
                a_failure_anywhere_is_made_up_for_by_the_next_run
                a_dropped_copy_is_carried_on
                a_log_that_grows_is_copied_on
                two_copies_at_once_are_one
                another_copy_may_come_in_between
                a_log_with_other_events_is_no_target
                somebody_who_writes_to_the_target_is_noticed
                other_receipts_are_noticed
                verifying_finds_what_is_different
                a_gap_is_not_closed
                what_cannot_have_been_stored_is_not_copied
            );

            #[test]
            fn whatever_happened_is_kept() {
                checks::whatever_happened_is_kept::<$source, $target>();
            }
        }
    )*};
}

copies! {
    memory_to_memory: Memory => Memory;
    memory_to_sqlite: Memory => Sqlite;
    sqlite_to_memory: Sqlite => Memory;
    sqlite_to_sqlite: Sqlite => Sqlite;
    sqlite_to_postgres: Sqlite => Postgres;
    postgres_to_memory: Postgres => Memory;
}

#[tokio::test]
async fn the_example_copies() {
    let (from, to) = (Sqlite::new().await, Memory::new().await);
    let (from, to) = (from.open().await, to.open().await);
    histories::eventful(&from).await;
    for is_terminal in [true, false] {
        let (source, target) = (EventLog::new(from.clone()), EventLog::new(to.clone()));
        let display = example::Display::new(is_terminal);
        let copied = example::copy(&source.untyped(), &target, display).await;
        assert_eq!(
            copied.expect("nothing speaks against it").head.get(),
            histories::EVENTFUL
        );
    }
    same::assert_same(&from, &to).await;
}

#[tokio::test]
async fn a_page_of_nothing_is_refused() {
    let log = EventLog::new(MemoryStore::new());
    let refused = log.copy_to(&log).page_size(0).await;
    let Err(CopyError::Option(refused)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refused.option, "page size");
}

#[tokio::test]
async fn a_log_is_a_copy_of_itself() {
    let store = MemoryStore::new();
    histories::eventful(&store).await;
    let log = EventLog::new(store.clone());
    let before = same::contents(&store).await;
    let copied = log.copy_to(&log).verify().await.expect("it is the same");
    assert_eq!((copied.events, copied.receipts), (0, 0));
    assert_eq!(same::contents(&store).await, before);
}
