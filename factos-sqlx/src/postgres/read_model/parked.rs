//! Parked events: those that a version could not apply, and has passed over.

use factos_core::read_model::{Lease, Parked};
use factos_core::{EventId, EventType, Position};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::model::PostgresReadModel;
use crate::postgres::micros::Micros;
use crate::read_model::{Failure, bigint, corrupt, number};

pub(super) async fn list(
    model: &PostgresReadModel,
    name: &str,
    version: u32,
) -> Result<Vec<Parked>, Failure> {
    let mut transaction = model.look().await?;
    let rows = sqlx::query(
        "SELECT position, event, type, error, attempts, at, retry FROM factos_projections.parked \
         WHERE name = $1 AND version = $2 ORDER BY position",
    )
    .bind(name)
    .bind(i64::from(version))
    .persistent(false)
    .fetch_all(transaction.raw())
    .await?;
    transaction.finish().await?;
    rows.iter().map(parked).collect()
}

fn parked(row: &sqlx::postgres::PgRow) -> Result<Parked, Failure> {
    let event_type = EventType::new(row.try_get::<String, _>(2)?);
    Ok(Parked {
        position: Position::new(number(row.try_get(0)?)?),
        event: EventId::from(row.try_get::<Uuid, _>(1)?),
        event_type: event_type.map_err(|wrong| corrupt(wrong.to_string()))?,
        error: row.try_get(3)?,
        attempts: number(row.try_get(4)?)?,
        at: row.try_get::<Micros, _>(5)?.0,
        is_to_retry: row.try_get(6)?,
    })
}

pub(super) async fn retry(
    model: &PostgresReadModel,
    name: &str,
    version: u32,
    position: Position,
) -> Result<bool, Failure> {
    let change = "UPDATE factos_projections.parked SET retry = true WHERE name = $1 AND version = $2 AND position = $3";
    settle(model, change, name, version, position).await
}

pub(super) async fn drop(
    model: &PostgresReadModel,
    name: &str,
    version: u32,
    position: Position,
) -> Result<bool, Failure> {
    let change =
        "DELETE FROM factos_projections.parked WHERE name = $1 AND version = $2 AND position = $3";
    settle(model, change, name, version, position).await
}

async fn settle(
    model: &PostgresReadModel,
    change: &'static str,
    name: &str,
    version: u32,
    position: Position,
) -> Result<bool, Failure> {
    let mut transaction = model.change().await?;
    let done = sqlx::query(change)
        .bind(name)
        .bind(i64::from(version))
        .bind(bigint(position))
        .persistent(false)
        .execute(transaction.raw())
        .await?;
    transaction.finish().await?;
    Ok(done.rows_affected() == 1)
}

/// The lease's row, locked, so that nobody takes it over before the transaction ends; nothing when it is lost.
const HELD: &str = "WITH lease AS (SELECT FROM factos_projections.versions WHERE name = $1 AND version = $2 \
     AND token = $3 AND phase IN ('new', 'building', 'live') FOR UPDATE) ";

pub(super) async fn park(
    connection: &mut PgConnection,
    lease: &Lease,
    parked: &Parked,
) -> Result<(), Failure> {
    let statement = format!(
        "{HELD} INSERT INTO factos_projections.parked \
         (name, version, position, event, type, error, attempts, at, retry) \
         SELECT $1, $2, $4, $5, $6, $7, $8, $9, $10 FROM lease ON CONFLICT (name, version, position) \
         DO UPDATE SET error = excluded.error, attempts = excluded.attempts, at = excluded.at, retry = false"
    );
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(&lease.name)
        .bind(i64::from(lease.version))
        .bind(lease.token)
        .bind(bigint(parked.position))
        .bind(Uuid::from(parked.event))
        .bind(parked.event_type.as_str())
        // PostgreSQL's text holds everything else.
        .bind(parked.error.replace('\0', "\u{fffd}"))
        .bind(i64::from(parked.attempts))
        .bind(Micros(parked.at))
        .bind(parked.is_to_retry)
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn unpark(
    connection: &mut PgConnection,
    lease: &Lease,
    position: Position,
) -> Result<bool, Failure> {
    let statement = format!(
        "{HELD} DELETE FROM factos_projections.parked WHERE name = $1 AND version = $2 AND position = $4 \
         AND EXISTS (SELECT FROM lease)"
    );
    let done = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(&lease.name)
        .bind(i64::from(lease.version))
        .bind(lease.token)
        .bind(bigint(position))
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
