//! Leases: who runs a version, and how far it has come.

use std::time::Duration;

use factos_core::read_model::{Claim, Consumer, Lease, Renewal};
use factos_core::{Checkpoint, Position};
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::{PostgresReadModel, Prepares};
use super::rows::checkpoint;
use crate::read_model::{Failure, bigint, micros, number, phase};

/// Takes the lease, if it is free. It waits for no row: one that is locked belongs to somebody who runs the version.
pub(super) async fn claim(
    model: &PostgresReadModel,
    consumer: &Consumer,
    owner: Uuid,
    time: Duration,
) -> Result<Claim, Failure> {
    let mut transaction = model.look().await?;
    if let Some(refused) = refusal(transaction.raw(), consumer, owner).await? {
        return Ok(refused);
    }
    transaction.finish().await?;

    let mut transaction = model.change().await?;
    make_known(transaction.raw(), consumer).await?;
    if let Some(position) = held_by_another(transaction.raw(), consumer).await? {
        return Ok(Claim::Taken { position });
    }
    if let Some(refused) = refusal(transaction.raw(), consumer, owner).await? {
        return Ok(refused);
    }
    let held = take(transaction.raw(), consumer, owner, time).await?;
    transaction.finish().await?;
    Ok(held)
}

/// Why the lease cannot be taken.
async fn refusal(
    connection: &mut PgConnection,
    consumer: &Consumer,
    owner: Uuid,
) -> Result<Option<Claim>, Failure> {
    let (live, taken): (Option<i64>, Option<i64>) = sqlx::query_as(
        "SELECT \
         (SELECT version FROM factos_projections.versions WHERE name = $1 AND version > $2 AND phase = 'live'), \
         (SELECT position FROM factos_projections.versions \
         WHERE name = $1 AND version = $2 AND owner IS DISTINCT FROM $3 \
         AND leased_until > pg_catalog.clock_timestamp())",
    )
    .bind(&consumer.name)
    .bind(i64::from(consumer.version))
    .bind(owner)
    .persistent(false)
    .fetch_one(connection)
    .await?;
    Ok(match (live, taken) {
        (Some(by), _) => Some(Claim::Superseded { by: number(by)? }),
        (None, Some(position)) => {
            let position = Position::new(number(position)?);
            Some(Claim::Taken { position })
        }
        (None, None) => None,
    })
}

/// Puts a version down that is not known yet. To insert one that is there would wait for whoever has its row.
async fn make_known(connection: &mut PgConnection, consumer: &Consumer) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO factos_projections.versions \
         (name, version, phase, tables, log, position, event, token, leased_until) \
         SELECT $1, $2, 'new', $3, $4, $5, $6, 0, '-infinity' \
         WHERE NOT EXISTS (SELECT FROM factos_projections.versions WHERE name = $1 AND version = $2) \
         ON CONFLICT (name, version) DO NOTHING",
    )
    .bind(&consumer.name)
    .bind(i64::from(consumer.version))
    .bind(&consumer.tables)
    .bind(Uuid::from(consumer.start.log))
    .bind(bigint(consumer.start.position))
    .bind(consumer.start.event.map(Uuid::from))
    .persistent(false)
    .execute(connection)
    .await?;
    Ok(())
}

