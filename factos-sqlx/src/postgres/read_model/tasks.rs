//! Tasks: what a version has to do at a time, and who has taken it.

use factos_core::read_model::{Task, TaskHolder};
use factos_core::{EventId, Position, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::{PostgresReadModel, Prepares};
use crate::read_model::{Failure, Taking, bigint, number};

type Taken = (String, i64, i64, Uuid, String);

/// By the first entry of the index `tasks_due`.
const NEXT: &str =
    "SELECT pg_catalog.min(due) FROM factos_projections.tasks WHERE name = $1 AND version = $2";

/// In the order of the index `tasks_due`. What somebody else takes at this moment is passed over; what they have just
/// taken is looked at again once it is locked, and is not due any more.
const TAKE: &str = "WITH chosen AS ( \
     SELECT key, due FROM factos_projections.tasks WHERE name = $1 AND version = $2 AND due <= $3 \
     ORDER BY due, position, key LIMIT $4 FOR UPDATE SKIP LOCKED), \
     taken AS ( \
     UPDATE factos_projections.tasks t SET due = $5, token = $6, attempts = least(t.attempts + 1, 4294967295) \
     FROM chosen WHERE t.name = $1 AND t.version = $2 AND t.key = chosen.key \
     RETURNING t.key, t.attempts, t.position, t.event, t.payload, chosen.due AS since) \
     SELECT key, attempts, position, event, payload FROM taken ORDER BY since, position, key";

pub(super) async fn next(
    model: &PostgresReadModel,
    name: &str,
    version: u32,
) -> Result<Option<Timestamp>, Failure> {
    let mut transaction = model.look().await?;
    let due: Option<i64> = sqlx::query_scalar(NEXT)
        .bind(name)
        .bind(i64::from(version))
        .persistent(false)
        .fetch_one(transaction.raw())
        .await?;
    transaction.finish().await?;
    Ok(due.map(Timestamp::from_micros))
}

pub(super) async fn put(
    connection: &mut PgConnection,
    (name, version): (&str, u32),
    task: &Task,
    prepares: Prepares,
) -> Result<(), Failure> {
    task.check()?;
    sqlx::query(
        "INSERT INTO factos_projections.tasks \
         (name, version, key, due, token, attempts, position, event, payload) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name, version, key) DO UPDATE SET \
         due = excluded.due, token = excluded.token, attempts = excluded.attempts, \
         position = excluded.position, event = excluded.event, payload = excluded.payload",
    )
    .bind(name)
    .bind(i64::from(version))
    .bind(&task.key)
    .bind(task.due.as_micros())
    .bind(task.token)
    .bind(i64::from(task.attempts))
    .bind(bigint(task.position))
    .bind(Uuid::from(task.event))
    .bind(&task.payload)
    .persistent(prepares == Prepares::Yes)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn take(
    connection: &mut PgConnection,
    (name, version): (&str, u32),
    taking: Taking,
    prepares: Prepares,
) -> Result<Vec<Task>, Failure> {
    let rows: Vec<Taken> = sqlx::query_as(TAKE)
        .bind(name)
        .bind(i64::from(version))
        .bind(taking.now.as_micros())
        .bind(i64::from(taking.most))
        .bind(taking.until.as_micros())
        .bind(taking.token)
        .persistent(prepares == Prepares::Yes)
        .fetch_all(connection)
        .await?;
    let task = |(key, attempts, position, event, payload): Taken| {
        Ok(Task {
            key,
            due: taking.until,
            token: Some(taking.token),
            attempts: number(attempts)?,
            position: Position::new(number(position)?),
            event: EventId::from(event),
            payload,
        })
    };
    rows.into_iter().map(task).collect()
}

pub(super) async fn move_to(
    connection: &mut PgConnection,
    (name, version): (&str, u32),
    key: &str,
    holder: TaskHolder,
    due: Timestamp,
    prepares: Prepares,
) -> Result<bool, Failure> {
    let done = sqlx::query(
        "UPDATE factos_projections.tasks SET due = $6, token = NULL \
         WHERE name = $1 AND version = $2 AND key = $3 AND token = $4 AND due > $5",
    )
    .bind(name)
    .bind(i64::from(version))
    .bind(searched(key))
    .bind(holder.token)
    .bind(holder.now.as_micros())
    .bind(due.as_micros())
    .persistent(prepares == Prepares::Yes)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn remove(
    connection: &mut PgConnection,
    (name, version): (&str, u32),
    key: &str,
    holder: Option<TaskHolder>,
    prepares: Prepares,
) -> Result<bool, Failure> {
    let done = sqlx::query(
        "DELETE FROM factos_projections.tasks \
         WHERE name = $1 AND version = $2 AND key = $3 AND ($4::uuid IS NULL OR token = $4 AND due > $5)",
    )
    .bind(name)
    .bind(i64::from(version))
    .bind(searched(key))
    .bind(holder.map(|holder| holder.token))
    .bind(holder.map(|holder| holder.now.as_micros()))
    .persistent(prepares == Prepares::Yes)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A key as PostgreSQL can be asked for it; no task has the key of nothing.
fn searched(key: &str) -> &str {
    if key.contains('\0') { "" } else { key }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use factos_test_server::Server;
    use sqlx::AssertSqlSafe;

    use super::*;

    #[tokio::test]
    async fn tasks_are_found_by_their_index() -> Result<(), Box<dyn Error>> {
        let model = PostgresReadModel::open(&Server::shared().database()).await?;
        sqlx::raw_sql(
            "INSERT INTO factos_projections.tasks SELECT 'a', 1, n::text, n, NULL, 0, n, gen_random_uuid(), '' \
             FROM generate_series(1, 5000) n; ANALYZE factos_projections.tasks",
        )
        .execute(model.pool())
        .await?;
        let explain = format!("EXPLAIN {TAKE}");
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
            .bind("a")
            .bind(1_i64)
            .bind(4_000_i64)
            .bind(10_i64)
            .bind(9_000_i64)
            .bind(Uuid::now_v7())
            .fetch_all(model.pool())
            .await?;
        let plan = plan.join("\n");
        assert!(plan.contains("Index Scan using tasks_due"), "{plan}");
        assert!(plan.contains("Index Scan using tasks_pkey"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
        // What was taken, and nothing else.
        assert_eq!(plan.matches("Sort Key").count(), 1, "{plan}");

        let explain = format!("EXPLAIN {NEXT}");
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
            .bind("a")
            .bind(1_i64)
            .fetch_all(model.pool())
            .await?;
        let plan = plan.join("\n");
        assert!(plan.contains("Index Only Scan using tasks_due"), "{plan}");
        Ok(())
    }
}
