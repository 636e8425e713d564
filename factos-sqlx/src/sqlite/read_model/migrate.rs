//! Migrations of a read model's own tables.

use factos_core::store::StoreError;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::model::SqliteReadModel;
use crate::read_model::Failure;

/// The file at index n brings the tables to version n + 1.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../../schema/sqlite/read_model/0001_projections.sql"),
    include_str!("../../../schema/sqlite/read_model/0002_tasks.sql"),
];

/// The version that this program reads and writes.
const SUPPORTED: usize = MIGRATIONS.len();

/// Runs the migrations that are missing. Whoever comes second waits for the lock and finds nothing to do.
pub(super) async fn migrate(model: &SqliteReadModel) -> Result<(), Failure> {
    if version(&mut *model.connection().await?).await? == SUPPORTED {
        return Ok(());
    }
    let mut transaction = model.write().await?;
    let connection = transaction.raw();
    for migration in MIGRATIONS.iter().skip(version(connection).await?) {
        sqlx::raw_sql(*migration).execute(&mut *connection).await?;
    }
    let remember = format!(
        "INSERT INTO factos_read_model (one, version) VALUES (1, {SUPPORTED}) \
         ON CONFLICT (one) DO UPDATE SET version = excluded.version"
    );
    sqlx::raw_sql(AssertSqlSafe(remember))
        .execute(connection)
        .await?;
    transaction.finish().await
}

/// The version of the tables that are there; 0 without any.
async fn version(connection: &mut SqliteConnection) -> Result<usize, Failure> {
    let exists = "SELECT count(*) FROM sqlite_schema WHERE name = 'factos_read_model'";
    if sqlx::query_scalar::<_, i64>(exists)
        .fetch_one(&mut *connection)
        .await?
        == 0
    {
        return Ok(0);
    }
    let found: Option<i64> = sqlx::query_scalar("SELECT version FROM factos_read_model")
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
