//! What is said when the store cannot do what it is asked for, and that it works again afterwards.

use std::net::{Ipv4Addr, TcpListener};
use std::num::NonZeroUsize;

use factos_core::store::{
    AppendRequest, EventStore, Group, ReadRequest, Settled, Snapshot, StoreError,
};
use factos_core::{AppendId, LogName, Position};
use factos_sqlx::{PostgresOptions, PostgresStore};
use factos_test_server::{Server, Settings, as_user, database_name, unique};

use crate::support::*;

#[test]
fn urls_are_read_with_care() {
    let read = |url| PostgresOptions::from_url(url).map(drop);
    assert!(read("postgres://app:secret@db.example.com:5433/shop?sslmode=verify-full").is_ok());
    assert!(read("postgresql:///shop?host=/run/postgresql&application_name=shop").is_ok());
    for url in ["mysql://localhost/shop", "localhost/shop", ""] {
        assert_error!(read(url), StoreError::UnknownScheme { .. });
    }
    for url in [
        "postgres://localhost/shop?sslmod=require",
        "postgres://localhost/shop?sslmode=sometimes",
        "postgres://localhost:port/shop",
        "postgres://localhost/shop?statement-cache-capacity=no",
    ] {
        assert_error!(read(url), StoreError::InvalidUrl(_));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() -> TestResult {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let url = format!("postgres://app@127.0.0.1:{port}/shop");
    assert_error!(hasty(&url).open().await, StoreError::Unavailable(_));
    assert_error!(hasty(&url).migrate().await, StoreError::Unavailable(_));
    Ok(())
}

#[tokio::test]
async fn a_server_that_says_nothing_is_unavailable() -> TestResult {
    // It takes connections, as the operating system does that by itself.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!(
        "postgres://app@127.0.0.1:{}/shop",
        silent.local_addr()?.port()
    );
    assert_error!(hasty(&url).open().await, StoreError::Unavailable(_));
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_denied() {
    let (server, user) = (Server::shared(), unique("factos_user"));
    let url = server.database();
    server.create_user(&user, "secret");
    let wrong = as_user(&url, &user, "wrong");
    assert_error!(PostgresStore::open(&wrong).await, StoreError::Denied(_));
    let nobody = as_user(&url, &unique("factos_nobody"), "secret");
    assert_error!(PostgresStore::open(&nobody).await, StoreError::Denied(_));
}

#[tokio::test]
async fn a_missing_database_is_told() {
    let url = Server::shared().url(&unique("factos_missing"));
    assert_error!(
        PostgresStore::open(&url).await,
        StoreError::MissingDatabase(_)
    );
}

#[tokio::test]
async fn a_user_without_rights_is_denied() -> TestResult {
    let (server, user) = (Server::shared(), unique("factos_user"));
    let url = server.database();
    server.create_user(&user, "secret");
    let own = as_user(&url, &user, "secret");
    // It cannot make the schema …
    assert_error!(PostgresStore::open(&own).await, StoreError::Denied(_));
    // … nor use the one that others made, …
    PostgresStore::open(&url).await?;
    for options in [options(&own), options(&own).without_migrations()] {
        assert_error!(options.open().await, StoreError::Denied(_));
    }
    // … nor connect.
    let revoke = format!(
        "REVOKE CONNECT ON DATABASE {} FROM PUBLIC",
        database_name(&url)
    );
    sql(&url, &revoke).await;
    assert_error!(PostgresStore::open(&own).await, StoreError::Denied(_));
    Ok(())
}

#[tokio::test]
async fn missing_tables_are_told_until_somebody_makes_them() -> TestResult {
    let url = Server::shared().database();
    let open = || options(&url).without_migrations().open();
    assert_error!(open().await, StoreError::MissingSchema(_));
    PostgresStore::migrate(&url).await?;
    let store = open().await?;
    accepted(&store, request([event("A", &[])])).await?;

    // A migration that was left in the middle by hand.
    sql(&url, "DROP FUNCTION factos.read").await;
    let read = store.read(ReadRequest::new([])).await;
    assert_error!(read, StoreError::MissingSchema(_));
    sql(&url, "DELETE FROM factos.meta").await;
    assert_error!(open().await, StoreError::MissingSchema(_));
    Ok(())
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() -> TestResult {
    let (_, url) = fresh().await?;
    sql(&url, "UPDATE factos.meta SET version = 99").await;
    for options in [options(&url), options(&url).without_migrations()] {
        let refused = options.open().await;
        assert_error!(
            refused,
            StoreError::NewerSchema {
                found: 99,
                supported: 1
            }
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_not_in_utf_8_is_not_suited() -> TestResult {
    let (server, name) = (Server::shared(), unique("factos_test"));
    let mut admin = connect(&server.database()).await;
    let create =
        format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    run(&mut admin, &create).await;
    let refused = PostgresStore::open(&server.url(&name)).await;
    run(&mut admin, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    assert_error!(refused, StoreError::Unsuited(_));
    Ok(())
}

#[tokio::test]
async fn a_statement_that_the_server_ends_is_canceled() -> TestResult {
    let (_, url) = fresh().await?;
    let database = database_name(&url);
    let limit = format!("ALTER DATABASE {database} SET statement_timeout = '50ms'");
    sql(&url, &limit).await;
    let store = PostgresStore::open(&url).await?;

    let mut holder = hold_lock(&url, 0).await;
    let refused = append_one(&store, request([event("A", &[])])).await;
    let refused = refused.map_err(|error| *error.downcast::<StoreError>().expect("a store's"));
    assert_error!(refused, StoreError::Canceled(_));
    release(&mut holder).await;
    accepted(&store, request([event("B", &[])])).await?;
    assert_eq!(types(&store).await?, ["B"]);
    Ok(())
}

/// All ways to write, each with the error that it ends in.
async fn writes(store: &PostgresStore) -> Vec<(&'static str, StoreError)> {
    let append = store
        .append(Group::single(request([event("Not", &[])])))
        .await
        .map(drop);
    let decide = Box::new(|_: Snapshot| Some(request([event("Not", &[])])));
    let locked = store.locked(ReadRequest::new([]), decide).await.map(drop);
    let settled = store.settle(AppendId::new()).await.map(drop);
    let all = [("append", append), ("locked", locked), ("settle", settled)];
    all.map(|(name, answer)| (name, answer.expect_err(name)))
        .into()
}

async fn confirm(store: &PostgresStore) -> Result<(), StoreError> {
    let check = AppendRequest::check(vec![guard(&["Never"], &[], 0)]);
    let answers = store.append(Group::single(check)).await?;
    assert!(matches!(answers.as_slice(), [Ok(_)]), "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn a_lock_held_too_long_is_busy() -> TestResult {
    let (patient, url) = fresh().await?;
    let store = opened(hasty(&url)).await;
    let mut holder = hold_lock(&url, 0).await;
    for (call, error) in writes(&store).await {
        assert!(matches!(error, StoreError::Busy(_)), "{call}: {error:?}");
    }
    // Reading and confirming wait for nobody.
    assert_eq!(types(&store).await?.len(), 0);
    confirm(&store).await?;

    let waiting = tokio::spawn(async move {
        patient
            .append(Group::single(request([event("A", &[])])))
            .await
    });
    until(&mut connect(&url).await, &waiters(1)).await;
    release(&mut holder).await;
    let answer = waiting.await?;
    assert!(matches!(answer.as_deref(), Ok([Ok(_)])), "{answer:?}");
    accepted(&store, request([event("B", &[])])).await?;
    assert_eq!(types(&store).await?, ["A", "B"]);
    Ok(())
}

#[tokio::test]
async fn whoever_migrates_at_the_same_time_for_too_long_makes_busy() -> TestResult {
    let (_, url) = fresh().await?;
    let mut other = connect(&url).await;
    run(
        &mut other,
        "BEGIN; LOCK TABLE factos.meta IN EXCLUSIVE MODE",
    )
    .await;
    // As if there were something to migrate.
    run(
        &mut other,
        "SAVEPOINT s; UPDATE factos.meta SET version = 0",
    )
    .await;
    let open = options(&url).open().await;
    assert!(open.is_ok(), "there is nothing to do: {open:?}");
    run(
        &mut other,
        "COMMIT; BEGIN; LOCK TABLE factos.meta IN EXCLUSIVE MODE",
    )
    .await;
    assert_error!(hasty(&url).open().await, StoreError::Busy(_));
    Ok(())
}

#[tokio::test]
async fn a_new_log_waits_for_no_writer_of_another_one() -> TestResult {
    let url = Server::shared().database();
    let row = options(&url).lock(factos_sqlx::Lock::Row);
    row.open().await?;
    let mut writer = connect(&url).await;
    run(&mut writer, "BEGIN; SELECT FROM factos.logs FOR UPDATE").await;
    let other = options(&url).log(LogName::new("other")?).open().await?;
    accepted(&other, request([event("A", &[])])).await?;
    Ok(())
}

#[tokio::test]
async fn more_reads_than_connections_are_told_so() -> TestResult {
    let (_, url) = fresh().await?;
    let store = opened(hasty(&url).read_connections(NonZeroUsize::MIN)).await;
    let mut other = connect(&url).await;
    run(
        &mut other,
        "BEGIN; LOCK TABLE factos.events IN ACCESS EXCLUSIVE MODE",
    )
    .await;
    let second = async {
        let answer = store.read(ReadRequest::new([])).await;
        run(&mut other, "ROLLBACK").await;
        answer
    };
    let (first, second) = tokio::join!(store.read(ReadRequest::new([])), second);
    assert_eq!(first?.head, Position::START);
    assert_error!(second, StoreError::NoConnection { most: 1 });
    store.read(ReadRequest::new([])).await?;
    Ok(())
}

#[tokio::test]
async fn a_server_with_too_many_clients_is_unavailable_to_new_ones() -> TestResult {
    let server = Server::start(Settings::new().max_connections(8));
    let url = server.database();
    let store = options(&url).without_notifications().open().await?;
    accepted(&store, request([event("A", &[])])).await?;
    let mut others = Vec::new();
    while others.len() < 6 {
        others.push(connect(&url).await);
    }
    let refused = hasty(&url).open().await;
    let Err(StoreError::Unavailable(cause)) = &refused else {
        panic!("{refused:?}");
    };
    assert!(cause.to_string().contains("too many clients"), "{cause}");
    // A store that has its connections works on.
    accepted(&store, request([event("B", &[])])).await?;
    assert_eq!(types(&store).await?, ["A", "B"]);

    others.clear();
    let opened = PostgresStore::open(&url).await?;
    assert_eq!(types(&opened).await?, ["A", "B"]);
    Ok(())
}

#[tokio::test]
async fn a_role_that_may_only_read_is_told_so() -> TestResult {
    let (store, url) = fresh().await?;
    accepted(&store, request([event("A", &[])])).await?;
    let read_only = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database_name(&url)
    );
    sql(&url, &read_only).await;
    let store = PostgresStore::open(&url).await?;
    assert_eq!(types(&store).await?, ["A"]);
    confirm(&store).await?;
    let append = store
        .append(Group::single(request([event("Not", &[])])))
        .await;
    assert_error!(append, StoreError::ReadOnly(_));
    let settled = store.settle(AppendId::new()).await;
    assert_error!(settled, StoreError::ReadOnly(_));
    Ok(())
}

#[tokio::test]
async fn a_standby_reads_and_does_not_write_nor_confirm() -> TestResult {
    let primary = Server::start(Settings::new());
    let url = primary.database();
    let writer = PostgresStore::open(&url).await?;
    accepted(&writer, request([event("A", &[])])).await?;
    let standby = primary.standby("copy", factos_test_server::Replication::Asynchronous);
    standby.catch_up_with(&primary);

    let copy = standby.url(database_name(&url));
    let store = options(&copy).open().await?;
    assert_eq!(store.info().identity(), writer.info().identity());
    assert_eq!(types(&store).await?, ["A"]);
    for (call, error) in writes(&store).await {
        assert!(
            matches!(error, StoreError::ReadOnly(_)),
            "{call}: {error:?}"
        );
    }
    assert_error!(confirm(&store).await, StoreError::ReadOnly(_));
    let new = options(&copy).log(LogName::new("new")?).open().await;
    assert_error!(new, StoreError::ReadOnly(_));
    let empty = options(&standby.url("postgres")).open().await;
    assert_error!(empty, StoreError::ReadOnly(_));

    accepted(&writer, request([event("B", &[])])).await?;
    standby.catch_up_with(&primary);
    assert_eq!(types(&store).await?, ["A", "B"]);
    // The standby takes over, and the same store writes.
    primary.kill();
    standby.promote();
    assert_eq!(store.settle(AppendId::new()).await?, Settled::Void);
    accepted(&store, request([event("C", &[])])).await?;
    confirm(&store).await?;
    assert_eq!(types(&store).await?, ["A", "B", "C"]);
    Ok(())
}
