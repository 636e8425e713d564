//! What is PostgreSQL's own: locks, grants, what depends on views, settings of transactions.

use std::error::Error;
use std::time::Duration;

use factos_core::read_model::{Claim, GoLive, Phase, ReadModel, ReadModelTransaction};
use factos_core::store::StoreError;
use factos_core::{Position, Timestamp};
use factos_sqlx::{PostgresReadModel, PostgresStore};
use factos_test_server::{Server, Settings, as_user, unique};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::support::*;
use crate::tasks::{put, take, task};

#[tokio::test]
async fn a_claim_waits_for_nobody() -> TestResult {
    let database = Postgres::new();
    let (one, other) = (database.open().await?, database.open().await?);
    let mut lease = ready::<Postgres>(&one, 1).await?;
    lease.time = Duration::ZERO;
    one.renew(&lease).await?;
    let mut hanging = one.begin(PATIENCE).await?;
    assert!(hanging.advance(&lease, Position::START, at(1)).await?);
    // The lease has run out, but not what was written under it.
    let taken = claim(&other, 1, LONG).await?;
    let start = Position::START;
    assert_eq!(taken, Claim::Taken { position: start });
    hanging.roll_back().await?;
    take_over(&other, 1).await?;
    Ok(())
}

#[tokio::test]
async fn rows_do_not_wait_for_the_disk_and_leases_do() -> TestResult {
    let database = Postgres::new();
    let model = database.open().await?;
    let mut transaction = model.begin(PATIENCE).await?;
    let mut show = async |setting: &str| -> Result<String, sqlx::Error> {
        let show = format!("SELECT current_setting('{setting}')");
        let connection = transaction.connection();
        sqlx::query_scalar(AssertSqlSafe(show))
            .fetch_one(connection)
            .await
    };
    assert_eq!(show("synchronous_commit").await?, "off");
    assert_eq!(show("idle_in_transaction_session_timeout").await?, "1min");
    assert_eq!(show("transaction_isolation").await?, "read committed");
    drop(transaction);
    // Nothing of it is left in the session.
    let after: String = sqlx::query_scalar("SELECT current_setting('synchronous_commit')")
        .fetch_one(model.pool())
        .await?;
    assert_eq!(after, "on");
    Ok(())
}

/// A process goes by the phase that it was answered, also when the server was restarted since.
#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_version_outlives_a_crash() -> TestResult {
    let server = Server::start(Settings::new());
    let database = Postgres(server.database());
    let model = database.open().await?;
    let crash = || {
        server.kill();
        server.restart();
    };
    let phase = async |number| -> Result<Phase, Box<dyn Error>> {
        tokio::task::block_in_place(crash);
        Ok(version(&database.open().await?, number).await?.phase)
    };
    ready::<Postgres>(&model, 1).await?;
    assert_eq!(phase(1).await?, Phase::Live);

    let model = database.open().await?;
    let lease = ready::<Postgres>(&model, 2).await?;
    assert_eq!(phase(2).await?, Phase::Building);

    let model = database.open().await?;
    let mut transaction = model.begin(PATIENCE).await?;
    let went = transaction.go_live(&lease, &tables(2)).await?;
    assert_eq!(went, GoLive::Live);
    transaction.commit().await?;
    assert_eq!(phase(2).await?, Phase::Live);
    Ok(())
}

async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    PgConnection::connect(url).await
}

async fn run(connection: &mut PgConnection, statement: &str) -> TestResult {
    Ok(Postgres::run(connection, statement).await?)
}

