//! What is opened, and what is said about files that cannot be.

mod support;

use std::error::Error;
use std::fs;
use std::path::Path;

use factos_core::store::{EventStore, ReadPart, ReadRequest, Receipts, StoreError};
use factos_core::{Position, Query};
use factos_sqlx::{SqliteOptions, SqliteStore, Synchronous};
use sqlx::SqlitePool;
use support::{
    TestResult, accepted, append_one, behind_its_back, event, fresh, positions, read_part, request,
};

fn url_of(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

#[tokio::test]
async fn missing_directories_and_files_are_made() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("a/b c/log.db");
    let store = SqliteStore::open(&url_of(&path)).await?;
    accepted(&store, request([event("A", &[])])).await?;
    assert!(path.exists());
    let slashes = format!("sqlite://{}", path.display());
    let same = SqliteStore::open(&slashes).await?;
    assert_eq!(same.info().identity(), store.info().identity());
    let by_path = SqliteOptions::from_path(&path)
        .synchronous(Synchronous::Normal)
        .open()
        .await?;
    accepted(&by_path, request([event("A", &[])])).await?;
    assert_eq!(
        by_path.read(ReadRequest::new([])).await?.head,
        Position::new(2)
    );
    Ok(())
}

#[tokio::test]
async fn urls_are_read_with_care() {
    let open = async |url| SqliteStore::open(url).await.err();
    assert!(matches!(
        open("postgres://localhost").await,
        Some(StoreError::UnknownScheme { scheme, .. }) if scheme == "postgres"
    ));
    assert!(matches!(
        open("log.db").await,
        Some(StoreError::UnknownScheme { .. })
    ));
    assert!(matches!(
        open("sqlite:").await,
        Some(StoreError::InvalidUrl(_))
    ));
    assert!(matches!(
        open("sqlite://").await,
        Some(StoreError::InvalidUrl(_))
    ));
    assert!(matches!(
        open("sqlite:a.db?mode=fast").await,
        Some(StoreError::InvalidUrl(_))
    ));
    let absent = open("sqlite:/nonexistent/log.db?mode=rw").await;
    assert!(
        matches!(absent, Some(StoreError::Unavailable(_))),
        "{absent:?}"
    );
}

