//! Versions: set up, made live, retired, dropped, forgotten.

use factos_core::Tables;
use factos_core::read_model::{ConsumerVersion, GoLive, Lease, Phase};
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::PostgresReadModel;
use super::rows::{self, Version, checkpoint, held, live, lock_all};
use super::views;
use crate::read_model::{Failure, check_tables, number, phase, phase_name};

type Listed = (i64, String, Uuid, i64, Option<Uuid>, bool, i64);

pub(super) async fn list(
    model: &PostgresReadModel,
    name: &str,
) -> Result<Vec<ConsumerVersion>, Failure> {
    let mut transaction = model.look().await?;
    let rows: Vec<Listed> = sqlx::query_as(
        "SELECT version, phase, log, position, event, leased_until > pg_catalog.clock_timestamp(), \
         (SELECT pg_catalog.count(*) FROM factos_projections.parked p WHERE p.name = v.name AND p.version = v.version) \
         FROM factos_projections.versions v WHERE name = $1 AND phase <> 'forgotten' ORDER BY version",
    )
    .bind(name)
    .persistent(false)
    .fetch_all(transaction.raw())
    .await?;
    transaction.finish().await?;
    let version = |(version, phase_name, log, position, event, is_leased, parked): Listed| {
        Ok(ConsumerVersion {
            version: number(version)?,
            phase: phase(&phase_name)?,
            checkpoint: checkpoint(log, position, event)?,
            is_leased,
            parked: number(parked)?,
        })
    };
    rows.into_iter().map(version).collect()
}

pub(super) async fn set_up(
    connection: &mut PgConnection,
    lease: &Lease,
    tables: &Tables,
) -> Result<Option<Phase>, Failure> {
    check_tables(tables.iter().map(|(name, _)| name))?;
    wait_for_disk(connection).await?;
    let versions = lock_all(connection, &lease.name).await?;
    let Some(own) = held(&versions, lease) else {
        return Ok(None);
    };
    let schema = views::schema_of(connection, tables).await?;
    let phase = match live(&versions) {
        Some(other) if other.number > own.number => return Ok(None),
        Some(other) if other.number < own.number => Phase::Building,
        other => {
            views::replace(connection, other, &schema, tables).await?;
            Phase::Live
        }
    };
    enter(connection, lease, &schema, tables, phase).await?;
    Ok(Some(phase))
}

pub(super) async fn go_live(
    connection: &mut PgConnection,
    lease: &Lease,
    tables: &Tables,
) -> Result<GoLive, Failure> {
    check_tables(tables.iter().map(|(name, _)| name))?;
    wait_for_disk(connection).await?;
    let versions = lock_all(connection, &lease.name).await?;
    let Some(own) = held(&versions, lease) else {
        return Ok(GoLive::Lost);
    };
    if own.phase == Phase::Live {
        return Ok(GoLive::Live);
    }
    let other = live(&versions);
    if let Some(other) = other {
        let (reached, ahead) = (own.checkpoint, other.checkpoint);
        if other.number > own.number {
            return Ok(GoLive::Lost);
        }
        // Positions of two logs say nothing about each other.
        if ahead.log == reached.log && ahead.position > reached.position {
            return Ok(GoLive::Behind(ahead.position));
        }
    }
    let schema = views::schema_of(connection, tables).await?;
    views::replace(connection, other, &schema, tables).await?;
    // One that is new has made no tables.
    sqlx::query(
        "UPDATE factos_projections.versions SET phase = CASE phase WHEN 'new' THEN 'forgotten' ELSE 'retired' END, \
         leased_until = '-infinity' \
         WHERE name = $1 AND version < $2 AND phase IN ('new', 'building', 'live')",
    )
    .bind(&lease.name)
    .bind(i64::from(lease.version))
    .persistent(false)
    .execute(&mut *connection)
    .await?;
    enter(connection, lease, &schema, tables, Phase::Live).await?;
    Ok(GoLive::Live)
}

/// Unlike rows, tables and phases are not made again by whoever has the lease: it goes by what it was answered. They must
/// outlive the server's crash.
async fn wait_for_disk(connection: &mut PgConnection) -> Result<(), Failure> {
    sqlx::query("SET LOCAL synchronous_commit = on")
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

async fn enter(
    connection: &mut PgConnection,
    lease: &Lease,
    schema: &str,
    tables: &Tables,
    phase: Phase,
) -> Result<(), Failure> {
    let names: Vec<&str> = tables.iter().map(|(name, _)| name).collect();
    sqlx::query(
        "UPDATE factos_projections.versions SET phase = $3, tables = $4, schema = $5 WHERE name = $1 AND version = $2",
    )
    .bind(&lease.name)
    .bind(i64::from(lease.version))
    .bind(phase_name(phase))
    .bind(names)
    .bind(schema)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn drop_retired(model: &PostgresReadModel, name: &str) -> Result<(), Failure> {
    let is_any = list(model, name)
        .await?
        .iter()
        .any(|version| version.phase == Phase::Retired);
    if !is_any {
        return Ok(());
    }
    let mut transaction = model.change().await?;
    // First of all: whoever still writes to them asks for the rows afterwards.
    let versions = rows::all(transaction.raw(), name).await?;
    for version in versions.iter().filter(|one| one.phase == Phase::Retired) {
        views::drop_tables(transaction.raw(), version).await?;
    }
    let versions = lock_all(transaction.raw(), name).await?;
    for version in versions.iter().filter(|one| one.phase == Phase::Retired) {
        views::drop_tables(transaction.raw(), version).await?;
        bury(transaction.raw(), name, version).await?;
    }
    transaction.finish().await
}

pub(super) async fn forget(
    model: &PostgresReadModel,
    name: &str,
    version: u32,
) -> Result<(), Failure> {
    let mut transaction = model.change().await?;
    let versions = lock_all(transaction.raw(), name).await?;
    let Some(version) = versions.iter().find(|one| one.number == version) else {
        return Ok(());
    };
    if version.phase == Phase::Live {
        views::drop_views(transaction.raw(), version).await?;
    }
    views::drop_tables(transaction.raw(), version).await?;
    bury(transaction.raw(), name, version).await?;
    transaction.finish().await
}

/// Forgets a version but for its token, which must not be lower when it is claimed again.
async fn bury(connection: &mut PgConnection, name: &str, version: &Version) -> Result<(), Failure> {
    let number = i64::from(version.number);
    for delete in [
        "DELETE FROM factos_projections.parked WHERE name = $1 AND version = $2",
        "DELETE FROM factos_projections.tasks WHERE name = $1 AND version = $2",
    ] {
        let delete = sqlx::query(delete).bind(name).bind(number);
        delete.persistent(false).execute(&mut *connection).await?;
    }
    sqlx::query(
        "UPDATE factos_projections.versions SET phase = 'forgotten', leased_until = '-infinity' \
         WHERE name = $1 AND version = $2",
    )
    .bind(name)
    .bind(number)
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}
