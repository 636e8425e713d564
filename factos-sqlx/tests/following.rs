//! Whoever follows a log hears of what others append, long before it would look by itself.

#[path = "support/requests.rs"]
mod requests;

use std::error::Error;
use std::time::{Duration, Instant};

use factos_core::Position;
use factos_core::store::{EventStore, ReadRequest};
use factos_sqlx::SqliteStore;
#[cfg(feature = "postgres")]
use factos_sqlx::{PostgresOptions, PostgresStore};
use futures_util::FutureExt;
use requests::{TestResult, accepted, event, request};
use tokio::task::JoinHandle;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_mins(1);

/// Polled until it is dropped, as a log does.
struct Following(JoinHandle<()>);

impl Following {
    fn start<S: EventStore + Clone>(store: &S) -> Self {
        let store = store.clone();
        Self(tokio::spawn(async move { store.follow().await }))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Appends an event, and answers how long it takes until the other store knows of it.
async fn wakes(from: &impl EventStore, to: &impl EventStore) -> Result<Duration, Box<dyn Error>> {
    let mut head = to.info().watch();
    let appended = accepted(from, request([event("A", &[])])).await?;
    let since = Instant::now();
    let before = Position::new(appended.last.get() - 1);
    let seen = timeout(PATIENCE, head.beyond(before)).await?;
    assert!(seen >= Some(appended.last), "{seen:?}");
    Ok(since.elapsed())
}

/// The shortest of many times. Each append follows the last look at once, so that none is quick by chance.
async fn quickest(
    from: &impl EventStore,
    to: &impl EventStore,
) -> Result<Duration, Box<dyn Error>> {
    let mut quickest = wakes(from, to).await?;
    for _ in 0..30 {
        quickest = quickest.min(wakes(from, to).await?);
    }
    Ok(quickest)
}

async fn on_sqlite() -> Result<(tempfile::TempDir, SqliteStore, SqliteStore), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let url = format!("sqlite:{}", directory.path().join("log.db").display());
    let (one, other) = (
        SqliteStore::open(&url).await?,
        SqliteStore::open(&url).await?,
    );
    Ok((directory, one, other))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_changed_file_is_noticed() -> TestResult {
    let (_directory, one, other) = on_sqlite().await?;
    let _following = Following::start(&other);
    // Without looking at the file it would take 100 milliseconds.
    let quickest = quickest(&one, &other).await?;
    assert!(quickest < Duration::from_millis(60), "{quickest:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_it_goes_on_when_the_journal_begins_anew() -> TestResult {
    let (directory, one, other) = on_sqlite().await?;
    let _following = Following::start(&other);
    wakes(&one, &other).await?;
    let url = format!("sqlite:{}", directory.path().join("log.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await?;
    for _ in 0..3 {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&pool)
            .await?;
        wakes(&one, &other).await?;
    }
    Ok(())
}

#[tokio::test]
async fn on_sqlite_in_memory_there_is_nobody_to_follow() -> TestResult {
    let store = SqliteStore::open("sqlite::memory:").await?;
    let mut following = Box::pin(store.follow());
    assert!(following.as_mut().now_or_never().is_none());
    accepted(&store, request([event("A", &[])])).await?;
    assert!(following.as_mut().now_or_never().is_none());
    let head = store.read(ReadRequest::default()).await?.head;
    assert_eq!(head.get(), 1, "it holds the connection");
    Ok(())
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_notification_is_heard() -> TestResult {
    let url = factos_test_server::Server::shared().database();
    let (one, other) = (
        PostgresStore::open(&url).await?,
        PostgresStore::open(&url).await?,
    );
    let _following = Following::start(&other);
    // Without it, it would take 250 milliseconds.
    let quickest = quickest(&one, &other).await?;
    assert!(quickest < Duration::from_millis(100), "{quickest:?}");
    Ok(())
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_without_notifications_it_looks() -> TestResult {
    let url = factos_test_server::Server::shared().database();
    let open = || async {
        let options = PostgresOptions::from_url(&url)?.without_notifications();
        options.open().await
    };
    let (one, other) = (open().await?, open().await?);
    let _following = Following::start(&other);
    let quickest = quickest(&one, &other).await?;
    assert!(quickest < Duration::from_millis(200), "{quickest:?}");
    Ok(())
}
