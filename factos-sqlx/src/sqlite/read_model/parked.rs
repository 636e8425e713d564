//! Parked events: those that a version could not apply, and has passed over.

use factos_core::read_model::{Lease, Parked};
use factos_core::{EventId, EventType, Position, Timestamp};
use sqlx::SqliteConnection;

use super::model::SqliteReadModel;
use super::rows::{held, id};
use crate::read_model::{Failure, bigint, corrupt, number};

type Listed = (i64, Vec<u8>, String, String, i64, i64, bool);

pub(super) async fn list(
    model: &SqliteReadModel,
    name: &str,
    version: u32,
) -> Result<Vec<Parked>, Failure> {
    let rows: Vec<Listed> = sqlx::query_as(
        "SELECT position, event, type, error, attempts, at, retry = 1 FROM factos_parked_events \
         WHERE name = ?1 AND version = ?2 ORDER BY position",
    )
    .bind(name)
    .bind(version)
    .fetch_all(&mut *model.connection().await?)
    .await?;
    let parked = |(position, event, name, error, attempts, at, is_to_retry): Listed| {
        let event_type = EventType::new(name);
        Ok(Parked {
            position: Position::new(number(position)?),
            event: EventId::from_bytes(id(&event)?),
            event_type: event_type.map_err(|wrong| corrupt(wrong.to_string()))?,
            error,
            attempts: number(attempts)?,
            at: Timestamp::from_micros(at),
            is_to_retry,
        })
    };
    rows.into_iter().map(parked).collect()
}

pub(super) async fn retry(
    model: &SqliteReadModel,
    name: &str,
    version: u32,
    position: Position,
) -> Result<bool, Failure> {
    let change = "UPDATE factos_parked_events SET retry = 1 WHERE name = ?1 AND version = ?2 AND position = ?3";
    settle(model, change, name, version, position).await
}

pub(super) async fn drop(
    model: &SqliteReadModel,
    name: &str,
    version: u32,
    position: Position,
) -> Result<bool, Failure> {
    let change =
        "DELETE FROM factos_parked_events WHERE name = ?1 AND version = ?2 AND position = ?3";
    settle(model, change, name, version, position).await
}

async fn settle(
    model: &SqliteReadModel,
    change: &'static str,
    name: &str,
    version: u32,
    position: Position,
) -> Result<bool, Failure> {
    let change = async |connection: &mut SqliteConnection| {
        let query = sqlx::query(change).bind(name).bind(version);
        let done = query.bind(bigint(position)).execute(connection).await?;
        Ok(done.rows_affected())
    };
    Ok(model.change(change).await? == 1)
}

pub(super) async fn park(
    connection: &mut SqliteConnection,
    lease: &Lease,
    parked: &Parked,
) -> Result<(), Failure> {
    if held(connection, lease).await?.is_none() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO factos_parked_events (name, version, position, event, type, error, attempts, at, retry) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (name, version, position) \
         DO UPDATE SET error = excluded.error, attempts = excluded.attempts, at = excluded.at, retry = 0",
    )
    .bind(&lease.name)
    .bind(lease.version)
    .bind(bigint(parked.position))
    .bind(&parked.event.as_bytes()[..])
    .bind(parked.event_type.as_str())
    .bind(&parked.error)
    .bind(parked.attempts)
    .bind(parked.at.as_micros())
    .bind(parked.is_to_retry)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn unpark(
    connection: &mut SqliteConnection,
    lease: &Lease,
    position: Position,
) -> Result<bool, Failure> {
    if held(connection, lease).await?.is_none() {
        return Ok(false);
    }
    let done = sqlx::query(
        "DELETE FROM factos_parked_events WHERE name = ?1 AND version = ?2 AND position = ?3",
    )
    .bind(&lease.name)
    .bind(lease.version)
    .bind(bigint(position))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
