//! Logs that were made anew, and databases that were set back.

use std::path::{Path, PathBuf};
use std::process::Command;

use factos_core::store::{AppendRequest, EventStore, Group, ReadRequest, Snapshot, StoreError};
use factos_core::{AppendId, Position};
use factos_sqlx::{Lock, PostgresStore};
use factos_test_server::{PgBouncer, PoolMode, Server, Settings, database_name};

use crate::support::*;

/// Something that a store is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
    Read,
    Check,
    Append,
    Locked,
    Settle,
}

const CALLS: [Call; 5] = [
    Call::Read,
    Call::Check,
    Call::Append,
    Call::Locked,
    Call::Settle,
];

async fn call(store: &PostgresStore, call: Call) -> Result<(), StoreError> {
    match call {
        Call::Read => store.read(ReadRequest::new([])).await.map(drop),
        Call::Check => {
            let check = AppendRequest::check(vec![guard(&["Never"], &[], 0)]);
            store.append(Group::single(check)).await.map(drop)
        }
        Call::Append => {
            let append = Group::single(request([event("After", &[])]));
            store.append(append).await.map(drop)
        }
        Call::Locked => {
            let decide = Box::new(|_: Snapshot| Some(request([event("After", &[])])));
            store.locked(ReadRequest::new([]), decide).await.map(drop)
        }
        Call::Settle => store.settle(AppendId::new()).await.map(drop),
    }
}

#[tokio::test]
async fn a_log_that_was_made_anew_is_another_one() -> TestResult {
    let (store, url) = fresh().await?;
    accepted(&store, request([event("Before", &[])])).await?;
    // Statements are prepared.
    for each in CALLS {
        call(&store, each).await?;
    }

    sql(&url, "DROP SCHEMA factos CASCADE").await;
    for each in CALLS {
        assert_error!(call(&store, each).await, StoreError::MissingSchema(_));
    }
    PostgresStore::migrate(&url).await?;
    for each in CALLS {
        assert_error!(call(&store, each).await, StoreError::AnotherLog(_));
    }
    let new = PostgresStore::open(&url).await?;
    assert_ne!(new.info().identity(), store.info().identity());
    for each in CALLS {
        assert_error!(call(&store, each).await, StoreError::AnotherLog(_));
    }
    accepted(&new, request([event("A", &[])])).await?;
    assert_eq!(types(&new).await?, ["A"]);
    Ok(())
}

/// Copies a stopped server's data directory, with owners and rights.
fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.is_ok_and(|status| status.success()), "cp copies");
}

/// A server of the test's own, and where its backup lies.
struct Restorable {
    server: Server,
    backup: PathBuf,
}

impl Restorable {
    fn start() -> Self {
        let server = Server::start(Settings::new());
        let backup = server.data_directory().with_file_name("backup");
        Self { server, backup }
    }

    fn back_up(&self) {
        // It waits for whoever is just connecting, who must be on another thread.
        self.server.stop_fast();
        copy(&self.server.data_directory(), &self.backup);
        self.server.restart();
    }

    fn restore(&self) {
        self.server.stop_fast();
        copy(&self.backup, &self.server.data_directory());
        self.server.restart();
    }
}

/// A store for each call, so that each one is the first that notices.
async fn a_store_for_each_call(
    open: impl AsyncFn() -> PostgresStore,
) -> Vec<(Call, PostgresStore)> {
    let mut stores = Vec::new();
    for each in CALLS {
        stores.push((each, open().await));
    }
    stores
}

async fn append_all(store: &PostgresStore, name: &str, count: usize) -> TestResult {
    accepted(store, request((0..count).map(|_| event(name, &[])))).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_state_is_told_once_and_followed_from_then_on() -> TestResult {
    let r = Restorable::start();
    let url = r.server.database();
    let writer = PostgresStore::open(&url).await?;
    append_all(&writer, "Kept", 5).await?;
    r.back_up();
    append_all(&writer, "Lost", 3).await?;
    let stores = a_store_for_each_call(async || opened(options(&url)).await).await;
    r.restore();

    for (each, store) in &stores {
        let told = call(store, *each).await;
        let Err(StoreError::Rewound { seen, head }) = told else {
            panic!("{each:?}: {told:?}");
        };
        assert_eq!((seen.get(), head.get()), (8, 5), "{each:?}");
        assert_eq!(store.info().head(), Position::new(5));
        // From now on it is an ordinary log.
        for again in [Call::Read, Call::Check, Call::Settle] {
            call(store, again).await?;
        }
    }
    for (_, store) in &stores {
        call(store, Call::Append).await?;
        call(store, Call::Locked).await?;
    }
    assert_eq!(types(&stores[0].1).await?.len(), 5 + 2 * CALLS.len());
    Ok(())
}

/// A writer whose connection broke when the server was stopped does not know whether its append is in the state that
/// came back: it says so, and the next call still tells of the restored backup.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_state_is_told_to_a_writer_in_doubt_too() -> TestResult {
    let r = Restorable::start();
    let store = PostgresStore::open(&r.server.database()).await?;
    r.back_up();
    accepted(&store, request([event("Lost", &[])])).await?;
    r.restore();

    let append = request([event("Unknown", &[])]);
    let id = append.append_id();
    let told = store.append(Group::single(append)).await;
    assert_error!(told, StoreError::OutcomeUnknown(_));
    assert_error!(store.settle(id).await, StoreError::Rewound { .. });
    assert_eq!(store.settle(id).await?, factos_core::store::Settled::Void);
    accepted(&store, request([event("A", &[])])).await?;
    assert_eq!(types(&store).await?, ["A"]);
    Ok(())
}

