//! Migrations of a read model's own schema.

use factos_core::store::StoreError;
use sqlx::{AssertSqlSafe, PgConnection};

use super::model::PostgresReadModel;
use crate::read_model::Failure;

/// The file at index n brings the schema to version n + 1.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../../schema/postgres/read_model/0001_projections.sql"),
    include_str!("../../../schema/postgres/read_model/0002_tasks.sql"),
];

/// The version that this program reads and writes.
const SUPPORTED: usize = MIGRATIONS.len();

/// What those who make the schema at once wait for: there is nothing else yet that could be locked.
const LOCK: &str =
    "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('factos_projections', 0))";

/// Runs the migrations that are missing. Whoever comes second waits and finds nothing to do.
pub(super) async fn migrate(model: &PostgresReadModel) -> Result<(), Failure> {
    let mut transaction = model.look().await?;
    if version(transaction.raw()).await? == SUPPORTED {
        return Ok(());
    }
    drop(transaction);
    let mut transaction = model.change().await?;
    run(transaction.raw(), "SET LOCAL lock_timeout = 0").await?;
    run(transaction.raw(), LOCK).await?;
    let done = version(transaction.raw()).await?;
    run(
        transaction.raw(),
        "SET LOCAL search_path = pg_catalog, pg_temp; CREATE SCHEMA IF NOT EXISTS factos_projections; \
         CREATE TABLE IF NOT EXISTS factos_projections.meta (one boolean PRIMARY KEY CHECK (one), version bigint NOT NULL)",
    )
    .await?;
    for migration in MIGRATIONS.iter().skip(done) {
        run(transaction.raw(), migration).await?;
    }
    let remember = format!(
        "INSERT INTO factos_projections.meta (one, version) VALUES (true, {SUPPORTED}) \
         ON CONFLICT (one) DO UPDATE SET version = excluded.version"
    );
    run(transaction.raw(), &remember).await?;
    transaction.finish().await
}

async fn run(connection: &mut PgConnection, statements: &str) -> Result<(), Failure> {
    let statements = sqlx::raw_sql(AssertSqlSafe(statements));
    statements.execute(connection).await?;
    Ok(())
}

/// The version of the schema that is there; 0 without any.
async fn version(connection: &mut PgConnection) -> Result<usize, Failure> {
    // To look into the catalog makes the session take in what others have made while it waited; `to_regclass` does not.
    let exists = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                  WHERE n.nspname = 'factos_projections' AND c.relname = 'meta')";
    if !sqlx::query_scalar::<_, bool>(exists)
        .persistent(false)
        .fetch_one(&mut *connection)
        .await?
    {
        return Ok(0);
    }
    let found: Option<i64> = sqlx::query_scalar("SELECT version FROM factos_projections.meta")
        .persistent(false)
        .fetch_optional(connection)
        .await?;
    let found = found.unwrap_or(0);
    match usize::try_from(found) {
        Ok(version) if version <= SUPPORTED => Ok(version),
        _ => Err(StoreError::NewerSchema {
            found,
            supported: i64::try_from(SUPPORTED).unwrap_or(i64::MAX),
        }
        .into()),
    }
}
