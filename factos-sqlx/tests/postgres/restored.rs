//! Logs that were made anew, and databases that were set back.

use std::path::Path;
use std::process::Command;

use factos_core::store::{AppendRequest, EventStore, Group, ReadRequest, Snapshot, StoreError};
use factos_core::{AppendId, Position};
use factos_sqlx::PostgresStore;
use factos_test_server::{Server, Settings};

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

#[tokio::test]
async fn an_earlier_state_is_told_once_and_followed_from_then_on() -> TestResult {
    let server = Server::start(Settings::new());
    let (data, backup) = (
        server.data_directory(),
        server.data_directory().with_file_name("backup"),
    );
    let url = server.database();
    let writer = PostgresStore::open(&url).await?;
    accepted(&writer, request((0..5).map(|_| event("Kept", &[])))).await?;
    server.stop_fast();
    copy(&data, &backup);
    server.restart();
    accepted(&writer, request((0..3).map(|_| event("Lost", &[])))).await?;
    let mut stores = Vec::new();
    for each in CALLS {
        stores.push((each, PostgresStore::open(&url).await?));
    }
    server.stop_fast();
    copy(&backup, &data);
    server.restart();

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
#[tokio::test]
async fn an_earlier_state_is_told_to_a_writer_in_doubt_too() -> TestResult {
    let server = Server::start(Settings::new());
    let (data, backup) = (
        server.data_directory(),
        server.data_directory().with_file_name("backup"),
    );
    let url = server.database();
    let store = PostgresStore::open(&url).await?;
    server.stop_fast();
    copy(&data, &backup);
    server.restart();
    accepted(&store, request([event("Lost", &[])])).await?;
    server.stop_fast();
    copy(&backup, &data);
    server.restart();

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
