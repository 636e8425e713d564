//! Leases: who runs a version, and how far it has come.

use std::time::Duration;

use factos_core::read_model::{Claim, Consumer, Lease, Renewal};
use factos_core::{Checkpoint, Position};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::model::SqliteReadModel;
use super::rows::{checkpoint, column, now};
use crate::read_model::{Failure, bigint, micros, number, phase};

/// Takes the lease, if it is free. Only then it waits for the file's writer.
pub(super) async fn claim(
    model: &SqliteReadModel,
    consumer: &Consumer,
    owner: Uuid,
    time: Duration,
) -> Result<Claim, Failure> {
    if let Some(refused) = refusal(&mut *model.connection().await?, consumer, owner).await? {
        return Ok(refused);
    }
    let mut transaction = model.write().await?;
    if let Some(refused) = refusal(transaction.raw(), consumer, owner).await? {
        return Ok(refused);
    }
    let held = take(transaction.raw(), consumer, owner, time).await?;
    transaction.finish().await?;
    Ok(held)
}

/// Why the lease cannot be taken.
async fn refusal(
    connection: &mut SqliteConnection,
    consumer: &Consumer,
    owner: Uuid,
) -> Result<Option<Claim>, Failure> {
    let (live, taken): (Option<i64>, Option<i64>) = sqlx::query_as(concat!(
        "SELECT \
         (SELECT version FROM factos_projections WHERE name = ?1 AND version > ?2 AND phase = 'live'), \
         (SELECT position FROM factos_projections WHERE name = ?1 AND version = ?2 AND owner IS NOT ?3 \
         AND leased_until > ",
        now!(),
        ")"
    ))
    .bind(&consumer.name)
    .bind(consumer.version)
    .bind(&owner.as_bytes()[..])
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

type Taken = (String, Vec<u8>, i64, Option<Vec<u8>>, i64);

/// Takes a lease that is free. A version that is forgotten begins anew; a retired one, above which none is live any more,
/// goes on where it was.
///
/// The time in the token keeps it rising where an earlier state of the file was restored.
async fn take(
    connection: &mut SqliteConnection,
    consumer: &Consumer,
    owner: Uuid,
    time: Duration,
) -> Result<Claim, Failure> {
    let (phase_name, log, position, event, token): Taken = sqlx::query_as(concat!(
        "INSERT INTO factos_projections AS p \
         (name, version, phase, tables, log, position, event, owner, token, leased_until) \
         VALUES (?1, ?2, 'new', ?3, ?4, ?5, ?6, ?7, ",
        now!(),
        ", ",
        now!(),
        " + ?8) ON CONFLICT (name, version) DO UPDATE SET \
         phase = CASE p.phase WHEN 'forgotten' THEN 'new' WHEN 'retired' THEN 'building' ELSE p.phase END, \
         tables = CASE p.phase WHEN 'forgotten' THEN excluded.tables ELSE p.tables END, \
         log = CASE p.phase WHEN 'forgotten' THEN excluded.log ELSE p.log END, \
         position = CASE p.phase WHEN 'forgotten' THEN excluded.position ELSE p.position END, \
         event = CASE p.phase WHEN 'forgotten' THEN excluded.event ELSE p.event END, \
         owner = excluded.owner, token = max(p.token + 1, excluded.token), leased_until = excluded.leased_until \
         RETURNING phase, log, position, event, token"
    ))
    .bind(&consumer.name)
    .bind(consumer.version)
    .bind(column(consumer.tables.iter().map(String::as_str)))
    .bind(&consumer.start.log.as_bytes()[..])
    .bind(bigint(consumer.start.position))
    .bind(consumer.start.event.as_ref().map(|event| &event.as_bytes()[..]))
    .bind(&owner.as_bytes()[..])
    .bind(micros(time))
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
        checkpoint: checkpoint(&log, position, event.as_deref())?,
        phase: phase(&phase_name)?,
    })
}

pub(super) async fn renew(model: &SqliteReadModel, lease: &Lease) -> Result<Renewal, Failure> {
    let mut transaction = model.write().await?;
    let renewed: Option<(i64, bool)> = sqlx::query_as(concat!(
        "UPDATE factos_projections AS p SET leased_until = ",
        now!(),
        " + ?4 WHERE name = ?1 AND version = ?2 AND token = ?3 AND phase IN ('new', 'building', 'live') \
         RETURNING position, EXISTS (SELECT 1 FROM factos_parked_events AS e \
         WHERE e.name = ?1 AND e.version = ?2 AND e.retry = 1)"
    ))
    .bind(&lease.name)
    .bind(lease.version)
    .bind(lease.token)
    .bind(micros(lease.time))
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
pub(super) async fn release(model: &SqliteReadModel, lease: &Lease) -> Result<(), Failure> {
    let release = async |connection: &mut SqliteConnection| {
        let done = sqlx::query(
            "UPDATE factos_projections SET token = token + 1, leased_until = 0 \
             WHERE name = ?1 AND version = ?2 AND token = ?3",
        )
        .bind(&lease.name)
        .bind(lease.version)
        .bind(lease.token)
        .execute(connection)
        .await?;
        Ok(done.rows_affected())
    };
    model.change(release).await?;
    Ok(())
}

pub(super) async fn advance(
    connection: &mut SqliteConnection,
    lease: &Lease,
    from: Position,
    to: Checkpoint,
) -> Result<bool, Failure> {
    let done = sqlx::query(concat!(
        "UPDATE factos_projections SET position = ?6, event = ?7, leased_until = ",
        now!(),
        " + ?8 WHERE name = ?1 AND version = ?2 AND token = ?3 AND phase IN ('new', 'building', 'live') \
         AND position = ?4 AND log = ?5"
    ))
    .bind(&lease.name)
    .bind(lease.version)
    .bind(lease.token)
    .bind(bigint(from))
    .bind(&to.log.as_bytes()[..])
    .bind(bigint(to.position))
    .bind(to.event.as_ref().map(|event| &event.as_bytes()[..]))
    .bind(micros(lease.time))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