#[tokio::test]
async fn views_keep_their_grants_and_what_depends_on_them() -> TestResult {
    let url = Server::shared().database();
    let user = unique("factos_reader");
    Server::shared().create_user(&user, "secret");
    let model = PostgresReadModel::open(&url).await?;
    ready::<Postgres>(&model, 1).await?;
    let mut owner = connect(&url).await?;
    run(
        &mut owner,
        &format!("GRANT SELECT ON courses TO {user} WITH GRANT OPTION"),
    )
    .await?;
    run(
        &mut owner,
        "CREATE VIEW last_course AS SELECT max(id) AS id FROM courses",
    )
    .await?;

    let read = async || -> Result<i64, sqlx::Error> {
        let mut reader = connect(&as_user(&url, &user, "secret")).await?;
        sqlx::query_scalar("SELECT count(*) FROM courses")
            .fetch_one(&mut reader)
            .await
    };
    let second = ready::<Postgres>(&model, 2).await?;
    let mut transaction = model.begin(PATIENCE).await?;
    assert_eq!(
        transaction.go_live(&second, &tables(2)).await?,
        GoLive::Live
    );
    transaction.commit().await?;
    assert_eq!(read().await?, 0);
    assert!(apply::<Postgres>(&model, &second, 1).await?);
    assert_eq!(read().await?, 1);
    assert_eq!(
        Postgres::number(&model, "SELECT id FROM last_course").await?,
        1
    );

    // A table with other columns takes another view, with the same grants.
    run(&mut owner, "DROP VIEW last_course").await?;
    let (third, ..) = lease(&model, 3).await?;
    let mut transaction = model.begin(PATIENCE).await?;
    run(
        transaction.connection(),
        "CREATE TABLE courses_v3 (title text)",
    )
    .await?;
    transaction.set_up(&third, &tables(3)).await?;
    transaction.advance(&third, Position::START, at(1)).await?;
    assert_eq!(transaction.go_live(&third, &tables(3)).await?, GoLive::Live);
    transaction.commit().await?;
    assert_eq!(read().await?, 0);
    let granted = "SELECT count(*) FROM information_schema.role_table_grants \
                   WHERE table_name = 'courses' AND is_grantable = 'YES' AND grantee <> grantor";
    assert_eq!(Postgres::number(&model, granted).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_long_reader_does_not_hold_others_up() -> TestResult {
    let database = Postgres::new();
    let model = database.open().await?;
    ready::<Postgres>(&model, 1).await?;
    let second = ready::<Postgres>(&model, 2).await?;
    let mut reader = connect(&database.0).await?;
    run(&mut reader, "BEGIN; SELECT * FROM courses").await?;

    let mut transaction = model.begin(PATIENCE).await?;
    let refused = transaction.go_live(&second, &tables(2)).await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    transaction.roll_back().await?;
    run(&mut reader, "ROLLBACK").await?;
    let mut transaction = model.begin(PATIENCE).await?;
    assert_eq!(
        transaction.go_live(&second, &tables(2)).await?,
        GoLive::Live
    );
    transaction.commit().await?;

    run(&mut reader, "BEGIN; SELECT * FROM courses_v1").await?;
    let refused = model.drop_retired("course_list").await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    run(&mut reader, "ROLLBACK").await?;
    model.drop_retired("course_list").await?;
    assert_eq!(model.versions("course_list").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn it_lives_beside_the_log_and_in_any_schema() -> TestResult {
    let url = Server::shared().database();
    PostgresStore::open(&url).await?;
    let mut owner = connect(&url).await?;
    run(&mut owner, "CREATE SCHEMA \"My models\"").await?;
    let elsewhere = format!("{url}?options=-c%20search_path%3D%22My%5C%20models%22");
    let model = PostgresReadModel::open(&elsewhere).await?;
    ready::<Postgres>(&model, 1).await?;
    let there = "SELECT count(*) FROM \"My models\".courses";
    assert_eq!(Postgres::number(&model, there).await?, 0);

    // Also when it is dropped by somebody who looks elsewhere.
    let other = PostgresReadModel::open(&url).await?;
    other.forget("course_list", 1).await?;
    assert!(Postgres::number(&model, there).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() -> TestResult {
    let refused = PostgresReadModel::open("postgres://nobody@127.0.0.1:1/nothing").await;
    let refused = refused.map(drop);
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    let refused = PostgresReadModel::open("sqlite:x.db").await.map(drop);
    assert!(
        matches!(refused, Err(StoreError::UnknownScheme { .. })),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn who_takes_tasks_waits_for_nobody() -> TestResult {
    let database = Postgres::new();
    let (one, other) = (database.open().await?, database.open().await?);
    let tasks: Vec<_> = (0..4).map(|n| task(&format!("{n}"), n)).collect();
    put(&one, &tasks).await?;
    let mut first = one.begin(PATIENCE).await?;
    let (now, until) = (Timestamp::from_micros(9), Timestamp::from_micros(20));
    let consumer = ("course_list", 1);
    let token = Uuid::now_v7();
    let answered = first.take_tasks(consumer, now, until, token, 2).await?;
    assert_eq!(answered.len(), 2);

    // While they are not committed, others take the rest.
    let rest = tokio::time::timeout(PATIENCE, take(&other, (9, 20))).await??;
    let keys: Vec<&str> = rest.0.iter().map(|task| task.key.as_str()).collect();
    assert_eq!(keys, ["2", "3"]);
    first.roll_back().await?;
    assert_eq!(take(&other, (9, 20)).await?.0.len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() -> TestResult {
    let database = Postgres::new();
    let mut owner = connect(&database.0).await?;
    run(
        &mut owner,
        "CREATE SCHEMA factos_projections; \
         CREATE TABLE factos_projections.meta (one boolean PRIMARY KEY CHECK (one), version bigint NOT NULL)",
    )
    .await?;
    let first = include_str!("../../schema/postgres/read_model/0001_projections.sql");
    run(&mut owner, first).await?;
    run(
        &mut owner,
        "INSERT INTO factos_projections.meta VALUES (true, 1); \
         CREATE TABLE courses_v1 (id bigint PRIMARY KEY); INSERT INTO courses_v1 VALUES (7); \
         CREATE VIEW courses AS SELECT * FROM courses_v1; \
         INSERT INTO factos_projections.versions VALUES ('course_list', 1, 'live', '{courses}', 'public', \
         '07070707-0707-0707-0707-070707070707', 7, NULL, NULL, 41, '-infinity'); \
         INSERT INTO factos_projections.parked VALUES \
         ('course_list', 1, 3, '01010101-0101-0101-0101-010101010101', 'A', 'e', 2, '2020-01-01', false)",
    )
    .await?;
    let model = database.open().await?;
    is_as_it_was::<Postgres>(&model).await?;
    let version = "SELECT version FROM factos_projections.meta";
    assert_eq!(Postgres::number(&model, version).await?, 2);
    Ok(())
}
