//! Migrations: numbered folders that bring the schema from one version to the next, all in one transaction.

use factos_core::store::StoreError;
use sqlx::Row;
use sqlx::postgres::PgArguments;
use tokio::time::Instant;

use super::error::Failure;
use super::link::{Link, Pauses};
use crate::cause;

/// The files at index n bring the schema to version n + 1.
pub(super) const MIGRATIONS: [&[&str]; 1] = [&[
    include_str!("../../schema/postgres/0001/tables.sql"),
    include_str!("../../schema/postgres/0001/lookup.sql"),
    include_str!("../../schema/postgres/0001/append.sql"),
    include_str!("../../schema/postgres/0001/read.sql"),
    include_str!("../../schema/postgres/0001/access.sql"),
]];

/// How the hashes of tags are made, for whoever finds them.
const TAG_HASH: &str = "the first 8 bytes of SHA-256 over the log's number and the tag";

/// The version that this program reads and writes.
fn supported() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Runs the migrations that are missing. Whoever comes second waits and finds nothing to do.
pub(super) async fn migrate_schema(link: &mut Link, deadline: Instant) -> Result<(), StoreError> {
    let mut pauses = Pauses::default();
    loop {
        if version(link, deadline).await? == supported() {
            return Ok(());
        }
        let Err(failure) = migrate_alone(link, deadline).await else {
            return Ok(());
        };
        if link.roll_back(deadline).await.is_err()
            || !is_race(&failure)
            || !pauses.pause(deadline).await
        {
            return Err(failure.into_error());
        }
    }
}

/// Two that make the schema at once get in each other's way before there is anything to lock.
fn is_race(failure: &Failure) -> bool {
    match failure {
        Failure::Lost(_) | Failure::Taken(_) => true,
        Failure::Gone(_) => false,
        Failure::Final(error) => {
            let cause = std::error::Error::source(error);
            let code = cause
                .and_then(|cause| cause.downcast_ref::<sqlx::Error>())
                .and_then(sqlx::Error::as_database_error)
                .and_then(sqlx::error::DatabaseError::code);
            // a duplicate schema or table, or a catalog's row changed at the same time
            matches!(code.as_deref(), Some("42P06" | "42P07" | "XX000"))
        }
    }
}

async fn migrate_alone(link: &mut Link, deadline: Instant) -> Result<(), Failure> {
    link.begin(deadline).await?;
    link.run(
        deadline,
        "SET LOCAL search_path = pg_catalog, pg_temp; CREATE SCHEMA IF NOT EXISTS factos; CREATE TABLE IF NOT EXISTS factos.meta (\
         one boolean PRIMARY KEY CHECK (one), version integer NOT NULL, tag_hash text NOT NULL); \
         LOCK TABLE factos.meta IN EXCLUSIVE MODE",
    )
    .await?;
    let version = version(link, deadline).await.map_err(Failure::Final)?;
    let done = usize::try_from(version).unwrap_or(MIGRATIONS.len());
    let missing: Vec<&str> = MIGRATIONS
        .iter()
        .skip(done)
        .copied()
        .flatten()
        .copied()
        .collect();
    for file in missing {
        link.run(deadline, file).await?;
    }
    let mut values = super::arguments::Values::default();
    values.add(supported()).add(TAG_HASH);
    let values = values.finish().map_err(Failure::Final)?;
    let remember = "INSERT INTO factos.meta (one, version, tag_hash) VALUES (true, $1, $2) \
         ON CONFLICT (one) DO UPDATE SET version = excluded.version, tag_hash = excluded.tag_hash";
    link.call(deadline, remember, values).await?;
    link.commit(deadline).await
}

/// Only makes sure that the schema is there.
pub(super) async fn check_schema(link: &mut Link, deadline: Instant) -> Result<(), StoreError> {
    let found = version(link, deadline).await?;
    if found == supported() {
        return Ok(());
    }
    let problem = format!("the schema has version {found}, not {}", supported());
    Err(StoreError::MissingSchema(cause(problem)))
}

/// The version of the schema that is there; 0 without any.
async fn version(link: &mut Link, deadline: Instant) -> Result<i64, StoreError> {
    let exists = "SELECT pg_catalog.to_regclass('factos.meta') IS NOT NULL";
    if !one::<bool>(link, deadline, exists).await?.unwrap_or(false) {
        return Ok(0);
    }
    let version = "SELECT version::bigint FROM factos.meta";
    let found = one::<i64>(link, deadline, version).await?.unwrap_or(0);
    if found > supported() {
        return Err(StoreError::NewerSchema {
            found,
            supported: supported(),
        });
    }
    Ok(found)
}

/// The value of the one row and column that a statement answers.
pub(super) async fn one<T>(
    link: &mut Link,
    deadline: Instant,
    statement: &'static str,
) -> Result<Option<T>, StoreError>
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    let rows = link.call(deadline, statement, PgArguments::default()).await;
    let rows = rows.map_err(Failure::into_error)?;
    let value = rows.first().map(|row| row.try_get(0)).transpose();
    value.map_err(|error| StoreError::Corrupt(cause(error)))
}
