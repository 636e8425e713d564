//! A standby takes over: what was acknowledged is on it.

use std::time::{Duration, Instant};

use factos_core::Position;
use factos_core::store::{
    Answer, AppendRequest, EventStore, Group, IdempotencyKey, ReadRequest, StoreError,
};
use factos_sqlx::{PostgresOptions, PostgresStore};
use factos_test_server::{Replication, Server, Settings, database_name};
use sqlx::PgConnection;
use tokio::task::{JoinHandle, block_in_place};

use crate::ledger::Load;
use crate::proxy::Proxy;
use crate::support::*;

/// A primary, a standby that its commits wait for, and the URLs of the same database on both.
struct Pair {
    primary: Server,
    standby: Server,
    url: String,
    second: String,
}

fn pair(replication: Replication) -> Pair {
    let primary = Server::start(Settings::new());
    let url = primary.database();
    let standby = primary.standby("second", replication);
    let second = standby.url(database_name(&url));
    Pair {
        primary,
        standby,
        url,
        second,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synchronous_standby_that_takes_over_under_load_has_all_that_was_acknowledged()
-> TestResult {
    let p = pair(Replication::Synchronous);
    // One address for both.
    let proxy = Proxy::before(&p.url).await;
    // Some clients wait until the standby has taken over, others hear that nobody knows.
    let mut stores = Vec::new();
    for wait in [PATIENCE, PATIENCE, PATIENCE, SHORT, SHORT] {
        let options = PostgresOptions::from_options(proxy.options());
        stores.push(opened(options.max_wait(wait)).await);
    }
    let load = Load::start(&stores, 20);
    load.reach(30).await;
    block_in_place(|| {
        p.primary.kill();
        p.standby.promote();
    });
    assert!(load.stored() < 100, "nobody was left to see it");
    proxy.redirect(&p.second);
    load.verify(&stores[0]).await;
    Ok(())
}

/// The backend that waits for the standby, other than `known`, while the call goes on.
async fn waits_for_standby<T>(
    observer: &mut PgConnection,
    known: i32,
    call: &JoinHandle<T>,
) -> i32 {
    let deadline = Instant::now() + PATIENCE;
    let waits = format!(
        "SELECT coalesce(min(pid), 0) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND pid <> {known}"
    );
    loop {
        assert!(
            !call.is_finished(),
            "it is answered although the standby does not have it"
        );
        let waiting: i32 = value(observer, &waits).await;
        if waiting != 0 {
            return waiting;
        }
        assert!(Instant::now() < deadline, "nobody waits for the standby");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn terminate(observer: &mut PgConnection, backend: i32) {
    run(observer, &format!("SELECT pg_terminate_backend({backend})")).await;
}

/// A wait that is broken off leaves a commit that all can see, and that the standby may not have.
#[tokio::test]
async fn a_success_that_is_found_when_sent_again_waits_for_the_standby() -> TestResult {
    let p = pair(Replication::Synchronous);
    let store = PostgresOptions::from_url(&p.url)?
        .max_wait(PATIENCE)
        .open()
        .await?;
    let mut observer = connect(&p.url).await;
    p.standby.pause();
    let appending = {
        let store = store.clone();
        let append = Group::single(request([event("Kept", &[])]));
        tokio::spawn(async move { store.append(append).await })
    };
    let first = waits_for_standby(&mut observer, 0, &appending).await;
    terminate(&mut observer, first).await;
    waits_for_standby(&mut observer, first, &appending).await;
    assert_eq!(types(&store).await?, ["Kept"]);
    p.standby.resume();
    let answers = appending.await??;
    assert!(
        matches!(answers.as_slice(), [Ok(Answer::Repeated(_))]),
        "{answers:?}"
    );
    p.primary.kill();
    p.standby.promote();
    assert_eq!(
        types(&PostgresStore::open(&p.second).await?).await?,
        ["Kept"]
    );
    Ok(())
}

/// The first client does not come back, and another one asks.
#[tokio::test]
async fn a_success_that_others_find_waits_for_the_standby() -> TestResult {
    type Ask = fn(PostgresStore, AppendRequest) -> JoinHandle<bool>;
    let asks: [Ask; 3] = [
        |store, append| {
            tokio::spawn(async move {
                let settled = store.settle(append.append_id()).await;
                matches!(settled, Ok(factos_core::store::Settled::Committed(_)))
            })
        },
        |store, append| tokio::spawn(async move { is_repeated(&store, append).await }),
        |store, append| {
            let same_key = append.with_id(factos_core::AppendId::new());
            tokio::spawn(async move { is_repeated(&store, same_key).await })
        },
    ];
    let p = pair(Replication::Synchronous);
    let others = PostgresStore::open(&p.url).await?;
    let mut observer = connect(&p.url).await;
    for (n, ask) in asks.into_iter().enumerate() {
        let proxy = Proxy::before(&p.url).await;
        let options = PostgresOptions::from_options(proxy.options()).max_wait(SHORT);
        let store = opened(options).await;
        accepted(&store, request([event("First", &[])])).await?;

        p.standby.pause();
        proxy.refuse_new();
        let append = request([event("Kept", &[])]);
        let append = append.with_key(IdempotencyKey::new(format!("{n}"), "Keep", [])?);
        let appending = {
            let group = Group::single(append.clone());
            tokio::spawn(async move { store.append(group).await })
        };
        let first = waits_for_standby(&mut observer, 0, &appending).await;
        terminate(&mut observer, first).await;
        assert_error!(appending.await?, StoreError::OutcomeUnknown(_));

        let asking = ask(others.clone(), append);
        waits_for_standby(&mut observer, first, &asking).await;
        p.standby.resume();
        assert!(asking.await?, "{n}");
    }
    Ok(())
}

async fn is_repeated(store: &PostgresStore, append: AppendRequest) -> bool {
    let answer = append_one(store, append).await;
    matches!(answer, Ok(Ok(Answer::Repeated(_))))
}

#[tokio::test]
async fn an_asynchronous_standby_that_takes_over_tells_what_it_does_not_have() -> TestResult {
    let p = pair(Replication::Asynchronous);
    let proxy = Proxy::before(&p.url).await;
    let store = PostgresOptions::from_options(proxy.options())
        .open()
        .await?;
    accepted(&store, request([event("Kept", &[])])).await?;
    p.standby.catch_up_with(&p.primary);
    p.standby.kill();
    accepted(&store, request([event("Lost", &[])])).await?;
    p.primary.kill();
    p.standby.restart();
    p.standby.promote();
    proxy.redirect(&p.second);

    let told = store.read(ReadRequest::new([])).await;
    let Err(StoreError::Rewound { seen, head }) = told else {
        panic!("{told:?}");
    };
    assert_eq!((seen, head), (Position::new(2), Position::new(1)));
    accepted(&store, request([event("A", &[])])).await?;
    assert_eq!(types(&store).await?, ["Kept", "A"]);
    Ok(())
}
