//! Several logs in one database, and the lock that each is written under.

use std::collections::BTreeSet;

use factos_core::store::{
    Answer, EventStore, ExpectedRevision, IdempotencyKey, ReadPart, ReadRequest, Settled,
    StoreError,
};
use factos_core::{AppendId, LogName, Query, StreamName};
use factos_sqlx::{Lock, PostgresOptions, PostgresStore};
use factos_test_server::Server;
use futures_util::future::join_all;

use crate::ledger::Load;
use crate::support::*;

fn named(url: &str, name: &str) -> PostgresOptions {
    options(url).log(LogName::new(name.to_owned()).expect("a name"))
}

#[tokio::test]
async fn the_same_ids_keys_and_streams_mean_nothing_to_another_log() -> TestResult {
    let (main, url) = fresh().await?;
    let billing = named(&url, "billing").open().await?;
    assert_ne!(main.info().identity(), billing.info().identity());
    let append_id = AppendId::new();
    let same = event("Same", &["k:1"]);
    let key = || IdempotencyKey::new("key", "Do", []);
    let stream = || StreamName::new("s");
    let append = request([same.clone()])
        .with_id(append_id)
        .with_key(key()?)
        .to_stream(stream()?, ExpectedRevision::NoStream)
        .guarded([
            guard(&["Same"], &["k:1"], 0),
            guard(&["Same"], &[], 0),
            guard(&[], &[], 0),
        ]);
    accepted(&main, append.clone()).await?;
    // Nothing is there for the other one.
    for query in [query(&["Same"], &[]), query(&[], &["k:1"]), Query::all()] {
        assert_eq!(positions(&billing, ReadPart::query(query)).await?, [0; 0]);
    }
    assert_eq!(
        positions(&billing, ReadPart::stream(stream()?, 0)).await?,
        [0; 0]
    );
    let known = billing.read(ReadRequest::new([]).with_key("key")).await?;
    assert_eq!((known.head.get(), known.known), (0, None));

    let answer = append_one(&billing, append.clone()).await?;
    assert!(matches!(answer, Ok(Answer::Accepted(_))), "{answer:?}");
    for store in [&main, &billing] {
        let again = append_one(store, append.clone()).await?;
        assert!(matches!(again, Ok(Answer::Repeated(_))), "{again:?}");
        assert!(matches!(
            store.settle(append_id).await?,
            Settled::Committed(_)
        ));
        assert_eq!(types(store).await?, ["Same"]);
    }
    // What is void in one may be stored in the other.
    let void = request([event("Void", &[])]);
    assert_eq!(main.settle(void.append_id()).await?, Settled::Void);
    accepted(&billing, void.clone()).await?;
    assert!(append_one(&main, void).await?.is_err());
    Ok(())
}

#[tokio::test]
async fn logs_do_not_wait_for_each_other() -> TestResult {
    let (main, url) = fresh().await?;
    let billing = named(&url, "billing").open().await?;
    let by_row = named(&url, "by row").lock(Lock::Row).open().await?;
    let other_row = named(&url, "other row").lock(Lock::Row).open().await?;
    let mut advisory = hold_lock(&url, 0).await;
    let mut row = connect(&url).await;
    run(
        &mut row,
        "BEGIN; SELECT FROM factos.logs WHERE name = 'by row' FOR UPDATE",
    )
    .await;
    for store in [&billing, &other_row] {
        accepted(store, request([event("A", &[])])).await?;
    }
    for name in ["main", "by row"] {
        let store = opened(named(&url, name).max_wait(SHORT)).await;
        let settled = store.settle(AppendId::new()).await;
        assert_error!(settled, StoreError::Busy(_));
    }
    release(&mut advisory).await;
    run(&mut row, "ROLLBACK").await;
    for store in [&main, &by_row] {
        accepted(store, request([event("A", &[])])).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_log_keeps_the_lock_that_it_was_made_with() -> TestResult {
    let url = Server::shared().database();
    let by_row = named(&url, "by row").lock(Lock::Row).open().await?;
    let main = named(&url, "main").lock(Lock::Advisory).open().await?;
    let mut row = connect(&url).await;
    run(&mut row, "BEGIN; SELECT FROM factos.logs FOR UPDATE").await;
    // Whatever it is opened with, it waits for what all others wait for.
    for lock in [Lock::Row, Lock::Advisory] {
        let store = opened(named(&url, "by row").lock(lock).max_wait(SHORT)).await;
        let settled = store.settle(AppendId::new()).await;
        assert_error!(settled, StoreError::Busy(_));
        let store = named(&url, "main").lock(lock).open().await?;
        accepted(&store, request([event("A", &[])])).await?;
    }
    run(&mut row, "ROLLBACK").await;
    accepted(&by_row, request([event("A", &[])])).await?;
    assert_eq!(types(&main).await?, ["A", "A"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_under_its_row_s_lock_keeps_what_it_promises() -> TestResult {
    let url = Server::shared().database();
    let mut stores = Vec::new();
    for _ in 0..4 {
        stores.push(named(&url, "by row").lock(Lock::Row).open().await?);
    }
    Load::start(&stores, 20).verify(&stores[0]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_open_the_same_new_log_at_once_open_one() -> TestResult {
    let url = Server::shared().database();
    let names = ["main", "billing", "main", "shipping"];
    let opening = (0..16).map(|n| {
        let options = named(&url, names[n % names.len()]);
        tokio::spawn(async move { options.max_wait(PATIENCE).open().await })
    });
    let mut stores: Vec<PostgresStore> = Vec::new();
    for store in join_all(opening).await {
        stores.push(store??);
    }
    let identities: BTreeSet<_> = stores
        .iter()
        .map(|store| *store.info().identity().as_bytes())
        .collect();
    assert_eq!(identities.len(), 3, "a log a name");
    for store in &stores {
        accepted(store, request([event("A", &[])])).await?;
    }
    for (name, count) in [("main", 8), ("billing", 4), ("shipping", 4)] {
        let store = named(&url, name).open().await?;
        assert_eq!(types(&store).await?.len(), count);
    }
    let mut observer = connect(&url).await;
    let numbers = "SELECT array_agg(number ORDER BY number) = '{0,1,2}' FROM factos.logs";
    assert!(value::<bool>(&mut observer, numbers).await);
    Ok(())
}
