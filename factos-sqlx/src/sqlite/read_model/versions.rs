//! Versions: set up, made live, retired, dropped, forgotten.

use factos_core::Tables;
use factos_core::read_model::{ConsumerVersion, GoLive, Lease, Phase};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::model::SqliteReadModel;
use super::rows::{checkpoint, column, held, live, names, now};
use super::views;
use crate::read_model::{Failure, check_tables, number, phase, phase_name, tables_of};

type Listed = (i64, String, Vec<u8>, i64, Option<Vec<u8>>, bool, i64);

pub(super) async fn list(
    model: &SqliteReadModel,
    name: &str,
) -> Result<Vec<ConsumerVersion>, Failure> {
    let rows: Vec<Listed> = sqlx::query_as(concat!(
        "SELECT version, phase, log, position, event, leased_until > ",
        now!(),
        ", (SELECT count(*) FROM factos_parked_events AS e WHERE e.name = p.name AND e.version = p.version) \
         FROM factos_projections AS p WHERE name = ?1 AND phase <> 'forgotten' ORDER BY version"
    ))
    .bind(name)
    .fetch_all(&mut *model.connection().await?)
    .await?;
    let version = |(version, phase_name, log, position, event, is_leased, parked): Listed| {
        Ok(ConsumerVersion {
            version: number(version)?,
            phase: phase(&phase_name)?,
            checkpoint: checkpoint(&log, position, event.as_deref())?,
            is_leased,
            parked: number(parked)?,
        })
    };
    rows.into_iter().map(version).collect()
}

pub(super) async fn set_up(
    connection: &mut SqliteConnection,
    lease: &Lease,
    tables: &Tables,
) -> Result<Option<Phase>, Failure> {
    check_tables(tables.iter().map(|(name, _)| name))?;
    let Some(own) = held(connection, lease).await? else {
        return Ok(None);
    };
    views::ensure_tables(connection, tables).await?;
    let phase = match live(connection, &lease.name).await? {
        Some(other) if other.number > own.number => return Ok(None),
        Some(other) if other.number < own.number => Phase::Building,
        other => {
            views::replace(connection, other.map(|own| own.tables).as_ref(), tables).await?;
            Phase::Live
        }
    };
    enter(connection, lease, tables, phase).await?;
    Ok(Some(phase))
}

pub(super) async fn go_live(
    connection: &mut SqliteConnection,
    lease: &Lease,
    tables: &Tables,
) -> Result<GoLive, Failure> {
    check_tables(tables.iter().map(|(name, _)| name))?;
    let Some(own) = held(connection, lease).await? else {
        return Ok(GoLive::Lost);
    };
    if own.phase == Phase::Live {
        return Ok(GoLive::Live);
    }
    let other = live(connection, &lease.name).await?;
    if let Some(other) = &other {
        let (reached, ahead) = (own.checkpoint, other.checkpoint);
        if other.number > own.number {
            return Ok(GoLive::Lost);
        }
        // Positions of two logs say nothing about each other.
        if ahead.log == reached.log && ahead.position > reached.position {
            return Ok(GoLive::Behind(ahead.position));
        }
    }
    views::ensure_tables(connection, tables).await?;
    views::replace(connection, other.map(|other| other.tables).as_ref(), tables).await?;
    // One that is new has made no tables.
    sqlx::query(
        "UPDATE factos_projections SET phase = CASE phase WHEN 'new' THEN 'forgotten' ELSE 'retired' END, \
         leased_until = 0 \
         WHERE name = ?1 AND version < ?2 AND phase IN ('new', 'building', 'live')",
    )
    .bind(&lease.name)
    .bind(lease.version)
    .execute(&mut *connection)
    .await?;
    enter(connection, lease, tables, Phase::Live).await?;
    Ok(GoLive::Live)
}

async fn enter(
    connection: &mut SqliteConnection,
    lease: &Lease,
    tables: &Tables,
    phase: Phase,
) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE factos_projections SET phase = ?3, tables = ?4 WHERE name = ?1 AND version = ?2",
    )
    .bind(&lease.name)
    .bind(lease.version)
    .bind(phase_name(phase))
    .bind(column(tables.iter().map(|(name, _)| name)))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn drop_retired(model: &SqliteReadModel, name: &str) -> Result<(), Failure> {
    let retired =
        "SELECT version, tables FROM factos_projections WHERE name = ?1 AND phase = 'retired'";
    let is_any: Option<(i64, String)> = sqlx::query_as(retired)
        .bind(name)
        .fetch_optional(&mut *model.connection().await?)
        .await?;
    if is_any.is_none() {
        return Ok(());
    }
    let mut transaction = model.write().await?;
    let versions: Vec<(i64, String)> = sqlx::query_as(retired)
        .bind(name)
        .fetch_all(transaction.raw())
        .await?;
    for (version, tables) in versions {
        let version = number(version)?;
        let tables = tables_of(version, &names(&tables))?;
        drop_tables(transaction.raw(), &tables).await?;
        bury(transaction.raw(), name, version).await?;
    }
    transaction.finish().await
}

pub(super) async fn forget(
    model: &SqliteReadModel,
    name: &str,
    version: u32,
) -> Result<(), Failure> {
    let mut transaction = model.write().await?;
    let found: Option<(String, String)> = sqlx::query_as(
        "SELECT phase, tables FROM factos_projections WHERE name = ?1 AND version = ?2 AND phase <> 'forgotten'",
    )
    .bind(name)
    .bind(version)
    .fetch_optional(transaction.raw())
    .await?;
    let Some((phase_name, tables)) = found else {
        return Ok(());
    };
    let tables = tables_of(version, &names(&tables))?;
    let phase = phase(&phase_name)?;
    if phase == Phase::Live {
        views::drop(transaction.raw(), &tables).await?;
    }
    // Before it is set up, what has the names of its tables is not its own.
    if phase != Phase::New {
        drop_tables(transaction.raw(), &tables).await?;
    }
    bury(transaction.raw(), name, version).await?;
    transaction.finish().await
}

async fn drop_tables(connection: &mut SqliteConnection, tables: &Tables) -> Result<(), Failure> {
    for (_, table) in tables.iter() {
        let drop = format!("DROP TABLE IF EXISTS \"{table}\"");
        sqlx::raw_sql(AssertSqlSafe(drop))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Forgets a version but for its token, which must not be lower when it is claimed again.
async fn bury(connection: &mut SqliteConnection, name: &str, version: u32) -> Result<(), Failure> {
    for delete in [
        "DELETE FROM factos_parked_events WHERE name = ?1 AND version = ?2",
        "DELETE FROM factos_tasks WHERE name = ?1 AND version = ?2",
    ] {
        let delete = sqlx::query(delete).bind(name).bind(version);
        delete.execute(&mut *connection).await?;
    }
    sqlx::query(
        "UPDATE factos_projections SET phase = 'forgotten', leased_until = 0 WHERE name = ?1 AND version = ?2",
    )
    .bind(name)
    .bind(version)
    .execute(connection)
    .await?;
    Ok(())
}