#[tokio::test]
async fn a_pool_lends_its_options() -> TestResult {
    let f = fresh().await?;
    accepted(&f.store, request([event("A", &[])])).await?;
    let pool = SqlitePool::connect(&f.url).await?;
    let store = SqliteStore::from_pool(&pool).await?;
    let all = ReadPart::query(Query::all());
    assert_eq!(positions(&store, all).await?, [1]);
    let memory = SqlitePool::connect("sqlite::memory:").await?;
    let refused = SqliteStore::from_pool(&memory).await.err();
    assert!(
        matches!(refused, Some(StoreError::InvalidUrl(_))),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn migrations_run_once_however_often_and_from_wherever() -> TestResult {
    let directory = tempfile::tempdir()?;
    let url = url_of(&directory.path().join("log.db"));
    let many = (0..8).map(|_| tokio::spawn(open_and_append(url.clone())));
    for task in many.collect::<Vec<_>>() {
        task.await?.map_err(|error| error.to_string())?;
    }
    SqliteStore::migrate(&url).await?;
    let store = SqliteStore::open(&url).await?;
    assert_eq!(
        store.read(ReadRequest::new([])).await?.head,
        Position::new(8)
    );
    Ok(())
}

async fn open_and_append(url: String) -> Result<(), Box<dyn Error + Send + Sync>> {
    let store = SqliteStore::open(&url).await?;
    let answer = append_one(&store, request([event("A", &["k:1"])])).await;
    answer.map_err(|error| error.to_string())??;
    Ok(())
}

#[tokio::test]
async fn without_migrations_the_tables_must_be_there() -> TestResult {
    let directory = tempfile::tempdir()?;
    let url = url_of(&directory.path().join("log.db"));
    let open = async || {
        SqliteOptions::from_url(&url)?
            .without_migrations()
            .open()
            .await
    };
    assert!(matches!(open().await, Err(StoreError::MissingSchema(_))));
    SqliteStore::migrate(&url).await?;
    accepted(&open().await?, request([event("A", &[])])).await?;
    Ok(())
}

#[tokio::test]
async fn tables_of_the_first_version_are_brought_up_to_date() -> TestResult {
    let f = fresh().await?;
    let empty = request([]);
    let id = empty.append_id();
    append_one(&f.store, empty).await??;
    drop(f.store);
    behind_its_back(
        &f.url,
        "DROP INDEX factos_ids_without_events; UPDATE factos_meta SET version = 1",
    )
    .await?;
    let store = SqliteStore::open(&f.url).await?;
    let receipts = Receipts::WithoutEvents {
        after: None,
        limit: 9,
    };
    let read = ReadRequest::default().with_receipts(receipts);
    let found = store.read(read).await?.receipts;
    assert!(matches!(found.as_slice(), [(found, _)] if *found == id));
    Ok(())
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() -> TestResult {
    let f = fresh().await?;
    drop(f.store);
    behind_its_back(&f.url, "UPDATE factos_meta SET version = 99").await?;
    let refused = SqliteStore::open(&f.url).await.err();
    assert!(
        matches!(refused, Some(StoreError::NewerSchema { found: 99, .. })),
        "{refused:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_file_of_something_else_is_not_a_database() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("notes.txt");
    fs::write(&path, "these are notes, not tables\n".repeat(200))?;
    let refused = SqliteStore::open(&url_of(&path)).await.err();
    let Some(StoreError::NotADatabase { location, .. }) = &refused else {
        panic!("{refused:?}");
    };
    assert!(location.ends_with("notes.txt"));
    Ok(())
}

#[tokio::test]
async fn a_read_only_log_can_be_read() -> TestResult {
    let f = fresh().await?;
    accepted(&f.store, request([event("A", &[])])).await?;
    let reader = SqliteStore::open(&format!("{}?mode=ro", f.url)).await?;
    let all = ReadPart::query(Query::all());
    assert_eq!(positions(&reader, all.clone()).await?, [1]);
    for _ in 0..2 {
        let refused = append_one(&reader, request([event("A", &[])])).await;
        let error = refused
            .err()
            .and_then(|error| error.downcast::<StoreError>().ok());
        assert!(
            matches!(error.as_deref(), Some(StoreError::ReadOnly(_))),
            "{error:?}"
        );
    }
    accepted(&f.store, request([event("A", &[])])).await?;
    assert_eq!(positions(&reader, all).await?, [1, 2]);
    Ok(())
}

#[tokio::test]
async fn a_damaged_file_is_corrupt() -> TestResult {
    let f = fresh().await?;
    let events = (0..500).map(|n| event("A", &[&format!("n:{n}")]));
    accepted(&f.store, request(events)).await?;
    drop(f.store);
    behind_its_back(&f.url, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
    let path = f.directory.path().join("log.db");
    let mut bytes = fs::read(&path)?;
    // The first page holds the schema, which stays whole.
    for byte in bytes.iter_mut().skip(4096 * 8) {
        *byte = 0xa5;
    }
    fs::write(&path, bytes)?;
    let failed = match SqliteStore::open(&f.url).await {
        Ok(store) => read_part(&store, ReadPart::query(Query::all()))
            .await
            .err()
            .and_then(|error| error.downcast::<StoreError>().ok())
            .map(|error| *error),
        Err(error) => Some(error),
    };
    assert!(matches!(failed, Some(StoreError::Corrupt(_))), "{failed:?}");
    Ok(())
}

#[tokio::test]
async fn stored_events_resist_changes() -> TestResult {
    let f = fresh().await?;
    accepted(&f.store, request([event("A", &["k:1"])])).await?;
    for statement in [
        "DELETE FROM factos_events",
        "UPDATE factos_events SET data = '{}'",
        "UPDATE factos_events SET position = 3",
        "DELETE FROM factos_tags",
        "UPDATE factos_tags SET tag = 'k:2'",
        "DELETE FROM factos_ids",
        "UPDATE factos_ids SET size = 3",
    ] {
        assert!(
            behind_its_back(&f.url, statement).await.is_err(),
            "{statement}"
        );
    }
    // The owner may add tags.
    behind_its_back(
        &f.url,
        "UPDATE factos_events SET tags = '[\"k:1\",\"l:2\"]'",
    )
    .await?;
    let events = read_part(&f.store, ReadPart::query(Query::all())).await?;
    assert_eq!(events[0].tags.to_string(), "k:1, l:2");
    Ok(())
}

#[tokio::test]
async fn what_cannot_have_been_written_is_an_error_where_it_is_asked_for() -> TestResult {
    for damage in [
        "UPDATE factos_events SET tags = 'k:1' WHERE place = 2",
        "UPDATE factos_events SET tags = '[\"nocolon\"]' WHERE place = 2",
        "UPDATE factos_events SET event_id = x'00' WHERE place = 2",
        "UPDATE factos_events SET append_id = x'00' WHERE place = 2",
        "UPDATE factos_events SET type = '' WHERE place = 2",
        "UPDATE factos_events SET version = -1 WHERE place = 2",
        "UPDATE factos_events SET data = 3 WHERE place = 2",
        "UPDATE factos_events SET metadata = '[]' WHERE place = 2",
        "UPDATE factos_events SET stream = 's' WHERE place = 2",
        "UPDATE factos_events SET type = CAST(x'ff' AS TEXT) WHERE place = 2",
    ] {
        let f = fresh().await?;
        for name in ["A", "B", "C"] {
            accepted(&f.store, request([event(name, &["k:1"])])).await?;
        }
        behind_its_back(&f.url, "DROP TRIGGER factos_events_keep_values").await?;
        behind_its_back(&f.url, damage).await?;
        let failed = f
            .store
            .read(ReadRequest::new([ReadPart::query(Query::all())]))
            .await;
        let Err(StoreError::CorruptEvent { position, problem }) = &failed else {
            panic!("{damage}: {failed:?}");
        };
        assert_eq!(position.get(), 2, "{damage}: {problem}");
        // Elsewhere it is in nobody's way, and the connection is fit for use again.
        let others = ReadPart::query(Query::new([
            support::item(&["A"], &[]),
            support::item(&["C"], &[]),
        ]));
        assert_eq!(positions(&f.store, others).await?, [1, 3], "{damage}");
        accepted(&f.store, request([event("D", &[])])).await?;
    }
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_that_is_not_utf8_makes_no_directory() -> TestResult {
    use std::os::unix::ffi::OsStrExt;

    let directory = tempfile::tempdir()?;
    let name = std::ffi::OsStr::from_bytes(b"d\xff");
    let path = directory.path().join(name).join("log.db");
    let refused = SqliteOptions::from_path(path).open().await.err();
    assert!(
        matches!(refused, Some(StoreError::InvalidUrl(_))),
        "{refused:?}"
    );
    assert_eq!(fs::read_dir(directory.path())?.count(), 0);
    Ok(())
}

#[tokio::test]
async fn each_database_in_memory_is_one_of_its_own() -> TestResult {
    let store = SqliteStore::open("sqlite::memory:").await?;
    let other = SqliteStore::open("sqlite::memory:").await?;
    accepted(&store, request([event("A", &["k:1"])])).await?;
    let all = || ReadPart::query(Query::all());
    assert_eq!(positions(&store, all()).await?, [1]);
    assert_eq!(positions(&other, all()).await?, [] as [u64; 0]);
    Ok(())
}
