//! Servers that stop, crash, hang and come back, connections that die, callers that go away.

use std::pin;
use std::time::Duration;

use factos_core::store::{
    AppendRequest, EventStore, Group, ReadRequest, Settled, Snapshot, StoreError,
};
use factos_sqlx::PostgresStore;
use factos_test_server::{Server, Settings};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::task::block_in_place;
use tokio::time::timeout;

use crate::ledger::Load;
use crate::support::*;

const OTHERS: &str =
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

async fn terminate_all(url: &str) {
    sql(url, &format!("SELECT pg_terminate_backend(pid) {OTHERS}")).await;
}

async fn several(url: &str, count: usize) -> Vec<PostgresStore> {
    join_all((0..count).map(|_| async { PostgresStore::open(url).await.expect("it opens") })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_and_crashes_under_load_loses_and_doubles_nothing() -> TestResult {
    let server = Server::start(Settings::new());
    let url = server.database();
    let stores = several(&url, 3).await;
    let load = Load::start(&stores, 25);
    for crash in [true, false, true] {
        // The stores have healed.
        load.reach((load.stored() + 5).min(75)).await;
        block_in_place(|| {
            if crash {
                server.kill();
            }
            server.restart();
        });
    }
    load.verify(&stores[0]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_an_administrator_ends_lose_and_double_nothing() -> TestResult {
    let (store, url) = fresh().await?;
    let other = PostgresStore::open(&url).await?;
    let mut admin = connect(&url).await;
    let mut load = Load::start(&[store.clone(), store.clone(), store, other.clone()], 15);
    let ends = tokio::spawn(async move {
        let end = format!("SELECT count(pg_terminate_backend(pid)) {OTHERS}");
        for pause in [1, 5, 20, 80].into_iter().cycle() {
            run(&mut admin, &end).await;
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    });
    load.end().await;
    ends.abort();
    assert!(ends.await.is_err_and(|error| error.is_cancelled()));
    load.verify(&other).await;
    Ok(())
}

#[tokio::test]
async fn idle_connections_that_died_are_replaced_without_an_error() -> TestResult {
    let (store, url) = fresh().await?;
    let busy = || async {
        let reads = join_all((0..4).map(|_| store.read(ReadRequest::new([all()])))).await;
        for snapshot in reads {
            snapshot.expect("it is answered");
        }
    };
    busy().await;
    accepted(&store, request([event("A", &[])])).await?;
    terminate_all(&url).await;
    busy().await;
    terminate_all(&url).await;
    accepted(&store, request([event("B", &[])])).await?;
    terminate_all(&url).await;
    assert_eq!(
        store.settle(factos_core::AppendId::new()).await?,
        Settled::Void
    );
    terminate_all(&url).await;
    let decide = Box::new(|_: Snapshot| Some(request([event("C", &[])])));
    assert!(matches!(
        store.locked(ReadRequest::new([]), decide).await?,
        Some(Ok(_))
    ));
    terminate_all(&url).await;
    assert_eq!(types(&store).await?, ["A", "B", "C"]);
    Ok(())
}

/// Everything that can be asked, each with its answer, none later than a caller can wait.
async fn ask_all(store: &PostgresStore, url: &str) -> Vec<(&'static str, StoreError)> {
    let read = async { store.read(ReadRequest::new([])).await.map(drop) };
    let check = AppendRequest::check(vec![guard(&["Never"], &[], 0)]);
    let check = async { store.append(Group::single(check)).await.map(drop) };
    let open = async { hasty(url).open().await.map(drop) };
    let settle = async { store.settle(factos_core::AppendId::new()).await.map(drop) };
    let decide = Box::new(|_: Snapshot| Some(request([event("Not", &[])])));
    let locked = async { store.locked(ReadRequest::new([]), decide).await.map(drop) };
    let all = async { tokio::join!(read, open, check, settle, locked) };
    let (read, open, check, settle, locked) = timeout(PATIENCE, all)
        .await
        .expect("callers wait a bounded time");
    let named = [
        ("read", read),
        ("open", open),
        ("check", check),
        ("settle", settle),
        ("locked", locked),
    ];
    named
        .map(|(name, answer)| (name, answer.expect_err(name)))
        .into()
}

/// What is done to a server.
type Step = fn(&Server);

// Whoever connects while the server is told to stop must go on, as it waits for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_unavailable_until_it_comes_back() -> TestResult {
    let server = Server::start(Settings::new());
    // How it goes away, and how it comes back.
    let ways: [(Step, Step); 3] = [
        (Server::stop_fast, Server::restart),
        (Server::kill, Server::restart),
        (Server::pause, Server::resume),
    ];
    for (n, (go, come_back)) in ways.into_iter().enumerate() {
        let url = server.database();
        PostgresStore::migrate(&url).await?;
        let store = opened(hasty(&url)).await;
        accepted(&store, request([event("A", &[])])).await?;
        go(&server);
        let append = request([event("Doubtful", &[])]);
        let answer = timeout(PATIENCE, store.append(Group::single(append.clone()))).await?;
        // It was sent on a connection that did not answer any more.
        assert_error!(answer, StoreError::OutcomeUnknown(_));
        for (asked, error) in ask_all(&store, &url).await {
            // Those who write wait for the same connection.
            let waits = matches!(error, StoreError::Busy(_))
                && ["check", "settle", "locked"].contains(&asked);
            assert!(
                waits || matches!(error, StoreError::Unavailable(_)),
                "{n} {asked}: {error:?}"
            );
        }
        come_back(&server);
        let patient = PostgresStore::open(&url).await?;
        let settled = patient.settle(append.append_id()).await?;
        let now = types(&patient).await?;
        let doubtful = now.iter().filter(|name| *name == "Doubtful").count();
        assert_eq!(
            doubtful,
            usize::from(matches!(settled, Settled::Committed(_)))
        );
        // The same store, too.
        assert_eq!(types(&store).await?, now);
        accepted(&store, request([event("B", &[])])).await?;
    }
    Ok(())
}

const NOTHING_IS_LEFT: &str = "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = \
    (SELECT oid FROM pg_database WHERE datname = current_database())) AND NOT EXISTS (SELECT FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND (state <> 'idle' OR xact_start IS NOT NULL))";

#[tokio::test]
async fn callers_that_go_away_leave_no_transaction_and_no_lock() -> TestResult {
    let (store, url) = fresh().await?;
    let mut ids = Vec::new();
    for polls in 0..40 {
        let append = request([event("A", &["k:1"]), event("B", &[])]);
        ids.push(append.append_id());
        let decide = Box::new(|_: Snapshot| Some(request([event("A", &[]), event("B", &[])])));
        {
            let mut append = pin::pin!(store.append(Group::single(append)));
            let mut locked = pin::pin!(store.locked(ReadRequest::new([all()]), decide));
            let mut read = pin::pin!(store.read(ReadRequest::new([all()])));
            let mut is_over = [false; 3];
            for _ in 0..polls {
                is_over[0] = is_over[0] || append.as_mut().now_or_never().is_some();
                is_over[1] = is_over[1] || locked.as_mut().now_or_never().is_some();
                is_over[2] = is_over[2] || read.as_mut().now_or_never().is_some();
                // A trip, in which something goes on.
                tokio::task::yield_now().await;
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        }
    }
    until(&mut connect(&url).await, NOTHING_IS_LEFT).await;
    let whole = types(&store).await?;
    for pair in whole.chunks(2) {
        assert_eq!(pair, ["A", "B"]);
    }
    // Nothing is under way any more, so that nothing is found void and comes later.
    for id in ids {
        store.settle(id).await?;
    }
    assert_eq!(types(&store).await?, whole);
    Ok(())
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// The runtime ends while calls are under way: their connections close, and the server takes back what was begun.
#[test]
fn a_store_outlives_the_runtimes_that_it_was_used_on() -> TestResult {
    let (store, url) = runtime()?.block_on(fresh())?;
    for trips in 0..12 {
        let stopped = runtime()?;
        stopped.block_on(async {
            let events = (0..50).map(|_| event("A", &["k:1"]));
            let decide = Box::new(|_: Snapshot| Some(request([event("A", &[])])));
            let mut append = pin::pin!(store.append(Group::single(request(events))));
            let mut locked = pin::pin!(store.locked(ReadRequest::new([all()]), decide));
            for _ in 0..trips {
                let _ = append.as_mut().now_or_never();
                let _ = locked.as_mut().now_or_never();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        drop(stopped);
        runtime()?.block_on(accepted(&store, request([event("B", &[])])))?;
    }
    runtime()?.block_on(async {
        until(&mut connect(&url).await, NOTHING_IS_LEFT).await;
        let seen = types(&store).await?;
        assert_eq!(seen.iter().filter(|name| *name == "B").count(), 12);
        Ok(())
    })
}
