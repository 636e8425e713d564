//! PgBouncer, which gives the clients' transactions to few sessions of the server.

use std::str::FromStr;

use factos_core::store::{EventStore, ReadRequest, Settled, Snapshot, StoreError};
use factos_core::{AppendId, LogName};
use factos_sqlx::{PostgresOptions, PostgresStore};
use factos_test_server::{PgBouncer, PoolMode, Server, Settings, as_user, database_name, unique};
use futures_util::future::join_all;
use sqlx::postgres::PgConnectOptions;

use crate::ledger::Load;
use crate::support::*;

struct Pooled {
    server: Server,
    /// Past the pooler.
    direct: String,
    /// Through it.
    url: String,
    _pooler: PgBouncer,
}

fn pooled(mode: PoolMode) -> Pooled {
    let server = Server::start(Settings::new());
    let direct = server.database();
    let pooler = PgBouncer::start(&server, mode);
    Pooled {
        url: pooler.url(database_name(&direct)),
        server,
        direct,
        _pooler: pooler,
    }
}

/// More clients than the pooler has sessions, so that each meets the others' leavings.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_a_store_works_in_transaction_mode() -> TestResult {
    let p = pooled(PoolMode::Transaction);
    let by_url = format!("{}?statement-cache-capacity=0", p.url);
    // All make the schema and the log at once.
    let open = |n: usize| {
        let options = if n.is_multiple_of(2) {
            options(&p.url).through_pooler()
        } else {
            options(&by_url)
        };
        async move { options.open().await.expect("it opens") }
    };
    let stores = join_all((0..6).map(open)).await;
    let direct = PostgresStore::open(&p.direct).await?;
    for store in &stores {
        assert_eq!(store.info().identity(), direct.info().identity());
    }

    let mut load = Load::start(&stores, 15);
    let others = tokio::spawn({
        let (store, other) = (
            stores[0].clone(),
            options(&by_url).log(LogName::new("other")?),
        );
        async move {
            let other = other.open().await.expect("it opens");
            for n in 0..10 {
                let decide = move |snapshot: Snapshot| {
                    assert_eq!(snapshot.head.get(), n);
                    Some(request([event("Decided", &["k:1"])]))
                };
                let decided = other
                    .locked(ReadRequest::new([all()]), Box::new(decide))
                    .await;
                assert!(matches!(decided, Ok(Some(Ok(_)))), "{decided:?}");
                let settled = store.settle(AppendId::new()).await;
                assert!(matches!(settled, Ok(Settled::Void)), "{settled:?}");
            }
        }
    });
    load.end().await;
    others.await?;
    load.verify(&direct).await;
    let other = options(&p.direct)
        .log(LogName::new("other")?)
        .open()
        .await?;
    assert_eq!(types(&other).await?, ["Decided"; 10]);
    Ok(())
}

#[tokio::test]
async fn a_pooler_that_the_store_was_not_told_of_is_told_to_the_user() -> TestResult {
    let p = pooled(PoolMode::Transaction);
    let refused = options(&p.url).open().await;
    let Err(StoreError::Unsuited(problem)) = &refused else {
        panic!("{refused:?}");
    };
    assert!(problem.contains("through_pooler"), "{problem}");

    // As if the pooler were set to ignore what it refuses otherwise: now one client meets what another one prepared.
    let careless = || {
        let connect = PgConnectOptions::from_str(&p.url).expect("a URL");
        PostgresOptions::from_options(connect.extra_float_digits(None))
    };
    let mut told = None;
    for _ in 0..20 {
        let outcome = async {
            let store = careless().open().await?;
            store.read(ReadRequest::new([all()])).await?;
            store.settle(AppendId::new()).await
        };
        if let Err(error) = outcome.await {
            told = Some(error);
            break;
        }
    }
    let Some(StoreError::Unsuited(problem)) = &told else {
        panic!("{told:?}");
    };
    assert!(problem.contains("through_pooler"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn errors_keep_their_meaning_through_a_pooler() -> TestResult {
    let p = pooled(PoolMode::Transaction);
    let user = unique("factos_user");
    p.server.create_user(&user, "secret");
    let open = async |user: &str, password: &str| {
        let url = as_user(&p.url, user, password);
        options(&url).through_pooler().open().await
    };
    assert_error!(open(&user, "wrong").await, StoreError::Denied(_));
    assert_error!(open("nobody_here", "secret").await, StoreError::Denied(_));
    assert_error!(open(&user, "secret").await, StoreError::Denied(_));

    let store = opened(hasty(&p.url).through_pooler()).await;
    let mut holder = hold_lock(&p.direct, 0).await;
    assert_error!(store.settle(AppendId::new()).await, StoreError::Busy(_));
    release(&mut holder).await;
    assert_eq!(store.settle(AppendId::new()).await?, Settled::Void);
    Ok(())
}

#[tokio::test]
async fn in_session_mode_it_works_as_well() -> TestResult {
    let p = pooled(PoolMode::Session);
    let store = options(&p.url).through_pooler().open().await?;
    accepted(&store, request([event("A", &[])])).await?;
    assert_eq!(types(&store).await?, ["A"]);
    Ok(())
}
