//! What these tests share: stores in fresh databases, and SQL behind their backs.

use std::error::Error;
use std::time::{Duration, Instant};

use factos_core::Query;
use factos_core::store::{EventStore, ReadPart, StoreError};
use factos_sqlx::{PostgresOptions, PostgresStore};
use factos_test_server::Server;
use sqlx::{Connection, PgConnection};

pub(crate) use crate::requests::*;

/// Longer than anything takes here: what waits this long waits for something broken.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A wait that a test can afford to see the end of.
pub(crate) const SHORT: Duration = Duration::from_secs(1);

/// The log `main` in a new database of the shared server, and the database's URL.
pub(crate) async fn fresh() -> Result<(PostgresStore, String), Box<dyn Error>> {
    let url = Server::shared().database();
    Ok((PostgresStore::open(&url).await?, url))
}

pub(crate) fn options(url: &str) -> PostgresOptions {
    PostgresOptions::from_url(url).expect("a URL")
}

/// Options for whoever waits for what does not come.
pub(crate) fn hasty(url: &str) -> PostgresOptions {
    options(url).max_wait(SHORT)
}

/// Opens a store, however busy the machine is and however hasty the options are.
pub(crate) async fn opened(options: PostgresOptions) -> PostgresStore {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match options.clone().open().await {
            Ok(store) => return store,
            Err(StoreError::Unavailable(_)) if Instant::now() < deadline => {}
            Err(error) => panic!("it does not open: {error:?}"),
        }
    }
}

pub(crate) async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .expect("the server is there")
}

/// Runs statements behind the store's back.
pub(crate) async fn run(connection: &mut PgConnection, statements: &str) {
    let run = sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(connection);
    run.await
        .unwrap_or_else(|error| panic!("{statements}: {error}"));
}

/// Runs statements behind the store's back, on a connection of their own.
pub(crate) async fn sql(url: &str, statements: &str) {
    let mut connection = connect(url).await;
    run(&mut connection, statements).await;
    connection.close().await.expect("it says goodbye");
}

/// The one value that a query answers.
pub(crate) async fn value<T>(connection: &mut PgConnection, query: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    let value = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(connection);
    value
        .await
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// Looks until a query answers `true`.
pub(crate) async fn until(connection: &mut PgConnection, query: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !value::<bool>(connection, query).await {
        assert!(Instant::now() < deadline, "it never came true: {query}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A connection that holds the lock of the log with this number; its database's logs are numbered from 0.
pub(crate) async fn hold_lock(url: &str, log: i32) -> PgConnection {
    let mut holder = connect(url).await;
    let lock = format!("SELECT pg_advisory_lock('factos.events'::regclass::oid::integer, {log})");
    run(&mut holder, &lock).await;
    holder
}

/// Gives the lock back that [`hold_lock`] took.
pub(crate) async fn release(holder: &mut PgConnection) {
    run(holder, "SELECT pg_advisory_unlock_all()").await;
}

/// Whether so many wait for the lock of a log.
pub(crate) fn waiters(count: usize) -> String {
    format!(
        "SELECT count(*) = {count} FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = \
         (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
}

pub(crate) fn all() -> ReadPart {
    ReadPart::query(Query::all())
}

/// Makes sure that positions have no gap, and answers the types of all events.
pub(crate) async fn types(store: &impl EventStore) -> Result<Vec<String>, Box<dyn Error>> {
    let events = read_part(store, all()).await?;
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position.get(), position, "a position is skipped");
    }
    Ok(events
        .iter()
        .map(|event| event.event_type.as_str().to_owned())
        .collect())
}

/// Asserts that an answer is the error of this variant.
macro_rules! assert_error {
    ($answer:expr, $variant:pat) => {
        match &$answer {
            Err($variant) => {}
            other => panic!("not {}: {other:?}", stringify!($variant)),
        }
    };
}
pub(crate) use assert_error;
