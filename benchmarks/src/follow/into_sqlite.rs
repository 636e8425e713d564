//! Into SQLite.

use factos::sqlite::SqliteReadModel;
use sqlx::SqliteConnection;

use super::kind::Kind;
use super::projections::{kind, projections};
use super::rows::Row;
use crate::measure::Failure;
use crate::target::Target;

projections!(SqliteConnection);

/// The table of rows that are inserted without factos.
const BARE: &str = "bare_seats";

const BEGIN: &str = "BEGIN IMMEDIATE";

/// As one JSON array, which is one value to bind.
async fn insert(db: &mut SqliteConnection, table: &str, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let json = serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sql = format!(
        "INSERT INTO {table} (position, course, student) \
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1)"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(json)
        .execute(db)
        .await?;
    Ok(())
}

/// A file beside the log's.
pub struct Sqlite;

impl Kind for Sqlite {
    type Model = SqliteReadModel;

    async fn open(target: &Target) -> Result<SqliteReadModel, Failure> {
        let Target::Sqlite { file, .. } = target else {
            return Err(format!("{target} is not SQLite").into());
        };
        let log = format!("sqlite:{}", file.display());
        Ok(SqliteReadModel::beside(&log, "rows").await?)
    }

    kind!();
}