/// Each store has seen position 8, where another event stands now, and hears of it once; that call writes nothing.
async fn hear_once_of_another_event(
    other: &PostgresStore,
    stores: &[(Call, PostgresStore)],
) -> TestResult {
    let before = types(other).await?;
    for (each, store) in stores {
        let told = call(store, *each).await;
        let Err(StoreError::Rewritten { position }) = told else {
            panic!("{each:?}: {told:?}");
        };
        assert_eq!(position.get(), 8, "{each:?}");
        assert_eq!(types(other).await?, before, "{each:?}");
        // From now on it is an ordinary log.
        for again in [Call::Read, Call::Check, Call::Settle] {
            call(store, again).await?;
        }
    }
    for (_, store) in stores {
        call(store, Call::Append).await?;
        call(store, Call::Locked).await?;
    }
    assert_eq!(types(other).await?.len(), before.len() + 2 * stores.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_state_that_has_grown_again_is_told_once() -> TestResult {
    for lock in [Lock::Advisory, Lock::Row] {
        let r = Restorable::start();
        let pooler = PgBouncer::start(&r.server, PoolMode::Transaction);
        let url = r.server.database();
        let through = pooler.url(database_name(&url));
        let writer = options(&url).lock(lock).open().await?;
        append_all(&writer, "Kept", 5).await?;
        r.back_up();
        append_all(&writer, "Lost", 3).await?;
        let mut stores = a_store_for_each_call(async || opened(options(&url)).await).await;
        // The pooler keeps its clients' connections, whatever becomes of the server.
        let open = async || opened(options(&through).through_pooler()).await;
        stores.extend(a_store_for_each_call(open).await);
        r.restore();

        let other = opened(options(&url)).await;
        append_all(&other, "Other", 6).await?;
        hear_once_of_another_event(&other, &stores).await?;
    }
    Ok(())
}

/// Events behind position 5 are gone, while all connections stay.
const SET_BACK: &str = "SET session_replication_role = replica; DELETE FROM factos.events WHERE position > 5; \
    DELETE FROM factos.tags WHERE position > 5; DELETE FROM factos.appends";

/// Grown to just as many events, or beyond; read, written or only looked at by whoever hears of it.
#[tokio::test]
async fn another_event_is_noticed_however_the_one_before_was_learned() -> TestResult {
    for grown in [3, 4] {
        let (reader, url) = fresh().await?;
        let other = PostgresStore::open(&url).await?;
        append_all(&other, "Kept", 5).await?;
        let mut stores = a_store_for_each_call(async || opened(options(&url)).await).await;
        let (writer, checker) = (opened(options(&url)).await, opened(options(&url)).await);
        append_all(&writer, "Lost", 3).await?;
        for (_, store) in &stores {
            store.read(ReadRequest::new([])).await?;
        }
        call(&checker, Call::Check).await?;
        call(&reader, Call::Read).await?;
        stores.push((Call::Append, writer));
        stores.push((Call::Append, checker));
        stores.push((Call::Read, reader));

        sql(&url, SET_BACK).await;
        let other = PostgresStore::open(&url).await?;
        append_all(&other, "Other", grown).await?;
        hear_once_of_another_event(&other, &stores).await?;
    }
    Ok(())
}

/// Who appends together with others remembers the event that stands last, not the last one that was asked for; and who
/// is refused, the one that it was refused at. Nobody hears of anything when nothing was restored.
#[tokio::test]
async fn what_was_not_restored_is_not_suspected() -> TestResult {
    let (store, url) = fresh().await?;
    let other = PostgresStore::open(&url).await?;
    for n in 0..4 {
        let kept = request([event("A", &[]), event("B", &["k:1"])]);
        let mut group = Group::single(kept.clone());
        group.push(kept);
        group.push(request([event("C", &[])]).guarded([guard(&["B"], &[], 0)]));
        group.push(AppendRequest::check(vec![guard(&["Never"], &[], 0)]));
        group.push(request([event("D", &[])]));
        store.append(group).await?;
        assert_eq!(store.info().head().get(), 8 * n + 3);
        let refused = request([event("C", &[])]).guarded([guard(&["B"], &[], 0)]);
        other.append(Group::single(refused)).await?;
        assert_eq!(other.info().seen(), store.info().seen());
        let mut apart = Group::single(request([event("E", &[]), event("F", &[])]));
        apart.push(request([event("G", &[])]));
        store.append(apart).await?;
        call(&other, Call::Read).await?;
        assert_eq!(other.info().seen(), store.info().seen());
        for each in CALLS {
            call(&store, each).await?;
            if each == Call::Append || each == Call::Locked {
                continue;
            }
            call(&other, each).await?;
        }
        call(&other, Call::Read).await?;
        assert_eq!(other.info().seen(), store.info().seen());
    }
    Ok(())
}