/// How far the version has come, if somebody has its row; otherwise the row is locked from now on.
async fn held_by_another(
    connection: &mut PgConnection,
    consumer: &Consumer,
) -> Result<Option<Position>, Failure> {
    let locked: Option<i64> = sqlx::query_scalar(
        "SELECT position FROM factos_projections.versions WHERE name = $1 AND version = $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(&consumer.name)
    .bind(i64::from(consumer.version))
    .persistent(false)
    .fetch_optional(&mut *connection)
    .await?;
    if locked.is_some() {
        return Ok(None);
    }
    let position: Option<i64> = sqlx::query_scalar(
        "SELECT position FROM factos_projections.versions WHERE name = $1 AND version = $2",
    )
    .bind(&consumer.name)
    .bind(i64::from(consumer.version))
    .persistent(false)
    .fetch_optional(connection)
    .await?;
    Ok(Some(Position::new(number(position.unwrap_or(0))?)))
}

/// Takes a lease that is free. A version that is forgotten begins anew; a retired one, above which none is live any more,
/// goes on where it was.
///
/// The time in the token keeps it rising where an earlier state of the database was restored.
async fn take(
    connection: &mut PgConnection,
    consumer: &Consumer,
    owner: Uuid,
    time: Duration,
) -> Result<Claim, Failure> {
    let (name, log, position, event, token): (String, Uuid, i64, Option<Uuid>, i64) = sqlx::query_as(
        "UPDATE factos_projections.versions SET \
         phase = CASE phase WHEN 'forgotten' THEN 'new' WHEN 'retired' THEN 'building' ELSE phase END, \
         tables = CASE phase WHEN 'forgotten' THEN $3 ELSE tables END, \
         schema = CASE phase WHEN 'forgotten' THEN NULL ELSE schema END, \
         log = CASE phase WHEN 'forgotten' THEN $4 ELSE log END, \
         position = CASE phase WHEN 'forgotten' THEN $5 ELSE position END, \
         event = CASE phase WHEN 'forgotten' THEN $6 ELSE event END, \
         owner = $7, \
         token = greatest(token + 1, (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint), \
         leased_until = pg_catalog.clock_timestamp() + $8 * interval '1 microsecond' \
         WHERE name = $1 AND version = $2 RETURNING phase, log, position, event, token",
    )
    .bind(&consumer.name)
    .bind(i64::from(consumer.version))
    .bind(&consumer.tables)
    .bind(Uuid::from(consumer.start.log))
    .bind(bigint(consumer.start.position))
    .bind(consumer.start.event.map(Uuid::from))
    .bind(owner)
    .bind(duration(time))
    .persistent(false)
    .fetch_one(connection)
    .await?;
    let lease = Lease {
        name: consumer.name.clone(),
        version: consumer.version,
        token,
        time,
    };
    Ok(Claim::Held {
        lease,
        checkpoint: checkpoint(log, position, event)?,
        phase: phase(&name)?,
    })
}

pub(super) async fn renew(model: &PostgresReadModel, lease: &Lease) -> Result<Renewal, Failure> {
    let mut transaction = model.apply_own().await?;
    let renewed: Option<(i64, bool)> = sqlx::query_as(
        "UPDATE factos_projections.versions SET leased_until = pg_catalog.clock_timestamp() + $4 * interval '1 microsecond' \
         WHERE name = $1 AND version = $2 AND token = $3 AND phase IN ('new', 'building', 'live') \
         RETURNING position, EXISTS (SELECT FROM factos_projections.parked p WHERE p.name = $1 AND p.version = $2 AND p.retry)",
    )
    .bind(&lease.name)
    .bind(i64::from(lease.version))
    .bind(lease.token)
    .bind(duration(lease.time))
    .persistent(model.prepares() == Prepares::Yes)
    .fetch_optional(transaction.raw())
    .await?;
    transaction.finish().await?;
    Ok(match renewed {
        Some((position, retries)) => Renewal::Held {
            position: Position::new(number(position)?),
            retries,
        },
        None => Renewal::Lost,
    })
}

/// Gives the lease back, and makes it void: whoever still has it must not write any more.
pub(super) async fn release(model: &PostgresReadModel, lease: &Lease) -> Result<(), Failure> {
    let mut transaction = model.change().await?;
    sqlx::query(
        "UPDATE factos_projections.versions SET token = token + 1, leased_until = '-infinity' \
         WHERE name = $1 AND version = $2 AND token = $3",
    )
    .bind(&lease.name)
    .bind(i64::from(lease.version))
    .bind(lease.token)
    .persistent(false)
    .execute(transaction.raw())
    .await?;
    transaction.finish().await
}

pub(super) async fn advance(
    connection: &mut PgConnection,
    lease: &Lease,
    from: Position,
    to: Checkpoint,
    prepares: Prepares,
) -> Result<bool, Failure> {
    let done = sqlx::query(
        "UPDATE factos_projections.versions SET position = $6, event = $7, \
         leased_until = pg_catalog.clock_timestamp() + $8 * interval '1 microsecond' \
         WHERE name = $1 AND version = $2 AND token = $3 AND phase IN ('new', 'building', 'live') \
         AND position = $4 AND log = $5",
    )
    .bind(&lease.name)
    .bind(i64::from(lease.version))
    .bind(lease.token)
    .bind(bigint(from))
    .bind(Uuid::from(to.log))
    .bind(bigint(to.position))
    .bind(to.event.map(Uuid::from))
    .bind(duration(lease.time))
    .persistent(prepares == Prepares::Yes)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Microseconds, to be multiplied with an interval.
#[expect(
    clippy::cast_precision_loss,
    reason = "a lease of a hundred years is as good to the second"
)]
fn duration(time: Duration) -> f64 {
    micros(time) as f64
}
