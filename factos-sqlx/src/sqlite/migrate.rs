//! Migrations: numbered files that bring the tables from one version to the next, all in one transaction.

use factos_core::store::StoreError;

use super::link::Link;
use super::rows::column;
use super::script::Script;
use crate::cause;

/// The file at index n brings the tables to version n + 1.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../schema/sqlite/0001_log.sql"),
    include_str!("../../schema/sqlite/0002_without_events.sql"),
];

/// The version that this program reads and writes.
fn supported() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Runs the migrations that are missing. Whoever comes second waits for the lock and finds nothing to do.
pub(super) async fn migrate_schema(link: &mut Link) -> Result<(), StoreError> {
    if version(link).await? == supported() {
        return Ok(());
    }
    let outcome = migrate_locked(link).await;
    if outcome.is_err() {
        link.roll_back().await?;
    }
    outcome
}

async fn migrate_locked(link: &mut Link) -> Result<(), StoreError> {
    let mut script = Script::default();
    script.statement("BEGIN IMMEDIATE");
    link.run(script, |_, _| Ok(())).await?;
    let version = version(link).await?;

    let mut script = Script::default();
    let missing = usize::try_from(version).unwrap_or(MIGRATIONS.len());
    for migration in MIGRATIONS.iter().skip(missing) {
        script.text(migration);
    }
    script
        .text(
            "INSERT INTO factos_meta (one, version) VALUES (1, ?) \
             ON CONFLICT (one) DO UPDATE SET version = excluded.version",
        )
        .bind(supported())
        .end();
    script.statement("COMMIT");
    link.run(script, |_, _| Ok(())).await
}

/// Only makes sure that the tables are there.
pub(super) async fn check_schema(link: &mut Link) -> Result<(), StoreError> {
    let found = version(link).await?;
    if found == supported() {
        return Ok(());
    }
    let problem = format!("the tables have version {found}, not {}", supported());
    Err(StoreError::MissingSchema(cause(problem)))
}

/// The version of the tables that are there; 0 without any.
async fn version(link: &mut Link) -> Result<i64, StoreError> {
    let mut script = Script::default();
    script.statement("SELECT version FROM factos_meta");
    let mut found = 0;
    let take = |_, row: &_| {
        found = column(row, 0).map_err(|problem| StoreError::Corrupt(cause(problem)))?;
        Ok(())
    };
    match link.run(script, take).await {
        Ok(()) | Err(StoreError::MissingSchema(_)) => {}
        Err(error) => return Err(error),
    }
    if found > supported() {
        return Err(StoreError::NewerSchema {
            found,
            supported: supported(),
        });
    }
    Ok(found)
}
