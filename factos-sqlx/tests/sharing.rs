//! One file, many users: stores, tasks, runtimes, callers that go away, a lock held by somebody else, a full disk.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{fs, pin};

use factos_core::store::{
    EventStore, Group, ReadPart, ReadRequest, Refusal, Settled, Snapshot, StoreError,
};
use factos_core::{AppendId, Position, Query};
use factos_sqlx::{SqliteOptions, SqliteStore};
use futures_util::FutureExt;
use futures_util::future::join_all;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, SqliteConnection, SqlitePool};
use support::{TestResult, accepted, append_one, event, fresh, guard, positions, query, request};

/// What each child process of the test below does; nothing in an ordinary run.
#[tokio::test]
async fn as_a_child() -> TestResult {
    let Ok(url) = std::env::var("FACTOS_TEST_URL") else {
        return Ok(());
    };
    let store = SqliteStore::open(&url).await?;
    for seat in 0..40 {
        let seat = format!("seat:{seat}");
        let take = request([event("Taken", &[&seat])]).guarded([guard(&["Taken"], &[&seat], 0)]);
        if let Err(refusal) = append_one(&store, take).await? {
            assert!(matches!(refusal, Refusal::Conflict(_)), "{refusal}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn processes_share_a_file() -> TestResult {
    let f = fresh().await?;
    let child = || {
        Command::new(std::env::current_exe()?)
            .args(["--exact", "as_a_child"])
            .env("FACTOS_TEST_URL", &f.url)
            .stdout(Stdio::null())
            .spawn()
    };
    for mut child in [child()?, child()?, child()?] {
        assert!(child.wait()?.success());
    }
    for seat in 0..40 {
        let taken = ReadPart::query(query(&[], &[&format!("seat:{seat}")]));
        assert_eq!(positions(&f.store, taken).await?.len(), 1);
    }
    let head = f.store.read(ReadRequest::new([])).await?.head;
    assert_eq!(head, Position::new(40));
    Ok(())
}

#[test]
fn a_store_outlives_the_runtime_it_was_opened_on() -> TestResult {
    let runtime = || tokio::runtime::Builder::new_current_thread().build();
    let f = runtime()?.block_on(fresh())?;
    for n in 1..4 {
        let runtime = runtime()?;
        // Left in the middle: the runtime ends while the append is under way.
        runtime.block_on(async {
            let mut append = pin::pin!(f.store.append(Group::single(request([event("A", &[])]))));
            let _ = append.as_mut().now_or_never();
            tokio::task::yield_now().await;
        });
        drop(runtime);
        let last = self::runtime()?.block_on(accepted(&f.store, request([event("B", &[])])))?;
        assert!(last.last.get() >= n);
    }
    let all = ReadPart::query(query(&["B"], &[]));
    let seen = runtime()?.block_on(positions(&f.store, all))?;
    assert_eq!(seen.len(), 3);
    Ok(())
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().build()
}

#[test]
fn without_a_runtime_an_append_says_so() -> TestResult {
    let f = runtime()?.block_on(fresh())?;
    let append = f.store.append(Group::single(request([event("A", &[])])));
    let answer = append.now_or_never();
    assert!(
        matches!(answer, Some(Err(StoreError::Unavailable(_)))),
        "{answer:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_lock_held_too_long_is_busy() -> TestResult {
    let f = fresh().await?;
    let patient = f.store;
    let hasty = SqliteOptions::from_url(&f.url)?
        .max_wait(Duration::from_millis(20))
        .open()
        .await?;
    let mut holder = SqliteConnection::connect(&f.url).await?;
    holder.execute("BEGIN IMMEDIATE").await?;
    let refused = hasty
        .append(Group::single(request([event("A", &[])])))
        .await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    let refused = hasty.settle(AppendId::new()).await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    // Reading and confirming wait for nobody.
    assert_eq!(
        hasty.read(ReadRequest::new([])).await?.head,
        Position::START
    );

    let waiting = tokio::spawn(async move {
        patient
            .append(Group::single(request([event("A", &[])])))
            .await
    });
    tokio::task::yield_now().await;
    holder.execute("ROLLBACK").await?;
    let answer = waiting.await?;
    assert!(matches!(answer.as_deref(), Ok([Ok(_)])), "{answer:?}");
    accepted(&hasty, request([event("A", &[])])).await?;
    Ok(())
}

/// A small file system, gone when the test ends.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None without the right to mount one.
    fn mount(at: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(at);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

#[tokio::test]
async fn a_full_disk_takes_nothing_until_there_is_room() -> TestResult {
    let directory = tempfile::tempdir()?;
    let Some(disk) = SmallDisk::mount(directory.path()) else {
        return a_quota_is_full_too().await;
    };
    let url = format!("sqlite:{}", disk.0.join("log.db").display());
    let store = SqliteStore::open(&url).await?;
    let filler = disk.0.join("filler");
    accepted(&store, request([event("A", &[])])).await?;
    fs::write(&filler, vec![1; 1 << 20])?;
    let (written, error) = until_full(&store).await;
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    let all = || ReadPart::query(Query::all());
    assert_eq!(positions(&store, all()).await?.len() as u64, written + 1);
    fs::remove_file(filler)?;
    accepted(&store, request([event("B", &[])])).await?;
    assert_eq!(positions(&store, all()).await?.len() as u64, written + 2);
    drop(store);
    drop(disk);
    Ok(())
}

async fn a_quota_is_full_too() -> TestResult {
    let f = fresh().await?;
    let options: SqliteConnectOptions = f.url.parse()?;
    let pool = SqlitePool::connect_lazy_with(options.pragma("max_page_count", "100"));
    let limited = SqliteStore::from_pool(&pool).await?;
    let (written, error) = until_full(&limited).await;
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    accepted(&f.store, request([event("B", &[])])).await?;
    let all = ReadPart::query(Query::all());
    assert_eq!(positions(&limited, all).await?.len() as u64, written + 1);
    Ok(())
}

/// Appends until the first error, and answers how many events were acknowledged.
async fn until_full(store: &SqliteStore) -> (u64, StoreError) {
    let mut written = 0;
    loop {
        let events = (0..10).map(|n| event("A", &[&format!("n:{n}:{}", "x".repeat(500))]));
        match store.append(Group::single(request(events))).await {
            Ok(_) => written += 10,
            Err(error) => return (written, error),
        }
    }
}

/// A log that is long enough for a read to wait for its reader: more rows than a connection's thread sends ahead.
async fn fill(store: &SqliteStore) -> TestResult {
    for _ in 0..4 {
        accepted(store, request((0..1_000).map(|_| event("A", &["k:1"])))).await?;
    }
    Ok(())
}

fn read_all(store: &SqliteStore) -> impl Future<Output = Result<Snapshot, StoreError>> {
    store.read(ReadRequest::new([ReadPart::query(Query::all())]))
}

#[tokio::test]
async fn dropped_reads_leave_no_transaction_open() -> TestResult {
    let f = fresh().await?;
    fill(&f.store).await?;
    for snapshot in join_all((0..4).map(|_| read_all(&f.store))).await {
        assert_eq!(snapshot?.head, Position::new(4_000));
    }
    let mut other = SqliteConnection::connect(&f.url).await?;
    // A read whose reader is quick may be over with its first poll.
    let mut reads: Vec<_> = (0..4).map(|_| Box::pin(read_all(&f.store))).collect();
    reads.retain_mut(|read| read.as_mut().now_or_never().is_none());
    // Meanwhile they begin, and wait for somebody to take their rows.
    accepted(&f.store, request([event("B", &[])])).await?;
    drop(reads);
    accepted(&f.store, request([event("B", &[])])).await?;

    // This waits for the readers that are there, up to five seconds.
    let checkpoint = sqlx::query_scalar::<_, i64>("PRAGMA wal_checkpoint(TRUNCATE)");
    let busy = checkpoint.fetch_one(&mut other).await?;
    assert_eq!(busy, 0, "a read that was dropped still has its transaction");
    assert_eq!(read_all(&f.store).await?.head, Position::new(4_002));
    Ok(())
}

#[tokio::test]
async fn dropped_reads_do_not_lose_a_database_in_memory() -> TestResult {
    let store = SqliteStore::open("sqlite::memory:").await?;
    fill(&store).await?;
    for polls in 0..50 {
        let mut read = pin::pin!(read_all(&store));
        for _ in 0..=polls % 3 {
            if read.as_mut().now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    accepted(&store, request([event("B", &[])])).await?;
    let all = ReadPart::query(Query::all());
    assert_eq!(positions(&store, all).await?.len(), 4_001);
    Ok(())
}

/// A runtime that ends in the middle of an append must not keep the file's lock from everybody else.
#[test]
fn an_append_that_was_stopped_gives_the_lock_back() -> TestResult {
    let f = runtime()?.block_on(fresh())?;
    for trips in 0..8 {
        let stopped = runtime()?;
        stopped.block_on(async {
            let events = (0..300).map(|_| event("A", &["k:1"]));
            let mut append = pin::pin!(f.store.append(Group::single(request(events))));
            let _ = append.as_mut().now_or_never();
            for _ in 0..trips {
                tokio::task::yield_now().await;
                let mut probe = SqliteConnection::connect(&f.url).await?;
                probe.execute("SELECT 1").await?;
            }
            Ok::<_, sqlx::Error>(())
        })?;
        drop(stopped);
        // This one waits for the lock, up to five seconds.
        runtime()?.block_on(async {
            let mut other = SqliteConnection::connect(&f.url).await?;
            other.execute("BEGIN IMMEDIATE; ROLLBACK").await
        })?;
    }
    Ok(())
}

/// SQLite does not always wait for the lock by itself. Here it never does.
#[tokio::test]
async fn whoever_needs_the_lock_waits_for_it() -> TestResult {
    let f = fresh().await?;
    let options: SqliteConnectOptions = f.url.parse()?;
    let pool = SqlitePool::connect_lazy_with(options.pragma("busy_timeout", "0"));
    let store = SqliteOptions::from_pool(&pool)
        .max_wait(Duration::from_mins(1))
        .open()
        .await?;
    let mut holder = SqliteConnection::connect(&f.url).await?;
    let hold = async |holder: &mut SqliteConnection| holder.execute("BEGIN IMMEDIATE").await;
    // So many trips that the other one has asked for the lock, and has not got it.
    let release = async |holder: &mut SqliteConnection| {
        for _ in 0..200 {
            holder.execute("SELECT 1").await?;
        }
        holder.execute("ROLLBACK").await
    };

    hold(&mut holder).await?;
    let append = store.append(Group::single(request([event("A", &[])])));
    let (appended, released) = tokio::join!(append, release(&mut holder));
    released?;
    assert!(matches!(appended?.as_slice(), [Ok(_)]));

    hold(&mut holder).await?;
    let decide = Box::new(|_: Snapshot| Some(request([event("B", &[])])));
    let locked = store.locked(ReadRequest::new([]), decide);
    let (appended, released) = tokio::join!(locked, release(&mut holder));
    released?;
    assert!(matches!(appended?, Some(Ok(_))));

    hold(&mut holder).await?;
    let settle = store.settle(AppendId::new());
    let (settled, released) = tokio::join!(settle, release(&mut holder));
    released?;
    assert_eq!(settled?, Settled::Void);
    Ok(())
}
