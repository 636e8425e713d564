//! Named logs beside each other in PostgreSQL, and the connections by which a store comes to it.

#![cfg(feature = "postgres")]

mod support;

use std::time::Duration;

use factos_core::LogName;
use factos_core::store::{EventStore, Group, StoreError};
use factos_sqlx::{Lock, PostgresOptions, PostgresStore};
use factos_test_server::{Server, database_name};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, Executor, PgConnection};
use support::{TestResult, accepted, event, request};

#[tokio::test]
async fn one_logs_lock_holds_up_no_other_log() -> TestResult {
    let url = Server::shared().database();
    let options = PostgresOptions::from_url(&url)?.max_wait(Duration::from_millis(200));
    let main = options.clone().open().await?;
    let other = options.clone().log(LogName::new("other")?).open().await?;
    let by_row = options
        .clone()
        .log(LogName::new("by row")?)
        .lock(Lock::Row)
        .open()
        .await?;
    let mut holder = PgConnection::connect(&url).await?;
    let mut held = holder.begin().await?;
    held.execute("SELECT pg_advisory_xact_lock('factos.events'::regclass::oid::integer, 0)")
        .await?;
    let busy = main.append(Group::single(request([event("A", &[])]))).await;
    assert!(matches!(busy, Err(StoreError::Busy(_))), "{busy:?}");
    accepted(&other, request([event("A", &[])])).await?;
    accepted(&by_row, request([event("A", &[])])).await?;
    held.execute("SELECT FROM factos.logs WHERE name = 'by row' FOR UPDATE")
        .await?;
    // The log keeps what it was made with, whatever is asked for later.
    let again = options
        .log(LogName::new("by row")?)
        .lock(Lock::Advisory)
        .open()
        .await?;
    let busy = again
        .append(Group::single(request([event("A", &[])])))
        .await;
    assert!(matches!(busy, Err(StoreError::Busy(_))), "{busy:?}");
    held.rollback().await?;
    accepted(&main, request([event("A", &[])])).await?;
    accepted(&again, request([event("A", &[])])).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_a_new_log_at_once() -> TestResult {
    let url = Server::shared().database();
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let url = url.clone();
        opening.spawn(async move { PostgresStore::open(&url).await });
    }
    let mut identities = Vec::new();
    for store in opening.join_all().await {
        identities.push(store?.info().identity());
    }
    identities.dedup();
    assert_eq!(identities.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_pool_lends_its_options_and_nothing_else() -> TestResult {
    let database = Server::shared().database();
    let url = format!("{database}?application_name=lender");
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect(&url)
        .await?;
    let taken = pool.acquire().await?;
    let store = PostgresStore::from_pool(&pool).await?;
    accepted(&store, request([event("A", &[])])).await?;
    let named = Server::shared().sql(
        database_name(&database),
        "SELECT count(*) > 1 FROM pg_stat_activity WHERE application_name = 'lender'",
    )?;
    assert_eq!(named.trim(), "t");
    drop(taken);
    Ok(())
}

#[cfg(feature = "postgres-tls")]
mod tls {
    use factos_test_server::Settings;

    use super::*;

    #[tokio::test]
    async fn a_server_is_known_by_its_certificate() -> TestResult {
        let server = Server::start(Settings::new().tls());
        let url = server.database();
        let verified = server.tls_url(database_name(&url));
        assert!(verified.contains("verify-full"), "{verified}");
        let store = PostgresStore::open(&verified).await?;
        accepted(&store, request([event("A", &[])])).await?;
        let encrypted = server.sql(database_name(&url), "SELECT bool_or(ssl) FROM pg_stat_ssl")?;
        assert_eq!(encrypted.trim(), "t");

        let other = Server::start(Settings::new().tls());
        let wrong = verified.replace(
            &server.ca_file().display().to_string(),
            &other.ca_file().display().to_string(),
        );
        let refused = PostgresStore::open(&wrong).await.err();
        assert!(
            matches!(refused, Some(StoreError::Denied(_))),
            "{refused:?}"
        );
        let plain = format!("{}?sslmode=require", Server::shared().database());
        let refused = PostgresStore::open(&plain).await.err();
        assert!(
            matches!(refused, Some(StoreError::Denied(_))),
            "{refused:?}"
        );
        Ok(())
    }
}
