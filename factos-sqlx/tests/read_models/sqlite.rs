//! What is SQLite's own: files, and databases in memory.

use factos_core::read_model::{Phase, ReadModel, ReadModelTransaction};
use factos_core::store::StoreError;
use factos_sqlx::{SqliteReadModel, SqliteStore};
use sqlx::SqlitePool;

use crate::support::*;

#[tokio::test]
async fn a_file_beside_the_log_leaves_the_logs_writer_alone() -> TestResult {
    let directory = tempfile::tempdir()?;
    let url = format!("sqlite:{}", directory.path().join("data/log.db").display());
    let model = SqliteReadModel::beside(&url, "course_list").await?;
    let path = directory.path().join("data/log.course_list.db");
    assert!(path.exists());
    let log = SqliteStore::open(&url).await?;
    let transaction = model.begin(PATIENCE).await?;
    let settled = factos_core::store::EventStore::settle(&log, factos_core::AppendId::new()).await;
    assert!(settled.is_ok(), "{settled:?}");
    drop(transaction);
    let refused = SqliteReadModel::beside(&url, "../x").await.map(drop);
    assert!(
        matches!(refused, Err(StoreError::InvalidUrl(_))),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn it_may_live_in_the_logs_own_file() -> TestResult {
    let database = Sqlite::new();
    let model = database.open().await?;
    let path = database.0.path().join("models/courses.db");
    let log = SqliteStore::open(&format!("sqlite:{}", path.display())).await?;
    let lease = ready::<Sqlite>(&model, 1).await?;
    let settled = factos_core::store::EventStore::settle(&log, factos_core::AppendId::new()).await;
    assert!(settled.is_ok(), "{settled:?}");
    assert!(apply::<Sqlite>(&model, &lease, 1).await?);
    Ok(())
}

#[tokio::test]
async fn its_files_are_quick_and_sound() -> TestResult {
    let database = Sqlite::new();
    let model = database.open().await?;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(model.pool())
        .await?;
    assert_eq!(journal, "wal");
    let synchronous = Sqlite::number(&model, "PRAGMA synchronous").await?;
    assert_eq!(synchronous, 1, "it is not NORMAL");
    Ok(())
}

#[tokio::test]
async fn in_memory_it_lives_as_long_as_a_handle() -> TestResult {
    let model = SqliteReadModel::in_memory().await?;
    let (first, ..) = lease(&model, 1).await?;
    assert_eq!(set_up::<Sqlite>(&model, &first).await?, Some(Phase::Live));
    let other = model.clone();
    drop(model);
    assert!(apply::<Sqlite>(&other, &first, 1).await?);
    assert_eq!(version(&other, 1).await?.checkpoint.position.get(), 1);
    let beside = SqliteReadModel::beside("sqlite::memory:", "x").await?;
    assert_eq!(beside.versions("course_list").await?, []);
    Ok(())
}

#[tokio::test]
async fn a_pool_of_the_applications_is_used_as_it_is() -> TestResult {
    let database = Sqlite::new();
    let path = database.0.path().join("own.db");
    let pool = SqlitePool::connect(&format!("sqlite:{}?mode=rwc", path.display())).await?;
    let model = SqliteReadModel::from_pool(pool.clone()).await?;
    lease(&model, 1).await?;
    assert_eq!(pool.size(), model.pool().size());
    pool.close().await;
    let refused = model.versions("course_list").await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn those_who_write_wait_for_each_other() -> TestResult {
    let database = Sqlite::new();
    let (one, other) = (database.open().await?, database.open().await?);
    let held = one.begin(PATIENCE).await?;
    let waiting = tokio::spawn({
        let (one, other) = (one.clone(), other.clone());
        async move {
            let mine = one.begin(PATIENCE).await?;
            mine.roll_back().await?;
            other.begin(PATIENCE).await?.roll_back().await
        }
    });
    // To look takes no writer.
    assert_eq!(other.versions("course_list").await?, []);
    held.commit().await?;
    waiting.await??;
    Ok(())
}

#[tokio::test]
async fn an_older_file_is_brought_up_to_date() -> TestResult {
    let database = Sqlite::new();
    let path = database.0.path().join("models/courses.db");
    std::fs::create_dir_all(path.parent().ok_or("a directory")?)?;
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let pool = SqlitePool::connect(&url).await?;
    let first = include_str!("../../schema/sqlite/read_model/0001_projections.sql");
    sqlx::raw_sql(first).execute(&pool).await?;
    sqlx::raw_sql(
        "INSERT INTO factos_read_model VALUES (1, 1); \
         CREATE TABLE courses_v1 (id bigint PRIMARY KEY); INSERT INTO courses_v1 VALUES (7); \
         CREATE VIEW \"courses\" AS SELECT * FROM \"courses_v1\"; \
         INSERT INTO factos_projections VALUES \
         ('course_list', 1, 'live', 'courses', x'07070707070707070707070707070707', 7, NULL, NULL, 41, 0); \
         INSERT INTO factos_parked_events VALUES \
         ('course_list', 1, 3, x'01010101010101010101010101010101', 'A', 'e', 2, 5, 0)",
    )
    .execute(&pool)
    .await?;
    pool.close().await;

    let model = database.open().await?;
    is_as_it_was::<Sqlite>(&model).await?;
    let version = "SELECT version FROM factos_read_model";
    assert_eq!(Sqlite::number(&model, version).await?, 2);
    Ok(())
}
