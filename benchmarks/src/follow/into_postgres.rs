//! Into PostgreSQL.

use factos::postgres::PostgresReadModel;
use sqlx::PgConnection;

use super::kind::Kind;
use super::projections::{kind, projections};
use super::rows::Row;
use crate::measure::Failure;
use crate::target::Target;

projections!(PgConnection);

/// The table of rows that are inserted without factos.
const BARE: &str = "bare_seats";

/// As read models do it.
const BEGIN: &str = "BEGIN; SET LOCAL synchronous_commit = off";

/// As one array a column.
async fn insert(db: &mut PgConnection, table: &str, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let positions: Vec<i64> = rows.iter().map(|(position, ..)| *position).collect();
    let courses: Vec<&str> = rows.iter().map(|(_, course, _)| *course).collect();
    let students: Vec<&str> = rows.iter().map(|(.., student)| *student).collect();
    let sql = format!(
        "INSERT INTO {table} (position, course, student) \
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(positions);
    query.bind(courses).bind(students).execute(db).await?;
    Ok(())
}

/// The log's database.
pub struct Postgres;

impl Kind for Postgres {
    type Model = PostgresReadModel;

    async fn open(target: &Target) -> Result<PostgresReadModel, Failure> {
        let Target::Postgres { url } = target else {
            return Err(format!("{target} is not PostgreSQL").into());
        };
        Ok(PostgresReadModel::open(url).await?)
    }

    kind!();
}
