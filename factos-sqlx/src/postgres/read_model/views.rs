//! Views: under the names that readers know, the tables of the version that is live.

use factos_core::Tables;
use factos_core::store::StoreError;
use sqlx::{AssertSqlSafe, PgConnection};

use super::rows::Version;
use crate::cause;
use crate::read_model::Failure;

/// The schema in which the set-up has made its tables.
pub(super) async fn schema_of(
    connection: &mut PgConnection,
    tables: &Tables,
) -> Result<String, Failure> {
    let schema: Option<String> = sqlx::query_scalar("SELECT pg_catalog.current_schema()::text")
        .persistent(false)
        .fetch_one(&mut *connection)
        .await?;
    let nowhere = "the role's search_path names no schema that is there";
    let schema = schema.ok_or_else(|| StoreError::MissingSchema(cause(nowhere)))?;
    for (_, table) in tables.iter() {
        let kind = kind(connection, &schema, &table).await?;
        if !matches!(kind.as_deref(), Some("r" | "p")) {
            return Err(StoreError::MissingTable { name: table }.into());
        }
    }
    Ok(schema)
}

/// Takes the views of one version away and makes those of the next. Nothing is changed when something else has a name.
pub(super) async fn replace(
    connection: &mut PgConnection,
    before: Option<&Version>,
    schema: &str,
    after: &Tables,
) -> Result<(), Failure> {
    let ours = match before {
        Some(before) => ours(connection, before).await?,
        None => Vec::new(),
    };
    let is_ours = |view: &str| {
        let mut ours = ours.iter();
        ours.any(|(place, name)| place == schema && name == view)
    };
    for (view, _) in after.iter() {
        if !is_ours(view) && kind(connection, schema, view).await?.is_some() {
            let name = view.to_owned();
            return Err(StoreError::NameTaken { name }.into());
        }
    }
    // Whoever waits for a long reader holds all later ones up.
    run(connection, "SET LOCAL lock_timeout = 2000".into()).await?;
    for (place, view) in &ours {
        if place != schema || !after.iter().any(|(name, _)| name == view) {
            run(connection, drop_view(place, view)).await?;
        }
    }
    for (view, table) in after.iter() {
        sqlx::query("SELECT factos_projections.show($1, $2, $3)")
            .bind(schema)
            .bind(view)
            .bind(table)
            .persistent(false)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Takes the views of a version away; what is not its own stays.
pub(super) async fn drop_views(
    connection: &mut PgConnection,
    version: &Version,
) -> Result<(), Failure> {
    for (schema, view) in ours(connection, version).await? {
        run(connection, drop_view(&schema, &view)).await?;
    }
    Ok(())
}

/// Drops the tables of a version. Before it is set up it has none, and what has their names is not its own.
pub(super) async fn drop_tables(
    connection: &mut PgConnection,
    version: &Version,
) -> Result<(), Failure> {
    let Some(schema) = &version.schema else {
        return Ok(());
    };
    for (_, table) in version.tables.iter() {
        let drop = format!("DROP TABLE IF EXISTS {}.{}", quoted(schema), quoted(&table));
        run(connection, drop).await?;
    }
    Ok(())
}

/// The views of a version that are there, with their schema.
async fn ours(
    connection: &mut PgConnection,
    version: &Version,
) -> Result<Vec<(String, String)>, Failure> {
    let mut ours = Vec::new();
    let Some(schema) = &version.schema else {
        return Ok(ours);
    };
    for (view, _) in version.tables.iter() {
        if kind(connection, schema, view).await?.as_deref() == Some("v") {
            ours.push((schema.clone(), view.to_owned()));
        }
    }
    Ok(ours)
}

/// What kind of relation has a name, as `pg_class.relkind` has it.
async fn kind(
    connection: &mut PgConnection,
    schema: &str,
    name: &str,
) -> Result<Option<String>, Failure> {
    let kind = sqlx::query_scalar(
        "SELECT c.relkind::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
    )
    .bind(schema)
    .bind(name)
    .persistent(false)
    .fetch_optional(connection)
    .await?;
    Ok(kind)
}

fn drop_view(schema: &str, view: &str) -> String {
    format!("DROP VIEW {}.{}", quoted(schema), quoted(view))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Runs a statement of names that were checked or quoted.
async fn run(connection: &mut PgConnection, statement: String) -> Result<(), Failure> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await?;
    Ok(())
}
