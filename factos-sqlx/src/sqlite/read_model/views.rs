//! Views: under the names that readers know, the tables of the version that is live.

use factos_core::Tables;
use factos_core::store::StoreError;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::read_model::Failure;

/// Makes sure that the set-up has made its tables: SQLite would make views without them.
pub(super) async fn ensure_tables(
    connection: &mut SqliteConnection,
    tables: &Tables,
) -> Result<(), Failure> {
    for (_, table) in tables.iter() {
        let found = relation(connection, &table).await?;
        if found.is_none_or(|(kind, _)| kind != "table") {
            return Err(StoreError::MissingTable { name: table }.into());
        }
    }
    Ok(())
}

/// Takes the views of one version away and makes those of the next. Nothing is changed when something else has a name.
pub(super) async fn replace(
    connection: &mut SqliteConnection,
    before: Option<&Tables>,
    after: &Tables,
) -> Result<(), Failure> {
    let ours: Vec<String> = match before {
        Some(before) => ours(connection, before).await?,
        None => Vec::new(),
    };
    for (view, _) in after.iter() {
        if !ours.iter().any(|name| name == view) && relation(connection, view).await?.is_some() {
            let name = view.to_owned();
            return Err(StoreError::NameTaken { name }.into());
        }
    }
    drop_views(connection, &ours).await?;
    for (view, table) in after.iter() {
        run(connection, definition(view, &table)).await?;
    }
    Ok(())
}

/// Takes the views of a version away; what is not its own stays.
pub(super) async fn drop(
    connection: &mut SqliteConnection,
    tables: &Tables,
) -> Result<(), Failure> {
    let ours = ours(connection, tables).await?;
    drop_views(connection, &ours).await
}

/// The views of a version that are there as it made them.
async fn ours(connection: &mut SqliteConnection, tables: &Tables) -> Result<Vec<String>, Failure> {
    let mut ours = Vec::new();
    for (view, table) in tables.iter() {
        let found = relation(connection, view).await?;
        if found.is_some_and(|(_, sql)| sql == Some(definition(view, &table))) {
            ours.push(view.to_owned());
        }
    }
    Ok(ours)
}

async fn drop_views(connection: &mut SqliteConnection, views: &[String]) -> Result<(), Failure> {
    for view in views {
        run(connection, format!("DROP VIEW \"{view}\"")).await?;
    }
    Ok(())
}

fn definition(view: &str, table: &str) -> String {
    format!("CREATE VIEW \"{view}\" AS SELECT * FROM \"{table}\"")
}

/// The kind and the definition of what has a name, which is in lower case: SQLite makes no difference.
async fn relation(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<(String, Option<String>)>, Failure> {
    let found = sqlx::query_as(
        "SELECT type, sql FROM sqlite_schema WHERE lower(name) = ?1 AND type IN ('table', 'view', 'index')",
    )
    .bind(name)
    .fetch_optional(connection)
    .await?;
    Ok(found)
}

/// Runs a statement of names that were checked.
async fn run(connection: &mut SqliteConnection, statement: String) -> Result<(), Failure> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await?;
    Ok(())
}
