//! Tasks: what a version has to do at a time, and who has taken it.

use factos_core::read_model::{Task, TaskHolder};
use factos_core::{EventId, Position, Timestamp};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::model::SqliteReadModel;
use super::rows::id;
use crate::read_model::{Failure, Taking, bigint, number};

type Listed = (String, i64, Vec<u8>, String, i64);

/// By the first entry of the index `factos_tasks_due`.
const NEXT: &str = "SELECT min(due) FROM factos_tasks WHERE name = ?1 AND version = ?2";

/// In the order of the index `factos_tasks_due`.
macro_rules! due {
    () => {
        "FROM factos_tasks WHERE name = ?1 AND version = ?2 AND due <= ?3 \
         ORDER BY due, position, key LIMIT ?4 + 0"
    };
}

const DUE: &str = concat!("SELECT key, attempts, event, payload, position ", due!());

const TAKE: &str = concat!(
    "UPDATE factos_tasks SET due = ?5, token = ?6, attempts = min(attempts + 1, 4294967295) \
     WHERE name = ?1 AND version = ?2 AND key IN (SELECT key ",
    due!(),
    ")"
);

pub(super) async fn next(
    model: &SqliteReadModel,
    name: &str,
    version: u32,
) -> Result<Option<Timestamp>, Failure> {
    let due: Option<i64> = sqlx::query_scalar(NEXT)
        .bind(name)
        .bind(version)
        .fetch_one(&mut *model.connection().await?)
        .await?;
    Ok(due.map(Timestamp::from_micros))
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    (name, version): (&str, u32),
    task: &Task,
) -> Result<(), Failure> {
    task.check()?;
    sqlx::query(
        "INSERT INTO factos_tasks (name, version, key, due, token, attempts, position, event, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (name, version, key) DO UPDATE SET \
         due = excluded.due, token = excluded.token, attempts = excluded.attempts, \
         position = excluded.position, event = excluded.event, payload = excluded.payload",
    )
    .bind(name)
    .bind(version)
    .bind(&task.key)
    .bind(task.due.as_micros())
    .bind(task.token.as_ref().map(|token| &token.as_bytes()[..]))
    .bind(task.attempts)
    .bind(bigint(task.position))
    .bind(&task.event.as_bytes()[..])
    .bind(&task.payload)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn take(
    connection: &mut SqliteConnection,
    (name, version): (&str, u32),
    taking: Taking,
) -> Result<Vec<Task>, Failure> {
    let rows: Vec<Listed> = sqlx::query_as(DUE)
        .bind(name)
        .bind(version)
        .bind(taking.now.as_micros())
        .bind(taking.most)
        .fetch_all(&mut *connection)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    // The same ones: nobody else writes.
    sqlx::query(TAKE)
        .bind(name)
        .bind(version)
        .bind(taking.now.as_micros())
        .bind(taking.most)
        .bind(taking.until.as_micros())
        .bind(&taking.token.as_bytes()[..])
        .execute(connection)
        .await?;
    let task = |(key, attempts, event, payload, position): Listed| {
        Ok(Task {
            key,
            due: taking.until,
            token: Some(taking.token),
            attempts: number::<u32>(attempts)?.saturating_add(1),
            position: Position::new(number(position)?),
            event: EventId::from_bytes(id(&event)?),
            payload,
        })
    };
    rows.into_iter().map(task).collect()
}

pub(super) async fn move_to(
    connection: &mut SqliteConnection,
    (name, version): (&str, u32),
    key: &str,
    holder: TaskHolder,
    due: Timestamp,
) -> Result<bool, Failure> {
    let done = sqlx::query(
        "UPDATE factos_tasks SET due = ?6, token = NULL \
         WHERE name = ?1 AND version = ?2 AND key = ?3 AND token = ?4 AND due > ?5",
    )
    .bind(name)
    .bind(version)
    .bind(key)
    .bind(&holder.token.as_bytes()[..])
    .bind(holder.now.as_micros())
    .bind(due.as_micros())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn remove(
    connection: &mut SqliteConnection,
    (name, version): (&str, u32),
    key: &str,
    holder: Option<TaskHolder>,
) -> Result<bool, Failure> {
    let token: Option<Uuid> = holder.map(|holder| holder.token);
    let done = sqlx::query(
        "DELETE FROM factos_tasks \
         WHERE name = ?1 AND version = ?2 AND key = ?3 AND (?4 IS NULL OR token = ?4 AND due > ?5)",
    )
    .bind(name)
    .bind(version)
    .bind(key)
    .bind(token.as_ref().map(|token| &token.as_bytes()[..]))
    .bind(holder.map(|holder| holder.now.as_micros()))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use sqlx::AssertSqlSafe;

    use super::*;

    #[tokio::test]
    async fn tasks_are_found_by_their_index() -> Result<(), Box<dyn Error>> {
        let model = SqliteReadModel::in_memory().await?;
        let due =
            "SEARCH factos_tasks USING INDEX factos_tasks_due (name=? AND version=? AND due<?)";
        let keys = "SEARCH factos_tasks USING COVERING INDEX factos_tasks_due (name=? AND version=? AND due<?)";
        let own = "SEARCH factos_tasks USING PRIMARY KEY (name=? AND version=? AND key=?)";
        let next =
            "SEARCH factos_tasks USING COVERING INDEX factos_tasks_due (name=? AND version=?)";
        for (statement, searches) in [
            (DUE, vec![due]),
            (TAKE, vec![own, "LIST SUBQUERY 1", keys]),
            (NEXT, vec![next]),
        ] {
            let explain = format!("EXPLAIN QUERY PLAN {statement}");
            let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(AssertSqlSafe(explain))
                .fetch_all(model.pool())
                .await?;
            let lines: Vec<&str> = plan.iter().map(|line| line.3.as_str()).collect();
            // The keys may be put into a Bloom filter besides.
            let lines: Vec<&str> = lines
                .into_iter()
                .filter(|line| *line != "CREATE BLOOM FILTER")
                .collect();
            assert_eq!(lines, searches);
        }
        Ok(())
    }
}
